# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the backups there are will do: how old the newest is, and what is doubtful. Pure; private."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _kind
from ansible_collections.codexdominion.azure.plugins.module_utils._backup._restore_point import RestorePoint
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _catalogue, _retention, _spec

NEVER_PROVEN = "no dump was ever proven by a restore; do that with drill_restore"
"""What is told where nobody has seen a dump restored."""


class Check(t.TypedDict):
    """A row of the table of checks."""

    name: str
    ok: bool
    found: str


def problem_with_age(value: str) -> str | None:
    """Return what is wrong with an age, or None."""
    try:
        _spec.seconds(value)
    except ValueError:
        return f"database_backup_max_age (max_age) is a number of seconds, or such as 90m, 26h, 8d; not {value}"
    return None


def of_age(newest: RestorePoint | None, kind: str, max_age: str, now: datetime.datetime, database: str = "") -> Check:
    """Check the newest backup of ours: clocks of two hosts differ, but what is much newer than ours is doubtful.

    :param kind: what it is, C(dump), C(azure) or C(mark).
    :param max_age: such as C(26h).
    :param database: which one of several it is of.
    """
    if newest is None:
        found, ok = "there is none", False
    else:
        age = int((now - newest.time).total_seconds())
        words = "old" if age >= 0 else "newer than the clock of this host"
        found, ok = (
            f"{newest.name}, {abs(age)} s {words}",
            -_retention.SKEW.total_seconds() <= age <= _spec.seconds(max_age),
        )
    of = f" of {database}" if database else ""
    return {"name": f"newest {_kind.WORDS[kind]}{of}", "ok": ok, "found": f"{found} (expected at most {max_age})"}


def of_states(stored: t.Sequence[_catalogue.Found], timeout: float, now: datetime.datetime) -> list[Check]:
    """Check what is not good: no fault is one that is being made, nor one that no program restores any more into this
    server, such as that of a former one, where a newer one is good.

    :param timeout: how long making one may take, in seconds.
    """
    newest = max((one.name.moment for one in stored if one.good and one.is_dump), default=None)

    def is_fine(one: _catalogue.Found) -> bool:
        if one.state == _catalogue.INCOMPLETE:
            return (now - one.name.moment).total_seconds() < timeout
        return one.state == _catalogue.UNRESTORABLE and newest is not None and one.name.moment < newest

    return [
        {"name": str(one.name), "ok": is_fine(one), "found": f"{one.state}: {one.problem}"}
        for one in stored
        if not one.good
    ]


def of_proof(points: t.Iterable[RestorePoint]) -> Check:
    """Say which dump was proven by a restore last; that none ever was is a warning, and no fault.

    :param points: dumps of ours.
    """
    proven = max((one for one in points if one.proven), key=lambda one: one.proven, default=None)
    found = f"{proven.name}, at {proven.proven}" if proven else NEVER_PROVEN
    return {"name": "proof by restore", "ok": True, "found": found}


def of_programs(problem: str) -> Check:
    """Say why nothing here can restore the dumps."""
    return {"name": "programs to restore with", "ok": False, "found": problem}


def of_azure(automatic: int, earliest: str) -> Check:
    """Check what Azure makes by itself, and restores every moment from.

    :param automatic: how many backups that are.
    :param earliest: since when a moment can be restored; empty if none can.
    """
    found = f"{automatic}; any moment can be restored since {earliest or 'never'}"
    return {"name": "automatic backups of Azure", "ok": automatic > 0, "found": found}
