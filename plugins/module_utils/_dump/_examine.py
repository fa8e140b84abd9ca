# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What backups there are, for people and for monitoring. Private to this collection."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _catalogue, _retention, _spec
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._owner import Owner


def examine(ctx: Context) -> dict[str, t.Any]:
    """List the backups, verify them if asked, and say how old the newest dump is."""
    params = ctx.params
    destination = _spec.destination(ctx)
    backups = _catalogue.find(destination, params["prefix"], Owner.of(params))
    if params["verify"]:
        for number, one in enumerate(backups):
            ctx.report(f"reading {one.name}")
            backups[number] = _catalogue.verify(destination, one)
    now = datetime.datetime.now(datetime.UTC)
    dumps = [one for one in backups if one.is_dump and one.good]
    age = (now - dumps[0].name.moment).total_seconds() if dumps else None
    return {
        "changed": False,
        "where": destination.where,
        "backups": [_represent(one, verified=params["verify"]) for one in backups],
        "newest": str(dumps[0].name) if dumps else None,
        "oldest": str(dumps[-1].name) if dumps else None,
        "age_seconds": None if age is None else round(age),
        "fresh": _is_fresh(age, params["max_age"]),
        "problems": [f"{one.name} is {one.state}: {one.problem}" for one in backups if not one.good],
    }


def _is_fresh(age: float | None, max_age: str | None) -> bool | None:
    if max_age is None:
        return None
    # What is newer than our clock is as doubtful as what is too old.
    return age is not None and -_retention.SKEW.total_seconds() <= age <= _spec.seconds(max_age)


def _represent(found: _catalogue.Found, *, verified: bool) -> dict[str, t.Any]:
    return {
        **found.represent(),
        "kind": found.manifest.kind if found.manifest else None,
        "verified": verified and found.good and found.is_dump,
    }
