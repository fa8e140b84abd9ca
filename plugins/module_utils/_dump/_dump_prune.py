# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Old backups are removed, and nothing else. Private to this collection."""

from __future__ import annotations

import contextlib
import datetime
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Change, Impact
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _catalogue, _retention, _spec, _versions
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._owner import Owner

_CLASSES = (("dump", True), ("dump", False), ("mark", True))
"""What is counted together: the kind, and whether any program restores it into the server."""
_UPCOMING = "the one that is to be made"


def prune(ctx: Context) -> dict[str, t.Any]:
    """Remove the backups that the rules do not keep, or in check mode say which.

    Dumps and marks are counted apart, so that marks, which hold no data, push no dump out. So are dumps that no program
    restores into the server: they push out none that can be restored, and stay for another server.

    :raises OperationsError: C(ListingDoubtful) when it is not certain what is there; then nothing has been removed.
    """
    destination = _spec.destination(ctx)
    prefix, version = ctx.params["prefix"], ctx.params["server_version"]
    with contextlib.ExitStack() as stack:
        if not ctx.check_mode and _catalogue.find(destination, prefix):
            stack.enter_context(destination.exclusive(prefix))
        backups = _catalogue.find(destination, prefix, Owner.of(ctx.params))
        _refuse_doubtful(backups, destination.where)
        # Whatever programs are here: those of another host may be what restores one of them.
        target = _versions.major(version) if version else None
        backups = [_catalogue.judge(one, program=None, target=target) for one in backups]
        # Never for real: the last good one could go before the next is there.
        upcoming = ctx.params["upcoming"] if ctx.check_mode else None
        keep, remove = _decide(backups, _retention.Rules.of(ctx.params), upcoming)
        if not ctx.check_mode:
            for one in remove:
                for file in one.files:  # the dump first: a manifest without one is known to be no backup
                    destination.delete(file)
    plan = _plan.update(Change((str(one.name),), one.size, None, Impact.DATA_LOSS) for one in remove)
    return {
        "changed": plan.changed,
        "impact": str(plan.impact),
        "diff": plan.diff(),
        "where": destination.where,
        "removed": [str(one.name) for one in remove],
        "kept": keep,
        "freed_bytes": sum(one.size for one in remove),
    }


def _decide(
    backups: list[_catalogue.Found], rules: _retention.Rules, upcoming: str | None
) -> tuple[dict[str, str], list[_catalogue.Found]]:
    """Return the reason by name for what stays, and what goes.

    :param upcoming: the kind of a backup that is decided with as if it had been made now.
    """
    now = datetime.datetime.now(datetime.UTC)
    keep = {str(one.name): one.problem for one in backups if one.manifest is None}
    remove: list[_catalogue.Found] = []
    for kind, restorable in _CLASSES:
        ours = {
            str(one.name): one
            for one in backups
            if one.manifest is not None
            and one.manifest.kind == kind
            and (one.state != _catalogue.UNRESTORABLE) is restorable
        }
        known = [(name, one.name.moment, one.good or not restorable) for name, one in ours.items()]
        if kind == upcoming and restorable:
            known.append((_UPCOMING, now, True))
        decision = _retention.decide(known, rules, now)
        keep |= {name: reason for name, reason in decision.keep.items() if name != _UPCOMING}
        remove += [ours[name] for name in decision.remove]
    return keep, remove


def _refuse_doubtful(backups: list[_catalogue.Found], where: str) -> None:
    unreadable = [
        f"{one.name}: {one.problem}" for one in backups if one.name.manifest in one.files and one.manifest is None
    ]
    if unreadable:
        raise OperationsError(
            f"It is not certain which backups there are in {where}, so none is removed: {'; '.join(unreadable)}",
            code="ListingDoubtful",
            remedy="Look at the backups named, and move away what is no backup.",
            details={"problems": unreadable},
        )
