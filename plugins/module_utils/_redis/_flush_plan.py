# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys a flush deletes, and what stands against it. Pure; private to this collection."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _pattern


class FlushPlan(t.TypedDict):
    """What a flush does; C(problem) is empty where nothing stands against it."""

    deletes_all: bool
    problem: str


def plan(pattern: str, *, database: str, name: str, confirmed: bool) -> FlushPlan:
    """Return the plan.

    :param database: the number of the only database, empty for all.
    :param confirmed: whether losing all keys is meant, or nothing is written.
    """
    deletes_all, problem = _pattern.is_broad(pattern), ""
    if deletes_all and not confirmed:
        where = f"{name}, database {database}" if database else name
        does = (
            f"The pattern {pattern} matches nearly every key of {where}"
            if pattern
            else f"This deletes every key of {where}"
        )
        problem = (
            f"{does}. If that is meant, run it again with: -e confirm={name}. "
            "For some of the keys name a pattern that says which: -e redis_flush_pattern='session:*'"
        )
    return {"deletes_all": deletes_all, "problem": problem}
