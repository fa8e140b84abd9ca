"""The Dockerfile of the small builder: what it reads, and what it refuses by line."""

from __future__ import annotations

import pytest

from azure_simulator.building.dockerfile import Instruction, parse


def test_lines_are_joined_and_comments_left_out() -> None:
    content = '# syntax=x\nFROM scratch\n\nenv A=1 \\\n  # between\n  B=2\nCMD ["a", \\\n "b"]\n'
    assert list(parse(content)) == [
        Instruction(2, "FROM", "scratch"),
        Instruction(4, "ENV", "A=1 B=2"),
        Instruction(7, "CMD", '["a", "b"]'),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A", "1"),
        ("${A}b", "1b"),
        ("$AB", "2"),
        ("${NONE}", ""),
        ("${NONE:-x}", "x"),
        ("${A:-x}", "1"),
        ("${A:+x}", "x"),
        ("${NONE:+x}", ""),
        (r"\$A", "$A"),
    ],
)
def test_variables_are_replaced(text: str, expected: str) -> None:
    assert Instruction(1, "ENV", text).expanded({"A": "1", "AB": "2"}).text == expected


def test_a_list_in_json_is_told_from_words() -> None:
    assert Instruction(1, "CMD", '["a", "b c"]').exec_form() == ["a", "b c"]
    assert Instruction(1, "CMD", "a b").exec_form() is None
    assert Instruction(1, "CMD", "[1]").exec_form() is None
    assert Instruction(1, "COPY", "'a b' c").words() == ["a b", "c"]
