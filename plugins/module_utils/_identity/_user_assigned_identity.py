# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""User-assigned managed identities. API version 2024-11-30 of Microsoft.ManagedIdentity. Private to this collection."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._generic import GenericResource
from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Answer, Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Action, Impact, Plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import (
    Resource,
    need_location,
    refuse_move,
)

API_VERSION = "2024-11-30"


class UserAssignedIdentity(Resource):
    """A user-assigned identity as one task wants it."""

    kind = "user_assigned_identity"
    provider = "Microsoft.ManagedIdentity"
    seconds = 5

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._id = ctx.session.resource_id(
            ctx.params["resource_group"], self.provider, "userAssignedIdentities", self._name
        )
        self.what = f"identity {self._name}"
        self._resource = GenericResource(ctx.session, self._id, API_VERSION, self.what)

    def read(self) -> Body | None:
        return self._resource.get()

    def _plan_create(self) -> Plan:
        need_location(self.what, self._params["location"])
        tags = _plan.compare_tags(self._params["tags"], {}, self._params["append_tags"])
        return _plan.create({"name": self._name, "location": self._params["location"], "tags": tags})

    def _plan_update(self, actual: Body) -> Plan:
        refuse_move(self.what, self._params["location"], actual)
        present = actual.get("tags") or {}
        tags = _plan.compare_tags(self._params["tags"], present, self._params["append_tags"])
        return _plan.update(_plan.compare({"tags": tags}, {"tags": present}))

    def _plan_delete(self, actual: Body) -> Plan:
        return _plan.delete({"name": self._name, "id": self._id}, Impact.RESTART)

    def apply(self, plan: Plan, actual: Body | None) -> Answer:
        if plan.action is Action.DELETE:
            return self._resource.delete()
        changed = {change.path[0]: change.after for change in plan.changes}
        location = (actual or {}).get("location") or self._params["location"]
        tags = changed.get("tags", (actual or {}).get("tags") or {})
        return self._resource.put({"location": location, "tags": tags})

    def _foreseen(self) -> dict[str, t.Any]:
        return {"id": self._id, "name": self._name, "principal_id": None, "client_id": None}
