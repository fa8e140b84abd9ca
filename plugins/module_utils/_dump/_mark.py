# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A moment that a server can be restored to is written down. Private to this collection.

The moment is Azure's: the second after the one in which it answered. So it holds everything that was committed before
the task began, and, since the task ends only when Azure's clock has passed it, nothing of what comes after the task.
"""

from __future__ import annotations

import datetime
import email.utils
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup._restore_point import POINT, RestorePoint
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _catalogue, _spec
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._clocks import iso, warn_of_skew
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._destination import Destination
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._dump_names import Name
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._manifest import Mark
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._owner import Owner
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _api as _postgresql_api

_PAUSE = 0.2
_PAUSE_FOR_BACKUP = 2.0
_LONGEST_WAIT = 30.0
_SECOND = datetime.timedelta(seconds=1)


class _Seen(t.NamedTuple):
    """A server and the time it was read.

    :param moment: Azure's, in whole seconds.
    :param skew: by how many seconds that is ahead of ours, give or take one.
    :param earliest: the beginning of the point-in-time window.
    """

    server: dict[str, t.Any]
    moment: datetime.datetime
    skew: float
    earliest: datetime.datetime


def mark(ctx: Context) -> dict[str, t.Any]:
    """Write the mark, or in check mode find out whether it could be.

    :raises OperationsError: when the server cannot be restored to this moment, or the mark is not found again.
    """
    params = ctx.params
    api = _postgresql_api.ServerApi(ctx.session, params["resource_group"], params["server"])
    destination = _spec.destination(ctx)
    owner = _owner(ctx, destination)
    seen = _look(api)
    if _await_backup(ctx, api):
        seen = _look(api)
    warn_of_skew(ctx, seen.skew)
    name = Name(params["prefix"], seen.moment + _SECOND)
    found = None
    if not ctx.check_mode:
        seen = _await(api, name.moment)
        destination.put(name.manifest, _manifest(name, api.id, seen, owner).to_bytes())
        found = next((one for one in _catalogue.find(destination, name.prefix) if one.name == name), None)
        if found is None or not found.good:
            raise OperationsError(
                f"The restore mark {name} was written but is not found again in {destination.where}",
                code="BackupNotFound",
                remedy="Look who else changes what is in the destination, then run again.",
            )
    done = f"would be marked, such as {name}" if ctx.check_mode else f"is marked as {name}"
    return {
        "changed": True,
        "impact": "none",
        "message": f"{api.what} can be restored since {iso(seen.earliest)}; this moment {done}",
        "where": destination.where,
        "backup": found.represent() if found else None,
        "restore_point": _restore_point(name, api.id, prefix=params["prefix"]).represent(),
        "earliest_restore": iso(seen.earliest),
    }


def _owner(ctx: Context, destination: Destination) -> str | None:
    """Return whose the mark is; nobody's where it is a precaution only, and the prefix is another stack's.

    :raises OperationsError: C(PrefixInUse).
    """
    owner = Owner(stack=ctx.params["owner"])
    if owner.stack:
        try:
            _catalogue.find(destination, ctx.params["prefix"], owner)
        except OperationsError as error:
            if error.code != "PrefixInUse" or not ctx.params["precaution"]:
                raise
            ctx.warn(f"{error.message}; so the mark that is left as a precaution names no stack")
            return None
    return owner.stack


def _restore_point(name: Name, resource_id: str, prefix: str) -> RestorePoint:
    return RestorePoint(
        kind=POINT, type="mark", name=str(name), moment=iso(name.moment), prefix=prefix, resource_id=resource_id
    )


def _look(api: _postgresql_api.ServerApi) -> _Seen:
    """Read the server and the time.

    :raises OperationsError: when the server is not there, not ready, or has no point-in-time window yet.
    """
    began = time.time()
    answer = api.ask()
    moment = email.utils.parsedate_to_datetime(answer.headers["date"])
    skew = round(moment.timestamp() + 0.5 - (began + time.time()) / 2, 1)  # the header has whole seconds only
    state = _postgresql_api.state(answer.body)
    if state.lower() != "ready":
        raise OperationsError(
            f"{api.what} is {state or 'in an unknown state'}, so this moment cannot be marked",
            code="ServerNotReady",
            remedy="Start the server, or wait until it is ready: a server that does not run writes no log to restore.",
        )
    earliest = (answer.body["properties"].get("backup") or {}).get("earliestRestoreDate")
    if not earliest or (window := datetime.datetime.fromisoformat(earliest)) > moment + _SECOND:
        raise OperationsError(
            f"{api.what} cannot be restored to this moment: its window begins {earliest or 'with its first backup'}",
            code="OutsideRestoreWindow",
            remedy="Wait for the server's first automatic backup, or make a dump with postgresql_dump.",
        )
    return _Seen(answer.body, moment, skew, window)


def _has_backup(api: _postgresql_api.ServerApi) -> bool:
    """Return whether there is a backup to restore from: before, a server's window is said to begin with itself."""
    return any(one["properties"].get("completedTime") for one in api.list(_postgresql_api.Child.BACKUP))


def _await_backup(ctx: Context, api: _postgresql_api.ServerApi) -> bool:
    """Return once the server has its first backup, and whether that had to be waited for.

    :raises OperationsError: when it has none in time.
    """
    deadline, waited = time.monotonic() + ctx.timeout, False
    while not _has_backup(api):
        if time.monotonic() + _PAUSE_FOR_BACKUP > deadline:
            raise OperationsError(
                f"{api.what} cannot be restored to this moment: it has no backup yet",
                code="OutsideRestoreWindow",
                remedy="Wait for the first backup, which Azure makes within minutes of creating a server, and run"
                " again; or make a dump with postgresql_dump.",
            )
        ctx.report(f"{api.what}: waiting for its first backup")
        time.sleep(_PAUSE_FOR_BACKUP)
        waited = True
    return waited


def _await(api: _postgresql_api.ServerApi, moment: datetime.datetime) -> _Seen:
    """Return the server as it is once Azure's clock has passed a moment.

    :raises OperationsError: C(Timeout) when the clock stands.
    """
    deadline = time.monotonic() + _LONGEST_WAIT
    while (seen := _look(api)).moment < moment:
        if time.monotonic() > deadline:
            raise OperationsError("Azure's clock does not go on", code="Timeout", remedy="Try again later.")
        time.sleep(_PAUSE)
    return seen


def _manifest(name: Name, resource_id: str, seen: _Seen, owner: str | None) -> Mark:
    properties = seen.server["properties"]
    return Mark(
        name=str(name),
        server=str(properties.get("fullyQualifiedDomainName") or seen.server["name"]),
        server_version=str(properties["version"]),
        started=iso(name.moment),
        clock_skew_seconds=seen.skew,
        resource_id=resource_id,
        owner=owner,
        earliest_restore=iso(seen.earliest),
        backup_retention_days=int(properties["backup"]["backupRetentionDays"]),
    )
