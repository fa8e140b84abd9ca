# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure Managed Redis: a cluster and its database as one cache. Private to this collection.

The cluster comes first and its database after it. What an interrupted run has left out, the next one sends.
"""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import DONE, Answer, Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan, _states
from ansible_collections.codexdominion.azure.plugins.module_utils._core._case import flatten
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Action, Change, Impact, Plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import (
    Resource,
    finish,
    need_location,
    refuse_move,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _api, _managed_api

_NEW_CLUSTER = {"sku": "Balanced_B0", "high_availability": True, "public_network_access": True}
_NEW_DATABASE = {"clustering_policy": "NoCluster", "access_keys_authentication": False}
_CLUSTER = {"high_availability": "highAvailability", "public_network_access": "publicNetworkAccess"}
_DATABASE = {
    "access_keys_authentication": "accessKeysAuthentication",
    "clustering_policy": "clusteringPolicy",
    "eviction_policy": "evictionPolicy",
}
_ALLOW = "Set allow_recreate to true (-e redis_confirmed=true) to let it."
_IMPACTS = {"sku": Impact.RESTART, "access_keys_authentication": Impact.RESTART}


class ManagedRedis(Resource):
    """A managed cache as one task wants it."""

    kind = "managed_redis"
    provider = _api.PROVIDER
    loses = "its data"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._api = _managed_api.ManagedRedisApi(ctx.session, ctx.params["resource_group"], ctx.params["name"])
        self.what = self._api.what

    def read(self) -> Body | None:
        return self._api.read()

    def _plan_create(self) -> Plan:
        need_location(self.what, self._params["location"])
        new = {"location": self._params["location"], **_NEW_CLUSTER, **_NEW_DATABASE}
        return _plan.create({**new, **self._named()})

    def _plan_update(self, actual: Body) -> Plan:
        refuse_move(self.what, self._params["location"], actual)
        failed = self._failed(actual)
        if any(change.impact is Impact.DATA_LOSS for change in failed):
            return _plan.update(failed)  # nothing of it is compared: it is created anew
        present, wanted = _view(actual), self._named()
        if actual["database"] is None:
            wanted = {**_NEW_DATABASE, **wanted}
        policies = present.get("clustering_policy"), wanted.get("clustering_policy")
        if None not in policies and policies[0] not in (policies[1], "NoCluster"):
            raise OperationsError(
                f"clustering_policy of {self.what} is {policies[0]}, and cannot become {policies[1]}",
                code="PropertyCannotChange",
                remedy="Create another cache and move the data.",
            )
        tags = _plan.compare_tags(self._params["tags"], present["tags"], bool(self._params["append_tags"]))
        return _plan.update([*failed, *_plan.compare({**wanted, "tags": tags}, present, _IMPACTS)])

    def _failed(self, actual: Body) -> list[Change]:
        """Return the difference that a failed state is, of the cluster or else of its database."""
        allowed = bool(self._params["allow_recreate"])
        parts = ((self.what, actual), (f"the database of {self.what}", actual["database"]))
        found = (_states.changes(self.kind, what, part, allow_recreate=allowed, allow=_ALLOW) for what, part in parts)
        return next((changes for changes in found if changes), [])

    def _named(self) -> dict[str, t.Any]:
        named = {option: self._params[option] for option in ("sku", "tags", *_CLUSTER, *_DATABASE)}
        return {option: value for option, value in named.items() if value is not None}

    def apply(self, plan: Plan, actual: Body | None) -> Answer:
        if plan.action is Action.DELETE:
            return self._api.delete()
        values = {change.path[0]: change.after for change in plan.changes}
        if values.pop(_states.NAME, None) and actual is not None:
            # A write has to name something to be one.
            values = {"sku": actual["sku"]["name"], **values}
            if plan.impact is Impact.DATA_LOSS:
                values, actual = self._remove_failed(actual)
        cluster, database = _cluster_body(values), _database_body(values)
        answer = DONE
        if actual is None:
            # What a busy service or a broken connection has interrupted is not created twice.
            answer = self._api.create(cluster) if self.read() is None else DONE
        elif cluster != {"properties": {}}:
            answer = self._api.update(cluster)
        if not database["properties"] or (not self._ctx.wait and answer is not DONE):
            return answer
        finish(self._ctx, answer, self.what, self.typical(plan), self._deadline)
        there = actual is not None and actual["database"] is not None
        return self._api.update_database(database) if there else self._api.create_database(database)

    def _remove_failed(self, actual: Body) -> tuple[dict[str, t.Any], Body | None]:
        """Delete what was never finished; return what to create in its place, as it was wanted, and what is left."""
        whole = _states.failure(self.kind, actual) is not None
        answer = self._api.delete() if whole else self._api.delete_database()
        finish(self._ctx, answer, self.what, 300, self._deadline)
        view = {option: value for option, value in _view(actual).items() if value is not None}
        database = {**_NEW_DATABASE, **{option: value for option, value in view.items() if option in _DATABASE}}
        named = self._named()
        if not whole:
            wanted = {option: value for option, value in named.items() if option in _DATABASE}
            return {**database, **wanted}, {**actual, "database": None}
        tags = _plan.compare_tags(self._params["tags"], view["tags"], bool(self._params["append_tags"]))
        named["tags"] = view["tags"] if tags is None else tags
        return {"location": actual["location"], **_NEW_CLUSTER, **view, **database, **named}, None

    def pending(self, actual: Body) -> str:
        return pending(actual)

    def typical(self, plan: Plan) -> int:
        return 120 if plan.action is Action.UPDATE else 600

    def _foreseen(self) -> dict[str, t.Any]:
        return {"id": self._api.id, "name": self._api.name, "host_name": None, "port": None}

    def represent(self, actual: Body | None, plan: Plan) -> dict[str, t.Any] | None:
        if actual is None:
            return super().represent(actual, plan)
        database = actual.get("database")
        result = flatten({name: value for name, value in actual.items() if name != "database"})
        result["database"] = flatten(database) if database else None
        result["port"] = result["database"]["port"] if database else None
        if self._params["return_keys"] and self._params["state"] == "present":
            allowed = database is not None and self._api.address(actual)[2]
            result["keys"] = self._api.keys() if allowed else None
        return result


def pending(actual: Body) -> str:
    """Return what Azure is still doing to the cluster or its database, or an empty string."""
    kind = ManagedRedis.kind
    return _states.pending(kind, actual) or _states.pending(kind, actual["database"] or {})


def _switch(value: t.Any) -> t.Any:
    return {True: "Enabled", False: "Disabled"}[value] if isinstance(value, bool) else value


def _cluster_body(values: t.Mapping[str, t.Any]) -> Body:
    properties = {name: _switch(values[option]) for option, name in _CLUSTER.items() if option in values}
    body: Body = {"properties": properties, **{name: values[name] for name in ("location", "tags") if name in values}}
    return {**body, "sku": {"name": values["sku"]}} if "sku" in values else body


def _database_body(values: t.Mapping[str, t.Any]) -> Body:
    return {"properties": {name: _switch(values[option]) for option, name in _DATABASE.items() if option in values}}


def _view(actual: Body) -> dict[str, t.Any]:
    properties = {**((actual["database"] or {}).get("properties") or {}), **actual["properties"]}
    words = {"Enabled": True, "Disabled": False}
    view = {option: properties.get(name) for option, name in {**_CLUSTER, **_DATABASE}.items()}
    shown = {option: words.get(str(value), value) for option, value in view.items()}
    return {**shown, "sku": actual["sku"]["name"], "tags": actual.get("tags") or {}}
