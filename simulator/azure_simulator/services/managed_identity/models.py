"""User-assigned identities."""

from __future__ import annotations

import re
import uuid
from typing import Any

from azure_simulator.core.body import Anything, MapOf, Object, String
from azure_simulator.core.errors import ArmError, location_fixed, resource_not_found
from azure_simulator.core.providers import check_location
from azure_simulator.core.store import Document, Store
from azure_simulator.services.resources.models import check_tags
from azure_simulator.settings import Account

KIND = "userAssignedIdentities"
TYPE = "Microsoft.ManagedIdentity/userAssignedIdentities"
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$")
_PROPERTIES = Object(
    {
        "isolationScope": String(("None", "Regional")),
        "tenantId": Anything(),
        "principalId": Anything(),
        "clientId": Anything(),
        "assignmentRestrictions": Anything(),
    },
    name="IdentityProperties",
)
_BODY = Object(
    {
        "location": String(),
        "tags": MapOf(String()),
        "properties": _PROPERTIES,
        "id": Anything(),
        "name": Anything(),
        "type": Anything(),
        "systemData": Anything(),
    },
    name="Identity",
)


class Identities:
    """The identities of the subscription."""

    def __init__(self, store: Store, account: Account) -> None:
        self._store = store
        self._account = account

    def id_of(self, group: str, name: str) -> str:
        # The provider spells this segment in lower case in the ids it returns.
        return f"/subscriptions/{self._account.subscription_id}/resourcegroups/{group}/providers/{TYPE}/{name}"

    def find(self, group: str, name: str) -> Document | None:
        return self._store.get(KIND, self.id_of(group, name))

    def get(self, group: str, name: str) -> dict[str, Any]:
        document = self.find(group, name)
        if document is None:
            raise resource_not_found(TYPE, name, group)
        return document.body

    def has_principal(self, object_id: str) -> bool:
        """Whether an identity has this principal id."""
        return any(
            document.body["properties"]["principalId"] == object_id.lower() for document in self._store.list(KIND)
        )

    def list(self, scope: str) -> list[dict[str, Any]]:
        return [document.body for document in self._store.list(KIND, f"{scope.rstrip('/')}/")]

    def put(self, group: str, name: str, body: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """Create or update; the identity and whether it is new. Client and principal ids never change."""
        _BODY.check(body)
        if not _NAME.match(name):
            message = (
                f"The resource name '{name}' is invalid: 3 to 128 letters, digits, '_' and '-', beginning with a "
                "letter or digit."
            )
            raise ArmError(400, "InvalidResourceName", message)
        location = check_location(body.get("location"), TYPE)
        tags = check_tags(body.get("tags"))
        old = self.find(group, name)
        if old is not None and old.body["location"] != location:
            raise location_fixed(name, group, old.body["location"], location)
        ids = old.body["properties"] if old else {"principalId": str(uuid.uuid4()), "clientId": str(uuid.uuid4())}
        identity: dict[str, Any] = {
            "location": location,
            "tags": tags,
            "id": old.id if old else self.id_of(group, name),
            "name": old.body["name"] if old else name,
            "type": TYPE,
            "properties": {**ids, "tenantId": self._account.tenant_id},
        }
        self._store.put(KIND, identity["id"], identity)
        return identity, old is None

    def patch(self, group: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Change the tags."""
        _BODY.check(body)
        identity = self.get(group, name)
        if body.get("tags") is not None:
            identity["tags"] = check_tags(body["tags"])
        self._store.put(KIND, identity["id"], identity)
        return identity

    def delete(self, resource_id: str) -> bool:
        """Whether there was one. Role assignments of its principal stay behind, as in Azure."""
        return self._store.delete(KIND, resource_id)
