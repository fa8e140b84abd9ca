# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules that check something share: rows of expectations, latencies. Pure; private to this collection."""

from __future__ import annotations

import statistics
import typing as t

Row = dict[str, t.Any]

TARGETS: dict[str, t.Any] = {"targets": {"type": "str", "choices": ["fail", "tell"], "default": "fail"}}
"""The option of modules that measure: what a latency beyond its target is."""


def row(check: str, expected: str, found: str, *, ok: bool) -> Row:
    """Return one expectation with what was found."""
    return {"check": check, "expected": expected, "found": found, "ok": ok}


def at_most(check: str, limit: float, milliseconds: float, targets: str) -> Row:
    """Return the expectation that a latency is within a limit, both in milliseconds.

    :param targets: V(tell) takes one that is not for met, and says so.
    """
    met = milliseconds <= limit
    told = not met and targets == "tell"
    found = f"{milliseconds:.1f} ms" + (f" (target {limit:g} ms missed, only told)" if told else "")
    return row(check, f"<= {limit:g} ms", found, ok=met or told)


def summary(rows: t.Sequence[Row]) -> str:
    """Return one line about the expectations that are not met."""
    return "; ".join(f"{one['check']} is {one['found']}, expected {one['expected']}" for one in rows if not one["ok"])


def latency(milliseconds: t.Sequence[float]) -> dict[str, float]:
    """Return C(p50), C(p95) and C(max) of latencies, of which there has to be one at least."""
    ordered = sorted(milliseconds)
    p95 = ordered[max(0, -(-95 * len(ordered) // 100) - 1)]  # the nearest-rank percentile
    figures = {"p50": statistics.median(ordered), "p95": p95, "max": ordered[-1]}
    return {name: round(value, 1) for name, value in figures.items()}


def of(subject: str, rows: t.Iterable[t.Mapping[str, t.Any]]) -> list[Row]:
    """Return rows of several subjects for one table: C(name), C(ok), C(found), and what was expected if it was not so.

    :param subject: what the expectations are about.
    """
    return [
        {
            "name": f"{subject} {one['check']}",
            "ok": one["ok"],
            "found": one["found"] if one["ok"] else f"{one['found']} (expected {one['expected']})",
        }
        for one in rows
    ]
