# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the audit file is told of a run. Pure; private to this collection."""

from __future__ import annotations

import datetime
import typing as t

Result = t.Mapping[str, t.Any]


def of(
    results: t.Sequence[Result],
    *,
    changed: bool,
    lock: t.Mapping[str, t.Any] | None,
    reason: str | None,
    failed_task: str | None,
    record: t.Mapping[str, t.Any],
    now: datetime.datetime,
) -> dict[str, t.Any]:
    """Return C(result), C(summary), C(record), and C(duration_seconds) where the stack was locked.

    :param results: of the tasks that may have changed something.
    :param changed: whether anything else has changed.
    :param lock: as it was taken, with C(since); None under check mode.
    :param reason: why the run has failed; None if it has not.
    :param failed_task: the name of the task that failed, if one did.
    :param record: further facts, which go before ours.
    :param now: with a time zone.
    """
    changed = changed or any(_changed(one) for one in results)
    failed = reason is not None
    outcome: dict[str, t.Any] = {
        "result": "failed" if failed else "ok" if changed else "unchanged",
        "summary": reason or "",
        "record": {"changed": changed, "failed_task": failed_task if failed else None, **record},
    }
    if lock:
        since = datetime.datetime.fromisoformat(str(lock["since"]))
        outcome["duration_seconds"] = round((now - since).total_seconds(), 1)
    return outcome


def _changed(result: Result) -> bool:
    """Return whether a task, or one of the items of its loop, has changed something."""
    if "changed" in result:
        return bool(result["changed"])
    return any(bool(item.get("changed")) for item in result.get("results") or [])
