"""The rows of a restored database beside those it should have."""

from __future__ import annotations

from typing import Any

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _rows

DUMP: dict[str, Any] = {"kind": "dump", "name": "codex-1", "tables": {"public.capsules": 2, "public.signals": 0}}
POINT: dict[str, Any] = {"kind": "point", "name": "a moment", "tables": {}}


def test_a_dump_says_its_rows() -> None:
    found = _rows.compare({"public.capsules": 2, "public.signals": 0}, DUMP)
    assert found == {
        "rows": [
            {"table": "public.capsules", "expected": "2", "found": 2, "ok": True},
            {"table": "public.signals", "expected": "0", "found": 0, "ok": True},
        ],
        "known": True,
        "unlogged": [],
        "problem": "",
    }


def test_every_difference_is_told() -> None:
    found = _rows.compare({"public.capsules": 3, "public.more": 1}, DUMP)
    assert [row["ok"] for row in found["rows"]] == [False, True, False]
    assert found["rows"][1]["expected"] == "not known"
    assert found["problem"] == (
        "codex-1 restores, but not to what was backed up: public.capsules has 3 rows, expected 2;"
        " public.signals has missing rows, expected 0"
    )


def test_counts_around_a_moment_lie_around_its_own() -> None:
    before, after = {"a": 5, "b": 7, "gone": 1}, {"a": 9, "b": 7, "new": 2}
    found = _rows.compare({"a": 6, "b": 7, "gone": 0, "new": 0}, POINT, before=before, after=after)
    assert [(row["expected"], row["ok"]) for row in found["rows"]] == [
        ("5 to 9", True),
        ("7", True),
        ("0 to 1", True),
        ("0 to 2", True),
    ]
    assert found["known"]
    assert _rows.compare({"a": 10, "b": 7, "gone": 0, "new": 0}, POINT, before=before, after=after)["problem"]


def test_of_any_other_moment_nobody_knows_the_rows_but_tables_are_expected() -> None:
    found = _rows.compare({"a": 6}, POINT, tables=["capsules"], database="codex")
    assert found == {
        "rows": [{"table": "a", "expected": "not known", "found": 6, "ok": True}],
        "known": False,
        "unlogged": [],
        "problem": "",
    }
    empty = _rows.compare({}, POINT, tables=["capsules", "signals"], database="codex")
    assert empty["problem"] == (
        "a moment restores, but without any table in the database codex; expected are capsules, signals"
        " (database_check_tables)."
    )
    assert not _rows.compare({}, POINT)["problem"]


def test_unlogged_tables_are_counted_apart_after_a_restore_to_a_moment() -> None:
    before = {"a": 5, "cache": 7, "cache_b": 3}
    found = _rows.compare({"a": 5, "cache": 0, "cache_b": 3}, POINT, before=before, after=before, unlogged=["cache"])
    assert found["unlogged"] == ["cache"] and not found["problem"]
    assert [(row["expected"], row["ok"]) for row in found["rows"]] == [("5", True), ("0 (unlogged)", True), ("3", True)]
    for other in ({"a": 5, "cache": 0, "cache_b": 0}, {"a": 5, "cache_b": 3}):
        assert _rows.compare(other, POINT, before=before, after=before, unlogged=["cache"])["problem"]
    assert _rows.compare({"cache": 0}, POINT, unlogged=["cache"])["unlogged"] == ["cache"]


def test_a_dump_has_the_rows_of_unlogged_tables() -> None:
    found = _rows.compare({"public.capsules": 0, "public.signals": 0}, DUMP, unlogged=["public.capsules"])
    assert found["unlogged"] == [] and "public.capsules has 0 rows" in found["problem"]
