# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On-demand backups of PostgreSQL servers. Private to this collection.

Azure answers a second backup of the same name, and one asked for while another runs, with an internal error, and keeps
at most seven. So backups are listed first, and room is made only from what bears our prefix.
Source: U(https://learn.microsoft.com/azure/postgresql/backup-restore/concepts-backup-restore).
"""

from __future__ import annotations

import datetime
import functools
import re
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import DONE, Answer, Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._case import flatten
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Action, Change, Impact, Plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import (
    Resource,
    finish,
    patiently,
    poll,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import Params
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _retention
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _api, _rules

MOST = 7
"""How many on-demand backups Azure keeps of one server."""

OPTIONS: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str"},
    "prefix": {"type": "str"},
    "keep": {"type": "int"},
    "prune": {"type": "bool", "default": True},
    "state": {"type": "str", "default": "present", "choices": ["present", "absent", "pruned"]},
}

_CHILD = _api.Child.BACKUP
_ON_DEMAND = "customer on-demand"
_STAMP = "%Y%m%dT%H%M%SZ"
_PAUSE = 2.0
SHOWS_SECONDS = 150.0
"""For how long a backup that may have been asked for is waited for before it is asked for again."""


def problem_with_prefix(value: str) -> str | None:
    """Return what is wrong with a prefix, or None."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,110}", value):
        return None
    return f"{value!r} is not valid: 1 to 111 letters, digits and hyphens, first a letter or digit"


def problems(params: Params) -> t.Iterator[str]:
    """Yield what is wrong with the options together."""
    if params["prefix"] and params["state"] == "absent":
        yield "prefix: a backup is removed by its name"
    if params["state"] == "pruned" and params["name"]:
        yield "name: backups are pruned by their prefix"
    if params["state"] == "pruned" and params["prefix"] and params["keep"] is None:
        yield "keep: missing, and state is pruned"
    if params["keep"] is not None and not params["prefix"]:
        yield "keep: needs prefix, which says whose backups may be removed"
    if params["keep"] is not None and not 1 <= params["keep"] <= MOST:
        yield f"keep: {params['keep']} is not a number from 1 to {MOST}"


def prune(ctx: Context) -> dict[str, t.Any]:
    """Remove the backups with a prefix that are too many, and make none."""
    backup = PostgresqlBackup(ctx)
    backup.read()
    plan = backup.plan_pruning()
    if not ctx.check_mode:
        backup.remove_old()
    result = {"changed": plan.changed, "impact": str(plan.impact), "diff": plan.diff()}
    return {**result, "operation": None, backup.kind: None, "removed": backup.removed}


class PostgresqlBackup(Resource):
    """An on-demand backup as one task wants it."""

    kind = "backup"
    provider = _api.PROVIDER
    seconds = 75

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._now = datetime.datetime.now(datetime.UTC)
        self._name = ctx.params["name"] or f"{ctx.params['prefix']}-{self._now.strftime(_STAMP)}"
        self._api = _api.ServerApi(ctx.session, ctx.params["resource_group"], ctx.params["server"])
        self.what = self._api.describe(_CHILD, self._name)
        self._listed: list[Body] = []
        self._doubtful = False
        self._room: list[str] = []
        self._removable: list[str] = []
        self.removed: list[str] = []
        """The backups that were removed, or in check mode would be, the oldest first."""

    def read(self) -> Body | None:
        """List all backups, since they matter to each other, and return the one that is meant."""
        try:
            self._listed = self._api.list(_CHILD)
        except OperationsError as error:
            if not error.not_found:
                raise
            self._listed = []
        return next((one for one in self._listed if one["name"] == self._name), None)

    # What has to change

    def plan(self, actual: Body | None) -> Plan:
        if actual is not None and not _on_demand(actual):
            raise OperationsError(
                f"{self.what} was made by Azure itself",
                code="AutomaticBackup",
                remedy="Name another one: automatic backups are neither made nor removed by request.",
            )
        return super().plan(actual)

    def _plan_delete(self, actual: Body) -> Plan:
        return _plan.delete({"name": self._name, **_moment(actual)})

    def _plan_update(self, actual: Body) -> Plan:
        return _plan.NOTHING

    def _plan_create(self) -> Plan:
        self._refuse_unsupported()
        self._room, self._removable = self._decide()
        if not self._params["prune"]:
            self._removable = self._room
        return _plan.update([Change(("backups", self._name), None, "created"), *self._removals()])

    def plan_pruning(self) -> Plan:
        """Return what to remove where no backup is made."""
        try:
            self._removable = self._decide_old(self._ours())
        except OperationsError as error:
            self._ctx.warn(str(error))
        return _plan.update(self._removals())

    def _removals(self) -> list[Change]:
        if self._ctx.check_mode:
            self.removed = self._removable
        old = {one["name"]: _completed(one) for one in self._listed}
        return [Change(("backups", name), old[name], None, Impact.DATA_LOSS) for name in self._removable]

    def _refuse_unsupported(self) -> None:
        server = self._api.read()
        if server is None:
            raise OperationsError(
                f"{self._api.what} does not exist",
                code="ResourceNotFound",
                remedy="Correct server and resource_group.",
            )
        storage = str((server["properties"].get("storage") or {}).get("type") or "")
        why = ""
        if str(server["sku"].get("tier")) == _rules.BURSTABLE:
            why = f"size {server['sku']['name']} is of the tier {_rules.BURSTABLE}"
        elif storage.lower().startswith("premiumv2"):
            why = f"storage is {storage}"
        if why:
            raise OperationsError(
                f"{self._api.what} cannot be backed up on demand: its {why}",
                code="BackupNotSupported",
                remedy="Set a restore mark (postgresql_restore_mark) or dump the database (postgresql_dump) instead.",
            )

    def _decide(self) -> tuple[list[str], list[str]]:
        """Return which backups have to go before ours is made, and all that may go, the oldest first.

        :raises OperationsError: when Azure has no room and none can be made.
        """
        on_demand = [one for one in self._listed if _on_demand(one)]
        excess = max(0, len(on_demand) + 1 - MOST)
        try:
            removable, safe = self._removable_ones()
        except OperationsError as error:
            if excess:
                raise
            self._ctx.warn(str(error))
            return [], []
        if excess > len(safe):
            raise OperationsError(
                f"{self._api.what} has {len(on_demand)} on-demand backups, and Azure keeps at most {MOST}",
                code="BackupLimitReached",
                remedy="Remove some by name, or set prefix and keep, so that old ones of this prefix make room.",
            )
        return safe[:excess], removable

    def _removable_ones(self) -> tuple[list[str], list[str]]:
        """Return what may go once ours is made, and the part of it that may go before: never the newest good one."""
        if self._params["keep"] is None:
            return [], []
        ours = self._ours()
        removable = self._decide_old([*ours, (self._name, self._now, True)])
        newest = max((one for one in ours if one[2]), key=lambda one: one[1], default=("",))[0]
        return removable, [name for name in removable if name != newest]

    def _decide_old(self, backups: list[tuple[str, datetime.datetime, bool]]) -> list[str]:
        rules = _retention.Rules(keep_last=self._params["keep"])
        return _retention.decide(backups, rules, self._now).remove

    def _ours(self) -> list[tuple[str, datetime.datetime, bool]]:
        """Return the names of the backups with our prefix, when they were taken, and whether they are whole."""
        ours = [one for one in self._listed if _on_demand(one) and self._is_ours(one["name"])]
        return [(one["name"], *self._seen(one)) for one in ours]

    def _is_ours(self, name: str) -> bool:
        return bool(re.fullmatch(rf"{re.escape(self._params['prefix'])}-\d{{8}}T\d{{6}}Z", name))

    def _seen(self, backup: Body) -> tuple[datetime.datetime, bool]:
        """Return when a backup was taken, and whether it is known to be whole.

        :raises OperationsError: C(ListingDoubtful) when it does not say when.
        """
        text = _completed(backup)
        try:
            return datetime.datetime.fromisoformat(text), True
        except ValueError as exc:
            raise OperationsError(
                f"The list of backups is doubtful, nothing is removed: {backup['name']} is not complete",
                code="ListingDoubtful",
                remedy="Run again when it is, or remove it by name.",
            ) from exc

    # Writing

    def apply(self, plan: Plan, actual: Body | None) -> Answer:
        if plan.action is Action.DELETE:
            return self._api.delete_child(_CHILD, self._name)
        self.read()
        if running := [one["name"] for one in self._listed if self.pending(one)]:
            raise OperationsError(
                f"Another backup of {self._api.what} still runs: {', '.join(running)}",
                code="OperationInProgress",
                remedy="Run again when it has ended, or raise timeout.",
            )
        for name in self._room:
            self._remove(name, self._deadline)
        if self._doubtful and self._shows():
            return DONE
        try:
            return self._api.write_child(_CHILD, self._name)
        except OperationsError as error:
            self._doubtful = self._doubtful or error.uncertain
            raise

    def _shows(self) -> bool:
        """Return whether a backup whose answer was lost is being made: Azure lists it late, and fails a second one."""
        until = min(self._deadline, time.monotonic() + SHOWS_SECONDS)
        while self.read() is None:
            if time.monotonic() + _PAUSE > until:
                return False
            self._ctx.report(f"{self.what}: not in Azure's list yet")
            time.sleep(_PAUSE)
        return True

    def _remove(self, name: str, deadline: float) -> None:
        if name not in self.removed:
            what = self._api.describe(_CHILD, name)
            finish(self._ctx, self._api.delete_child(_CHILD, name), what, self.seconds, deadline)
            self.removed.append(name)

    def pending(self, actual: Body) -> str:
        return "" if _completed(actual) else "running"

    def settle(self, plan: Plan, deadline: float) -> None:
        """Find the backup in Azure's list, whole; only then remove old ones."""
        if plan.action is Action.DELETE:
            return

        def unfinished(found: Body | None) -> str:
            return "not complete" if found and self.pending(found) else ""

        found = poll(self._ctx, self, self.read(), deadline, unfinished)
        for name in self._removable if found else []:
            try:
                self._remove_patiently(name, deadline)
            except OperationsError as error:  # our own backup is there all the same, and must not be called a failure
                self._ctx.warn(f"{self.what} is there, but an old one could not be removed: {error}")

    def remove_old(self) -> None:
        """Remove what plan_pruning() says, the oldest first."""
        for name in self._removable:
            self._remove_patiently(name, self._deadline)

    def _remove_patiently(self, name: str, deadline: float) -> None:
        def gone() -> bool:
            self.read()
            return all(one["name"] != name for one in self._listed)

        if patiently(self._ctx, self.what, deadline, functools.partial(self._remove, name, deadline), gone) is None:
            self.removed += [name] if name not in self.removed else []

    # Telling

    def represent(self, actual: Body | None, plan: Plan) -> dict[str, t.Any] | None:
        if actual is not None:
            return flatten(actual)
        if self._params["state"] == "absent":
            return None
        return {"id": f"{self._api.id}/backups/{self._name}", "name": self._name, "completed_time": None}


def _on_demand(backup: Body) -> bool:
    return str(backup["properties"].get("backupType") or "").lower() == _ON_DEMAND


def _completed(backup: Body) -> str:
    return str(backup["properties"].get("completedTime") or "")


def _moment(backup: Body) -> dict[str, str]:
    return {"completed_time": _completed(backup)} if _completed(backup) else {}
