"""Patterns of keys: what they match, and whether they say which keys are meant."""

from __future__ import annotations

import random
import time

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _pattern


@pytest.mark.parametrize(
    ("pattern", "key", "found"),
    [
        ("a*c", b"abc", True),
        ("a*c", b"abcd", False),
        ("a?c", b"a\xffc", True),
        ("[^~]*", b"~", False),
        ("[^~]*", b"", False),
        ("[a-c]x", b"bx", True),
        ("[c-a]x", b"bx", True),
        ("[a-c", b"b", True),
        ("[\\]]", b"]", True),
        ("[]x", b"x", False),
        ("\\*", b"*", True),
        ("\\*", b"a", False),
        ("\\", b"\\", True),
        ("*\n*", b"a\nb", True),
        ("ü", "ü".encode(), True),
        ("a*b*b", b"ab", False),
        ("a*b*b", b"abb", True),
    ],
)
def test_a_pattern_matches_what_the_server_would_find(pattern: str, key: bytes, found: bool) -> None:
    assert _pattern.matches(pattern, key) is found


@pytest.mark.parametrize(
    "pattern",
    [
        "*",
        "**",
        "***",
        "?*",
        "*?",
        "??*",
        "[^~]*",
        "*[^~]",
        "[^~]*[^~]",
        "[^a]*",
        "[!-~]*",
        "[a-zA-Z]*",
        "*[a-z]*",
        "*[0-9a-f]*",
        "*:*",
        "?*:*",
        "*e*",
        "[^*]*",
        "[^]*",
        "???*",
    ],
)
def test_a_pattern_that_leaves_next_to_nothing_is_broad(pattern: str) -> None:
    assert _pattern.is_broad(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "session:*",
        "user:*:profile",
        "page:/*",
        "*:lock",
        "\\**",
        "[su]ession:*",
        "sess*",
        "s*",
        "*-old",
        "tmp_?*",
        "{user}:*",
        "cart[0-9]*",
        "[*",
    ],
)
def test_a_pattern_of_some_kind_of_key_is_not(pattern: str) -> None:
    assert not _pattern.is_broad(pattern)


@pytest.mark.parametrize("pattern", [None, ""])
def test_no_pattern_is_the_broadest(pattern: str | None) -> None:
    assert _pattern.is_broad(pattern)


def test_whatever_a_pattern_is_made_of_it_is_judged_by_what_it_leaves() -> None:
    """Patterns and keys at random, none of them those that the judgement is made with."""
    chance = random.Random(15)
    atoms = ["*", "?", "[^~]", "[^ab]", "[a-z]", "[!-~]", "[^0-9]", ":", "a", "s", "\\*"]
    letters = "abcdefghijklmnopqrstuvwxyz"

    def key() -> bytes:
        words = ["".join(chance.choices(letters, k=chance.randint(3, 9))) for _ in range(chance.randint(1, 3))]
        return chance.choice(":-_./").join([*words, str(chance.randint(0, 10**6))]).encode()

    keys = [key() for _ in range(400)]
    for _ in range(1500):
        pattern = "".join(chance.choices(atoms, k=chance.randint(1, 6)))
        share = sum(_pattern.matches(pattern, one) for one in keys) / len(keys)
        if share >= 0.75:
            assert _pattern.is_broad(pattern), (pattern, share)
        for wider in (f"*{pattern}", f"{pattern}*"):
            assert _pattern.is_broad(wider) or not _pattern.is_broad(pattern), (pattern, wider)


def test_many_stars_take_no_time() -> None:
    began = time.process_time()
    assert not _pattern.is_broad("*0" * 40 + "!")
    assert time.process_time() - began < 5
