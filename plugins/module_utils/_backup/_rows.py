# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a restored database beside those it should have. Pure; private to this collection."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup._restore_point import DUMP

Counts = t.Mapping[str, int]
"""The number of rows by table."""

NOT_KNOWN = "not known"
UNLOGGED = "0 (unlogged)"


class Row(t.TypedDict):
    """One table."""

    table: str
    expected: str
    found: int | str
    ok: bool


class Comparison(t.TypedDict):
    """What a restored database has shown.

    :ivar known: whether anybody knew the rows beforehand.
    :ivar unlogged: the tables that a restore to a moment has emptied, which are in no log.
    :ivar problem: why it is not what was backed up; empty if it is.
    """

    rows: list[Row]
    known: bool
    unlogged: list[str]
    problem: str


def compare(
    found: Counts,
    point: t.Mapping[str, t.Any],
    *,
    before: Counts | None = None,
    after: Counts | None = None,
    tables: t.Sequence[str] = (),
    database: str = "",
    unlogged: t.Sequence[str] = (),
) -> Comparison:
    """Compare the rows of a restored database with what is known of them.

    A dump says them itself. For a moment that counts were made around, the number lies between the two; of any other
    moment nobody knows.

    :param point: what was restored, with C(kind), C(name), C(tables).
    :param before: counts from before the moment; C(after) from after it.
    :param tables: what has to be there even where nobody knows the rows; only their names are told.
    :param unlogged: tables that are in no log. A dump has their rows; a server restored to a moment has them empty.
    """
    bounds = _bounds(point, before, after)
    emptied = sorted(set(unlogged) & {*bounds, *found}) if point["kind"] != DUMP else []
    bounds = {table: bound for table, bound in bounds.items() if table not in emptied or table not in found}
    rows = [_row(table, bounds.get(table), found.get(table)) for table in sorted({*bounds, *found})]
    for row in rows:
        if row["table"] in emptied and row["ok"]:
            row["expected"] = UNLOGGED
    known = point["kind"] == DUMP or before is not None
    return {
        "rows": rows,
        "known": known,
        "unlogged": emptied,
        "problem": _problem(rows, known, point["name"], tables, database),
    }


def _bounds(point: t.Mapping[str, t.Any], before: Counts | None, after: Counts | None) -> dict[str, tuple[int, int]]:
    expected = {table: (count, count) for table, count in (point.get("tables") or {}).items()}
    if point["kind"] != DUMP:
        for table in [*(before or {}), *(after or {})]:
            two = ((before or {}).get(table, 0), (after or {}).get(table, 0))
            expected[table] = (min(two), max(two))
    return expected


def _row(table: str, bounds: tuple[int, int] | None, found: int | None) -> Row:
    expected = " to ".join(str(one) for one in dict.fromkeys(bounds)) if bounds else NOT_KNOWN
    ok = found is not None and (bounds is None or bounds[0] <= found <= bounds[1])
    return {"table": table, "expected": expected, "found": "missing" if found is None else found, "ok": ok}


def _problem(rows: list[Row], known: bool, name: str, tables: t.Sequence[str], database: str) -> str:
    # One that is missing in the restored server has been created by now, and is empty.
    if not known and not rows and tables:
        return (
            f"{name} restores, but without any table in the database {database}; expected are {', '.join(tables)}"
            " (database_check_tables)."
        )
    wrong = [f"{row['table']} has {row['found']} rows, expected {row['expected']}" for row in rows if not row["ok"]]
    return f"{name} restores, but not to what was backed up: {'; '.join(wrong)}" if wrong else ""
