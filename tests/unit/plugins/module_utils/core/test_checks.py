"""Rows of expectations: what a latency beyond its target counts for."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _checks


@pytest.mark.parametrize("targets", ["fail", "tell"])
def test_a_latency_within_its_target_is_as_expected(targets: str) -> None:
    row = {"check": "p95", "expected": "<= 200 ms", "found": "200.0 ms", "ok": True}
    assert _checks.at_most("p95", 200.0, 200.0, targets) == row


def test_a_missed_target_is_a_failed_check() -> None:
    row = {"check": "p95", "expected": "<= 200 ms", "found": "412.0 ms", "ok": False}
    assert _checks.at_most("p95", 200.0, 412.0, "fail") == row


def test_a_missed_target_that_is_only_told_is_no_failed_check() -> None:
    row = _checks.at_most("p95", 200.0, 412.0, "tell")
    assert (row["ok"], row["found"]) == (True, "412.0 ms (target 200 ms missed, only told)")
