"""Managed identities of container groups: the one Azure makes for a group, and user-assigned ones."""

from __future__ import annotations

import uuid
from typing import Any

from azure_simulator.core.service import Context
from azure_simulator.services.container_instance import exceptions
from azure_simulator.services.managed_identity.models import KIND as USER_ASSIGNED

_SYSTEM = "containerGroupIdentities"


class Identities:
    """Turns the `identity` of a request into the one of the answer."""

    def __init__(self, context: Context) -> None:
        self._store = context.store
        self._tenant_id = context.settings.account.tenant_id

    def check(self, identity: dict[str, Any] | None) -> None:
        """400 for a user-assigned identity that does not exist, or none where one is announced."""
        if identity is None or "UserAssigned" not in identity.get("type", ""):
            return
        assigned = identity.get("userAssignedIdentities") or {}
        if not assigned:
            raise exceptions.invalid("The user-assigned identities of the container group are not specified.")
        for resource_id in assigned:
            self._user_assigned(resource_id)

    def assign(self, group_id: str, identity: dict[str, Any] | None) -> dict[str, Any] | None:
        """The identity as answers show it, with principal ids; of a request that passed `check`."""
        kind = (identity or {}).get("type", "None")
        if "SystemAssigned" not in kind:
            self.forget(group_id)
        if identity is None or kind == "None":
            return None
        answer: dict[str, Any] = {}
        if "SystemAssigned" in kind:
            answer |= {"principalId": self._system_assigned(group_id), "tenantId": self._tenant_id}
        answer["type"] = kind
        if "UserAssigned" in kind:
            answer["userAssignedIdentities"] = {
                resource_id: {"principalId": found["principalId"], "clientId": found["clientId"]}
                for resource_id in identity["userAssignedIdentities"]
                for found in (self._user_assigned(resource_id),)
            }
        return answer

    def principal_of(self, resource_id: str) -> str:
        """Object id of a user-assigned identity. Raises 400 if it does not exist."""
        return str(self._user_assigned(resource_id)["principalId"])

    def forget(self, group_id: str) -> None:
        """The group is gone, and with it the identity Azure made for it."""
        self._store.delete(_SYSTEM, group_id)

    def _system_assigned(self, group_id: str) -> str:
        document = self._store.get(_SYSTEM, group_id)
        if document is None:
            document = self._store.put(_SYSTEM, group_id, {"principalId": str(uuid.uuid4())})
        return str(document.body["principalId"])

    def _user_assigned(self, resource_id: str) -> dict[str, Any]:
        document = self._store.get(USER_ASSIGNED, resource_id)
        if document is None:
            raise exceptions.identity_not_found(resource_id)
        properties: dict[str, Any] = document.body["properties"]
        return properties
