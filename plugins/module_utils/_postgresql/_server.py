# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL flexible servers: created, restored, changed, stopped, deleted. Private to this collection.

Changes go by PATCH and hold only what differs: a PUT resets what it leaves out.
"""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import DONE, Answer, Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan, _secret_digest, _states
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Action, Change, Impact, Plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import (
    Resource,
    finish,
    need_location,
    poll,
    refuse_move,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _api, _body, _rules

PASSWORD = "administrator_password"
ACTIONS = ("started", "stopped", "restarted")

_NEW = {"version": "16", "sku": "Standard_B1ms", "storage_gb": 32}
_IMPACTS = {"sku": Impact.RESTART}
# For each wanted state: the final one in Azure's words, and those that lead to it without us.
_REACHED = {
    "stopped": ("Stopped", frozenset({"Stopped", "Stopping"})),
    "started": ("Ready", frozenset({"Ready", "Starting", "Restarting", "Updating", "Provisioning"})),
    "restarted": ("Ready", frozenset[str]()),
}
_RESTARTING = frozenset({"Restarting", "Stopping", "Starting"})
_REMEDIES = {
    "version": "Create a new server of that version and move the data, or upgrade it with Azure's own upgrade.",
    "administrator_login": "It is chosen when a server is created: use the present one.",
    "geo_redundant_backup": "It is chosen when a server is created: create another one, by restoring this one.",
}


class PostgresqlServer(Resource):
    """A server as one task wants it."""

    kind = "postgresql_server"
    provider = _api.PROVIDER
    loses = "its databases and its backups"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._api = _api.ServerApi(ctx.session, ctx.params["resource_group"], ctx.params["name"])
        self.what = self._api.what
        self._acted = False
        self._asked = False
        self._restored = False

    def read(self) -> Body | None:
        server = self._api.read()
        if self._asked and server is not None and _api.state(server) in _RESTARTING:
            self._acted = True  # what we have asked for goes on, whether its answer has arrived or not
        return server

    # What has to change

    def plan(self, actual: Body | None) -> Plan:
        state = self._params["state"]
        return self._plan_action(state, actual) if state in ACTIONS else super().plan(actual)

    def _plan_update(self, actual: Body) -> Plan:
        refuse_move(self.what, self._params["location"], actual)
        _states.changes(self.kind, self.what, actual)  # refuses: no write brings back what has failed
        return _plan.update(self._changes(actual))

    def _plan_action(self, state: str, actual: Body | None) -> Plan:
        if actual is None:
            raise OperationsError(
                f"{self.what} does not exist",
                code="ResourceNotFound",
                remedy="Create it first (state: present), or correct its name and resource group.",
            )
        present = _api.state(actual)
        if self._acted or present in _REACHED[state][1]:
            return _plan.NOTHING
        impact = Impact.NONE if present == "Stopped" else Impact.RESTART
        return _plan.update([Change(("state",), present, _REACHED[state][0], impact)])

    def _plan_create(self) -> Plan:
        wanted = self._named()
        if self._params["restore"]:
            source = self._source()
            wanted["location"] = self._params["location"] or (source or {}).get("location")
            if source is not None:
                self._refuse_restore(source)
        else:
            missing = [option for option in ("administrator_login", PASSWORD) if not self._params[option]]
            if missing:
                raise OperationsError(
                    f"{self.what} does not exist yet, and its administrator is not given",
                    code="AdministratorRequired",
                    remedy=f"Set {' and '.join(missing)}.",
                )
            wanted = {**_NEW, **wanted, "location": self._params["location"]}
            self._refuse_high_availability(wanted)
        need_location(self.what, wanted["location"])
        if self._params[PASSWORD]:
            wanted[PASSWORD] = _plan.SECRET_UNCHANGED
        return _plan.create({**wanted, "restore": self._params["restore"]})

    def _named(self) -> dict[str, t.Any]:
        """Return what the task names and Azure shows, in the words of the options."""
        named = {option: self._params[option] for option in _body.OPTIONS}
        window = named["maintenance_window"]
        named["maintenance_window"] = window and _body.window(window, {"custom": False})
        named["tags"] = self._params["tags"]
        return {option: value for option, value in named.items() if value is not None}

    def _changes(self, actual: Body) -> list[Change]:
        present = _body.view(actual)
        wanted = self._named()
        wanted.pop("tags", None)
        if self._params["maintenance_window"]:
            wanted["maintenance_window"] = _body.window(
                self._params["maintenance_window"], present["maintenance_window"]
            )
        self._refuse_fixed(wanted, present, self.what)
        self._refuse_high_availability({**present, **wanted})
        own = _secret_digest.without(actual.get("tags"))
        tags = _plan.compare_tags(self._params["tags"], own, self._params["append_tags"])
        changes = _plan.compare({**wanted, "tags": tags}, {**present, "tags": own}, _IMPACTS)
        tag = (actual.get("tags") or {}).get(_secret_digest.TAG)
        if _secret_digest.changed(self._secrets(), tag, self._params["secrets_key"]):
            changes.append(Change((PASSWORD,), _plan.SECRET_UNCHANGED, _plan.SECRET_CHANGED))
        return changes

    def _secrets(self) -> dict[str, str]:
        return {PASSWORD: self._params[PASSWORD]} if self._params[PASSWORD] else {}

    # What is refused

    def _refuse_fixed(self, wanted: t.Mapping[str, t.Any], present: t.Mapping[str, t.Any], whose: str) -> None:
        for option, remedy in _REMEDIES.items():
            if option in wanted and wanted[option] != present[option]:
                raise OperationsError(
                    f"{option} of {whose} is {present[option]}, and cannot become {wanted[option]}",
                    code="PropertyCannotChange",
                    remedy=remedy,
                )
        if wanted.get("storage_gb", present["storage_gb"]) < present["storage_gb"]:
            raise OperationsError(
                f"{whose} has {present['storage_gb']} GB of storage, and storage cannot shrink",
                code="StorageCannotShrink",
                remedy=f"Set database_storage_gb (storage_gb) to {present['storage_gb']} or more.",
            )

    def _refuse_high_availability(self, wanted: t.Mapping[str, t.Any]) -> None:
        mode, sku = wanted.get("high_availability") or "Disabled", wanted["sku"]
        if mode != "Disabled" and _rules.tier(sku) == _rules.BURSTABLE:
            raise OperationsError(
                f"{self.what} of size {sku} is {_rules.BURSTABLE}, a tier without high availability",
                code="HighAvailabilityNotSupported",
                remedy="Set database_high_availability (high_availability) to Disabled, or database_sku (sku) to a "
                "general purpose size such as Standard_D2ds_v5.",
            )

    def _refuse_restore(self, source: Body) -> None:
        """Refuse to restore what Azure could only bring back different from what the task names."""
        refuse_move(f"the source of {self.what}", self._params["location"], source)
        wanted, present = self._named(), _body.view(source)
        wanted.pop("geo_redundant_backup", None)  # the one of these that a restored server may have differently
        self._refuse_fixed(wanted, present, f"the source of {self.what}")
        self._refuse_high_availability({"sku": present["sku"], **wanted})
        earliest = source["properties"]["backup"].get("earliestRestoreDate")
        if earliest and self._moment() < datetime.datetime.fromisoformat(earliest):
            raise OperationsError(
                f"{self._params['restore']['point_in_time']} is before {earliest}, the earliest time to restore",
                code="PointInTimeOutsideWindow",
                remedy="Name a later time, or restore an older copy from elsewhere.",
            )

    # Writing

    def apply(self, plan: Plan, actual: Body | None) -> Answer:
        state = self._params["state"]
        if plan.action is Action.DELETE:
            return self._api.delete()
        if state in ACTIONS:
            return self._act(state, actual)
        if plan.action is Action.CREATE:
            return self._restore(plan) if self._params["restore"] else self._create(plan)
        return self._update(plan, actual)

    def _act(self, state: str, actual: Body | None) -> Answer:
        if state == "stopped":
            answer = self._api.stop()
        elif state == "started" or _api.state(actual or {"properties": {}}) == "Stopped":
            answer = self._api.start()
        else:
            self._asked = True
            answer = self._api.restart()
        self._acted = True
        return answer

    def _create(self, plan: Plan) -> Answer:
        body = _body.build({**_values(plan), **self._secrets()})
        body["tags"] = {**(self._params["tags"] or {}), **self._remembered()}
        body["properties"]["createMode"] = "Create"
        return self._api.create(body)

    def _update(self, plan: Plan, actual: Body | None) -> Answer:
        values = _values(plan)
        tags = values.pop("tags", None)
        secrets = self._secrets() if values.pop(PASSWORD, None) else {}
        body = _body.build({**values, **secrets})
        if tags is not None or secrets:
            present = (actual or {}).get("tags") or {}
            kept = {name: value for name, value in present.items() if name == _secret_digest.TAG}
            written = _secret_digest.without((actual or {}).get("tags")) if tags is None else tags
            body["tags"] = {**written, **(self._remembered() if secrets else kept)}
        return self._api.update(body)

    def _remembered(self) -> dict[str, str]:
        secrets = self._secrets()
        if not secrets:
            return {}
        return {_secret_digest.TAG: _secret_digest.remember(secrets, self._params["secrets_key"])}

    def _restore(self, plan: Plan) -> Answer:
        """Restore, and then change what Azure takes from the source whatever the request says."""
        if not self._restored:
            answer = self._start_restore(_values(plan))
            if not self._ctx.wait:
                return answer
            finish(self._ctx, answer, self.what, self.typical(plan), self._deadline)
            self._restored = True
        actual = self.read()
        rest = _plan.update(self._changes(actual)) if actual else _plan.NOTHING
        return self._update(rest, actual) if rest.changed else DONE

    def _start_restore(self, values: dict[str, t.Any]) -> Answer:
        accepted = ("location", "sku", "geo_redundant_backup")
        body = _body.build({name: values[name] for name in accepted if name in values})
        body["tags"] = self._params["tags"] or {}
        body["properties"] |= {
            "createMode": "PointInTimeRestore",
            "sourceServerResourceId": self._source_id(),
            "pointInTimeUTC": self._moment().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        return self._api.create(body)

    def _moment(self) -> datetime.datetime:
        return datetime.datetime.fromisoformat(self._params["restore"]["point_in_time"]).astimezone(datetime.UTC)

    def _source_id(self) -> str:
        source: str = self._params["restore"]["source_server"]
        return source if source.startswith("/") else f"{self._api.id.rpartition('/')[0]}/{source}"

    def _source(self) -> Body | None:
        """Return the server to restore from; None where it is deleted, which Azure can restore for some days."""
        parts = self._source_id().split("/")
        return _api.ServerApi(self._ctx.session, parts[4], parts[-1]).read()

    # Waiting

    def pending(self, actual: Body) -> str:
        return _api.pending(actual)

    def settle(self, plan: Plan, deadline: float) -> None:
        poll(self._ctx, self, self.read(), deadline, self._unfinished)

    def _unfinished(self, actual: Body | None) -> str:
        state = self._params["state"]
        if actual is None:
            return ""
        present = _api.state(actual)
        if state == "absent":
            return f"still {present}"
        reached = present == _REACHED[state][0] if state in ACTIONS else not self.pending(actual)
        return "" if reached else f"still {present}"

    # Telling

    def typical(self, plan: Plan) -> int:
        """Return seconds, from recordings of the service."""
        state, names = self._params["state"], {change.path[0] for change in plan.changes}
        if plan.action is Action.UPDATE and state in ACTIONS:
            return {"started": 540, "stopped": 360, "restarted": 120}[str(state)]
        if plan.action is Action.UPDATE:
            return 480 if names & {"sku", "storage_gb", "high_availability"} else 60
        return 60 if plan.action is Action.DELETE else 360

    def _foreseen(self) -> dict[str, t.Any]:
        return {"id": self._api.id, "name": self._api.name, "fully_qualified_domain_name": None}


def _values(plan: Plan) -> dict[str, t.Any]:
    return {change.path[0]: change.after for change in plan.changes}
