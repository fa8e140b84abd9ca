# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a container that runs at the moment only runs between two crashes. Pure; private to this collection."""

from __future__ import annotations

import datetime
import typing as t

View = t.Mapping[str, t.Any]

BRIEF = datetime.timedelta(minutes=10)
"""Azure waits up to five minutes before it starts a container again; what has run longer than this has recovered."""
ENOUGH = 2
"""So many restarts are no accident."""


def crash_loop(view: View | None, now: datetime.datetime) -> str:
    """Return in a few words that a container crashes again and again; empty for one that does not.

    :param view: its instance view, in snake_case.
    :param now: with its time zone.
    """
    view = view or {}
    current, previous = view.get("current_state") or {}, view.get("previous_state") or {}
    restarts = view.get("restart_count") or 0
    began, ended = _moment(current.get("start_time")), _moment(previous.get("finish_time"))
    if restarts < ENOUGH or previous.get("exit_code") is None or began is None or ended is None:
        return ""
    first = _moment(previous.get("start_time")) or ended
    if now - began > BRIEF or ended - first > BRIEF:
        return ""
    return f"it crashes again and again, the last time with exit code {previous['exit_code']}: see show_logs"


def _moment(text: t.Any) -> datetime.datetime | None:
    """Return a time as Azure writes it; its fractions of a second may have seven digits."""
    try:
        found = datetime.datetime.fromisoformat(str(text).strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
