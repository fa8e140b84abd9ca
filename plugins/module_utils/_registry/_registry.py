# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container registries. API version 2025-11-01, by azure-mgmt-containerregistry. Private to this collection."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import (
    Answer,
    Body,
    call,
    encode,
    find,
    start,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan, _states
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Action, Plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import (
    Resource,
    need_location,
    refuse_move,
)

SKUS = ("Basic", "Standard", "Premium")


class ContainerRegistry(Resource):
    """A container registry as one task wants it."""

    kind = "container_registry"
    provider = "Microsoft.ContainerRegistry"
    seconds = 10

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._group: str = ctx.params["resource_group"]
        self._registries = ctx.session.client(
            "azure.mgmt.containerregistry", "ContainerRegistryManagementClient"
        ).registries
        self.what = f"container registry {self._name}"

    def read(self) -> Body | None:
        return find(f"Reading {self.what}", self._registries.get, self._group, self._name)

    def _plan_create(self) -> Plan:
        need_location(self.what, self._params["location"])
        return _plan.create({"name": self._name, **self._wanted({})})

    def _plan_update(self, actual: Body) -> Plan:
        refuse_move(self.what, self._params["location"], actual)
        failed = _states.changes(self.kind, self.what, actual)
        return _plan.update([*failed, *_plan.compare(self._wanted(actual), _comparable(actual))])

    def _wanted(self, actual: Body) -> dict[str, t.Any]:
        """Return what the task names, in the words of its options; None where it names nothing."""
        defaults = {} if actual else {"location": self._params["location"], "sku": "Basic"}
        named = {"sku": self._params["sku"], "admin_user_enabled": self._params["admin_user_enabled"]}
        tags = _plan.compare_tags(self._params["tags"], actual.get("tags") or {}, self._params["append_tags"])
        return {**defaults, **{key: value for key, value in named.items() if value is not None}, "tags": tags}

    def apply(self, plan: Plan, actual: Body | None) -> Answer:
        if plan.action is Action.DELETE:
            return start(f"Deleting {self.what}", self._registries.begin_delete, self._group, self._name)
        changed = {change.path[0]: change.after for change in plan.changes}
        body: dict[str, t.Any] = {"properties": {}}
        again = _states.NAME in changed
        if again and actual is not None:  # a change of something whose creation failed is no creation
            changed = {**_comparable(actual), "location": actual["location"], **changed}
        if "sku" in changed:
            body["sku"] = {"name": changed["sku"]}
        if "admin_user_enabled" in changed:
            body["properties"]["adminUserEnabled"] = changed["admin_user_enabled"]
        if "tags" in changed:
            body["tags"] = changed["tags"]
        if plan.action is Action.UPDATE and not again:
            doing = f"Updating {self.what}"
            return start(doing, self._registries.begin_update, self._group, self._name, encode(body))
        body["location"] = changed["location"]
        return start(f"Creating {self.what}", self._registries.begin_create, self._group, self._name, encode(body))

    def represent(self, actual: Body | None, plan: Plan) -> dict[str, t.Any] | None:
        result = super().represent(actual, plan)
        if actual and result and self._params["return_credentials"] and self._params["state"] == "present":
            result["credentials"] = self._planned_credentials(plan) or self._credentials(result)
        return result

    def _foreseen(self) -> dict[str, t.Any]:
        identifier = self._ctx.session.resource_id(self._group, self.provider, "registries", self._name)
        return {"id": identifier, "name": self._name, "login_server": None}

    def _planned_credentials(self, plan: Plan) -> dict[str, str] | None:
        """Return what is known under check mode of an admin user that is not there yet: its name, which is ours."""
        planned = any(change.path == ("admin_user_enabled",) and change.after for change in plan.changes)
        return {"username": self._name, "password": _plan.NOT_KNOWN} if planned and self._ctx.check_mode else None

    def _credentials(self, registry: dict[str, t.Any]) -> dict[str, str] | None:
        """Return the admin user's name and password: a POST that only reads, so check mode may send it too."""
        if not registry.get("admin_user_enabled"):
            return None
        doing = f"Listing the credentials of {self.what}"
        found = call(doing, self._registries.list_credentials, self._group, self._name).body
        return {"username": found["username"], "password": found["passwords"][0]["value"]}


def _comparable(actual: Body) -> dict[str, t.Any]:
    return {
        "sku": actual["sku"]["name"],
        "admin_user_enabled": bool(actual["properties"].get("adminUserEnabled")),
        "tags": actual.get("tags") or {},
    }
