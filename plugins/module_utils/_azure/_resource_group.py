# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resource groups. API version 2025-04-01 of Microsoft.Resources, by azure-mgmt-resource. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import (
    Answer,
    Body,
    call,
    collect,
    encode,
    find,
    start,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan, _states
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Action, Impact, Plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import (
    Resource,
    need_location,
    refuse_move,
)


class ResourceGroup(Resource):
    """A resource group as one task wants it."""

    kind = "resource_group"
    provider = "Microsoft.Resources"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._client = ctx.session.client("azure.mgmt.resource.resources", "ResourceManagementClient")
        self.what = f"resource group {self._name}"

    def read(self) -> Body | None:
        return find(f"Reading {self.what}", self._client.resource_groups.get, self._name)

    def _plan_create(self) -> Plan:
        need_location(self.what, self._params["location"])
        tags = _plan.compare_tags(self._params["tags"], {}, self._params["append_tags"])
        return _plan.create({"name": self._name, "location": self._params["location"], "tags": tags})

    def _plan_update(self, actual: Body) -> Plan:
        refuse_move(self.what, self._params["location"], actual, "InvalidResourceGroupLocation")
        tags = _plan.compare_tags(self._params["tags"], actual.get("tags") or {}, self._params["append_tags"])
        failed = _states.changes(self.kind, self.what, actual)
        return _plan.update([*failed, *_plan.compare({"tags": tags}, {"tags": actual.get("tags") or {}})])

    def _plan_delete(self, actual: Body) -> Plan:
        doing = f"Listing the resources of {self.what}"
        listed = collect(doing, self._client.resources.list_by_resource_group, self._name)
        gone = self._params["removed"] if self._ctx.check_mode else []
        content = [one for one in listed if not any(_is_of(one, name) for name in gone)]
        if content and not self._params["force"]:
            names = ", ".join(sorted(f"{one['type']} {one['name']}" for one in content))
            raise OperationsError(
                f"{self.what} is not empty: {names}",
                code="ResourceGroupNotEmpty",
                remedy="Delete the resources first, or set force to true to delete them with the group.",
            )
        return _plan.delete(
            {"name": self._name, "resources": sorted(one["id"] for one in content)},
            Impact.DATA_LOSS if content else Impact.NONE,
        )

    def apply(self, plan: Plan, actual: Body | None) -> Answer:
        if plan.action is Action.DELETE:
            return start(f"Deleting {self.what}", self._client.resource_groups.begin_delete, self._name)
        present = actual or {"location": self._params["location"]}
        body: dict[str, t.Any] = {"location": present["location"], "tags": present.get("tags") or {}}
        tags = _plan.compare_tags(self._params["tags"], body["tags"], self._params["append_tags"])
        body["tags"] = body["tags"] if tags is None else tags
        if present.get("managedBy"):
            body["managedBy"] = present["managedBy"]
        return call(f"Writing {self.what}", self._client.resource_groups.create_or_update, self._name, encode(body))

    def typical(self, plan: Plan) -> int:
        return 60 if plan.action is Action.DELETE else 2

    def _foreseen(self) -> dict[str, t.Any]:
        return {
            "id": self._ctx.session.resource_id(self._name),
            "name": self._name,
            "location": self._params["location"],
            "tags": self._params["tags"] or {},
        }


def _is_of(resource: Body, name: str) -> bool:
    """Return whether a listed resource is the one of a name such as C(Microsoft.Cache/redis/codex), or a part of it."""
    first = str(resource["name"]).lower().partition("/")[0]
    kinds = str(resource["type"]).lower().split("/")
    *wanted_kinds, wanted = name.lower().split("/")
    return kinds[: len(wanted_kinds)] == wanted_kinds and first == wanted
