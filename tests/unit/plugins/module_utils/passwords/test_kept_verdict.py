"""Which of two kept passwords is in force: every answer a server may give to each."""

from __future__ import annotations

import itertools

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._passwords._kept_verdict import Verdict, judge

CURRENT, NEXT = "current", "next"
ANSWERS = (True, False, None)


def _expected(current: str | None, following: str | None, to_current: bool | None, to_next: bool | None) -> Verdict:
    if following is None:
        return Verdict.NONE
    if following == current:
        return Verdict.BOTH
    if current is not None and to_current is not False:
        return Verdict.CURRENT if to_current else Verdict.UNKNOWN
    return {True: Verdict.NEXT, False: Verdict.NEITHER, None: Verdict.UNKNOWN}[to_next]


@pytest.mark.parametrize(
    ("kept", "to_current", "to_next"),
    list(
        itertools.product(
            [(CURRENT, NEXT), (CURRENT, CURRENT), (CURRENT, None), (None, NEXT), (None, None)], ANSWERS, ANSWERS
        )
    ),
)
def test_every_case(kept: tuple[str | None, str | None], to_current: bool | None, to_next: bool | None) -> None:
    current, following = kept
    asked: list[str] = []

    def taken(password: str) -> bool | None:
        asked.append(password)
        return to_current if password == CURRENT else to_next

    verdict = judge(current, following, taken)

    assert verdict is _expected(current, following, to_current, to_next)
    # Nothing is promoted that the server has not taken, but for what is there already.
    assert not verdict.promotes or following == current or (asked[-1] == following and to_next)
    assert len(asked) == len(set(asked)) <= 2
    assert not asked or following is not None
