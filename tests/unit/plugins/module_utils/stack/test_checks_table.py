"""The table of checks."""

from __future__ import annotations

from ansible_collections.codexdominion.azure.plugins.module_utils._stack import _checks_table


def test_a_line_that_counts_and_one_for_each_check() -> None:
    checks = [
        {"name": "backend answers", "ok": True, "found": "HTTP 200 in 12 ms"},
        {"name": "a name that is longer than others", "ok": False, "found": 3},
    ]
    assert _checks_table.table(checks, "north").splitlines() == [
        "north: 1 of 2 checks passed",
        "ok      backend answers               HTTP 200 in 12 ms",
        "FAILED  a name that is longer than others  3",
    ]


def test_nothing_to_check() -> None:
    assert _checks_table.table([], "north") == "north: 0 of 0 checks passed\n"
