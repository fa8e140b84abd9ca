"""The log of a container as lines."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import _log


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("", []),
        ("one\ntwo\n", ["one", "two"]),
        ("one\r\ntwo\r\n", ["one", "two"]),
        ("10%\r20%\r100%\nend", ["10%", "20%", "100%", "end"]),
        ("\x1b[31mred\x1b[0m\n\x1b[2K\x1b[1Gagain", ["red", "again"]),
        ("bell\x07 null\x00 back\x08 c1\x85next\x9b31m", ["bell null back c1", "next"]),
        ("\u202egnirts\u202c\u200b", ["gnirts"]),
        ("rocket \U0001f680 ready", ["rocket \U0001f680 ready"]),
        ("a\tb  \n\nc\n\n\n", ["a\tb", "", "c"]),
        ("a\u2028b\x0cc", ["a", "b", "c"]),
        ("at postgresql://codex:s3cr%40t@db:5432/x?y", ["at postgresql://codex:********@db:5432/x?y"]),
        ("at https://host:8001/a@b", ["at https://host:8001/a@b"]),
    ],
)
def test_a_log_is_lines_that_people_can_read(content: str, lines: list[str]) -> None:
    assert _log.lines(content) == lines


def test_no_character_of_control_is_left() -> None:
    every = "".join(f"x{chr(code)}" for code in (*range(0x20), *range(0x7F, 0xA0)))
    for line in _log.lines(every):
        assert all(one == "\t" or one.isprintable() for one in line)
