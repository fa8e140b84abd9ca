# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes known of a backup later is written beside it: whose it is now, what its proof came to. Private."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _catalogue, _owner, _spec
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._clocks import iso
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._destination import Destination
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._manifest import Dump, Mark
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._owner import Owner

_LONGEST_REASON = 300


def record(ctx: Context) -> dict[str, t.Any]:
    """Write it down, or in check mode say beside which backups it would be.

    :raises OperationsError: C(BackupNotFound) when there is no dump of that name; in check mode it is one that the run
        would have made.
    """
    destination, prefix = _spec.destination(ctx), ctx.params["prefix"]
    try:
        changed = _changes(ctx, destination)
    except OperationsError as error:
        if not ctx.check_mode or error.code != "BackupNotFound":
            raise
        return _result([ctx.params["name"]], destination)
    if changed and not ctx.check_mode:
        with destination.exclusive(prefix):
            changed = _changes(ctx, destination)  # what another run has written meanwhile is kept
            for manifest in changed:
                destination.replace(f"{manifest.name}.json", manifest.to_bytes())
    return _result([manifest.name for manifest in changed], destination)


def _result(recorded: list[str], destination: Destination) -> dict[str, t.Any]:
    return {"changed": bool(recorded), "impact": "none", "where": destination.where, "recorded": recorded}


def _changes(ctx: Context, destination: Destination) -> list[Dump | Mark]:
    """Return the manifests that are not yet as they are to be, the newest first."""
    params, owner = ctx.params, Owner.of(ctx.params)
    stored = [one.manifest for one in _catalogue.find(destination, params["prefix"]) if one.manifest]
    if params["name"] and not any(isinstance(one, Dump) and one.name == params["name"] for one in stored):
        raise OperationsError(
            f"There is no dump {params['name']} in {destination.where}",
            code="BackupNotFound",
            remedy="Look who else removes what is in the destination.",
        )
    wanted = {one.name: taken_over(one, owner) if params["take_over"] else one for one in stored}
    if params["name"]:
        dump = t.cast(Dump, wanted[params["name"]])
        wanted[dump.name] = dataclasses.replace(
            dump,
            proof=params["proof"],
            proof_moment=iso(datetime.datetime.now(datetime.UTC)),
            proof_reason=params["reason"][:_LONGEST_REASON] or None,
        )
    return [wanted[one.name] for one in stored if wanted[one.name] != one]


def taken_over(manifest: Dump | Mark, owner: Owner) -> Dump | Mark:
    """Return a manifest as it is once its backup is ours.

    All that is under our prefix becomes our stack's. A dump of our database becomes our server's too; which server a
    mark is of cannot be changed, since only Azure restores it.
    """
    ours = dataclasses.replace(manifest, owner=owner.stack)
    if not isinstance(ours, Dump) or not owner.server or owner.database not in (None, ours.database):
        return ours
    return ours if _owner.server_of(ours) == owner.server else dataclasses.replace(ours, azure_server=owner.server)
