"""Rows of a check, as the table of a stack shows them."""

from __future__ import annotations

from ansible_collections.codexdominion.azure.plugins.filter.check_rows import check_rows


def test_rows_say_what_was_expected_only_where_it_was_not_so() -> None:
    checks = [
        {"check": "answer", "expected": "yes", "found": "yes", "ok": True},
        {"check": "average", "expected": "<= 10 ms", "found": "31.0 ms", "ok": False},
    ]
    assert check_rows(checks, "cache") == [
        {"name": "cache answer", "ok": True, "found": "yes"},
        {"name": "cache average", "ok": False, "found": "31.0 ms (expected <= 10 ms)"},
    ]
    assert check_rows([], "cache") == []
