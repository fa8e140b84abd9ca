"""Which of two kept passwords is meant, also where a rehearsal has left everything as it was."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._passwords._kept_choice import choose

USERS = ("a", "b")


def read(which: str) -> str:
    """Return what is kept in the middle of a rotation."""
    return {"current": "a:one", "next": "b:two"}[which]


def nothing(which: str) -> str:
    """Fail, as a store does where nothing is kept yet."""
    raise LookupError(which)


@pytest.mark.parametrize(
    ("stage", "made", "promoted", "found"),
    [
        ("current", False, False, "a:one"),
        ("next", False, False, "b:two"),
        ("current", False, True, "b:two"),
        ("next", True, False, "b:Made-by-the-run-0"),
        # The rotation that was cut off is ended first, and the next one is the other's turn again.
        ("next", True, True, "a:Made-by-the-run-0"),
    ],
)
def test_logins_that_take_turns(stage: str, made: bool, promoted: bool, found: str) -> None:
    assert choose(read, stage, made=made, promoted=promoted, users=USERS) == found


def test_a_first_one_that_a_rehearsal_does_not_make_is_not_read() -> None:
    assert choose(nothing, "current", made=True, users=USERS) == "a:Made-by-the-run-0"
    assert choose(nothing, "current", made=True) == choose(nothing, "next", made=True) == "Made-by-the-run-0"
    with pytest.raises(LookupError):
        choose(nothing, "current")
