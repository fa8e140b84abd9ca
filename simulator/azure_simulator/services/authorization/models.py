"""Role assignments and definitions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from azure_simulator.core.body import Anything, Object, String
from azure_simulator.core.clock import Clock, isoformat
from azure_simulator.core.durations import Durations
from azure_simulator.core.errors import ArmError
from azure_simulator.core.store import Document, Store
from azure_simulator.services.authorization.roles import ASSIGNMENTS, BUILT_IN, BY_ID, Role

_GUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
_PRINCIPAL_TYPES = ("User", "Group", "ServicePrincipal", "ForeignGroup", "Device")
_PROPERTIES = Object(
    {
        "roleDefinitionId": String(),
        "principalId": String(),
        "principalType": String(_PRINCIPAL_TYPES),
        "description": String(),
        "condition": String(),
        "conditionVersion": String(),
        "canDelegate": Anything(),
        "delegatedManagedIdentityResourceId": String(),
        "scope": Anything(),
    },
    required=("roleDefinitionId", "principalId"),
    name="RoleAssignmentProperties",
)
_BODY = Object(
    {"properties": _PROPERTIES, "id": Anything(), "name": Anything(), "type": Anything()},
    required=("properties",),
    name="RoleAssignment",
)
_TERM = re.compile(
    r"^(?P<name>principalId|assignedTo|roleName|type)\s*(?:eq\s*|\()'(?P<value>[^']*)'\)?$", re.IGNORECASE
)


class RoleAssignments:
    """The assignments at all scopes."""

    def __init__(
        self, store: Store, clock: Clock, durations: Durations, principal_known: Callable[[str], bool]
    ) -> None:
        self._store = store
        self._principal_known = principal_known
        self._clock = clock
        self._durations = durations

    @staticmethod
    def id_of(scope: str, name: str) -> str:
        return f"{scope.rstrip('/')}/providers/Microsoft.Authorization/roleAssignments/{name}"

    def find(self, scope: str, name: str) -> Document | None:
        return self._store.get(ASSIGNMENTS, self.id_of(scope, name))

    def get(self, scope: str, name: str) -> dict[str, Any]:
        document = self.find(scope, name)
        if document is None:
            message = f"The role assignment '{name}' is not found."
            raise ArmError(404, "RoleAssignmentNotFound", message)
        return document.body

    def put(self, scope: str, name: str, body: dict[str, Any], caller: str) -> dict[str, Any]:
        """Create (201). An existing one can only be repeated; the same right under another name is 409."""
        _BODY.check(body)
        if not _GUID.match(name):
            message = f"The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."
            raise ArmError(400, "InvalidRoleAssignmentId", message)
        wanted = body["properties"]
        if not _GUID.match(wanted["principalId"]):
            message = f"The Principal ID '{wanted['principalId']}' is not valid. Principal ID must be a GUID."
            raise ArmError(400, "InvalidPrincipalId", message)
        if not wanted.get("principalType") and not self._principal_known(wanted["principalId"]):
            principal = wanted["principalId"].replace("-", "")
            message = (
                f"Principal {principal} does not exist in the directory. Check that you have the correct principal ID. "
                "If you are creating this principal and then immediately assigning a role, this error might be related "
                "to a replication delay. In this case, set the role assignment principalType property to a value, such "
                "as ServicePrincipal, User, or Group."
            )
            raise ArmError(400, "PrincipalNotFound", message)
        role_id = wanted["roleDefinitionId"].rsplit("/", 1)[-1].lower()
        if role_id not in BY_ID:
            message = f"The specified role definition with ID '{role_id}' does not exist."
            raise ArmError(400, "RoleDefinitionDoesNotExist", message)
        for document in self._store.list(ASSIGNMENTS):
            old = document.body["properties"]
            same_right = (
                old["scope"].lower() == scope.lower()
                and old["principalId"].lower() == wanted["principalId"].lower()
                and old["roleDefinitionId"].rsplit("/", 1)[-1].lower() == role_id
            )
            if same_right and document.body["name"].lower() != name.lower():
                existing_id = str(document.body["name"]).replace("-", "")
                message = (
                    f"The role assignment already exists. The ID of the existing role assignment is {existing_id}."
                )
                raise ArmError(409, "RoleAssignmentExists", message)
            if document.body["name"].lower() == name.lower() and not same_right:
                message = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
                raise ArmError(400, "RoleAssignmentUpdateNotPermitted", message)
        existing = self.find(scope, name)
        now = isoformat(self._clock.now())
        assignment: dict[str, Any] = {
            "properties": {
                "roleDefinitionId": wanted["roleDefinitionId"],
                "principalId": wanted["principalId"],
                "principalType": wanted.get("principalType") or "ServicePrincipal",
                "scope": scope,
                "condition": wanted.get("condition"),
                "conditionVersion": wanted.get("conditionVersion"),
                "createdOn": existing.body["properties"]["createdOn"] if existing else now,
                "updatedOn": now,
                "createdBy": existing.body["properties"]["createdBy"] if existing else caller,
                "updatedBy": caller,
                "delegatedManagedIdentityResourceId": wanted.get("delegatedManagedIdentityResourceId"),
                "description": wanted.get("description"),
            },
            "id": self.id_of(scope, name),
            "type": "Microsoft.Authorization/roleAssignments",
            "name": name,
        }
        effective = self._clock.timestamp() + self._durations.seconds("role_assignment.propagate")
        private = None if existing else {"effective": effective}
        self._store.put(ASSIGNMENTS, assignment["id"], assignment, private)
        return assignment

    def delete(self, scope: str, name: str) -> dict[str, Any] | None:
        """What was deleted, None when there was nothing."""
        document = self.find(scope, name)
        if document is None:
            return None
        self._store.delete(ASSIGNMENTS, document.id)
        return document.body

    def delete_below(self, scope: str) -> None:
        """A group is deleted: the assignments at and below it go with it."""
        low = scope.lower()
        for document in self._store.list(ASSIGNMENTS):
            assigned = document.body["properties"]["scope"].lower()
            if assigned == low or assigned.startswith(low + "/"):
                self._store.delete(ASSIGNMENTS, document.id)

    def list(self, scope: str, expression: str | None) -> list[dict[str, Any]]:
        """Assignments that hold at the scope, and those below it unless the filter says `atScope()`."""
        at_scope, matches = _filter(expression)
        low = scope.lower().rstrip("/")
        found = []
        for document in self._store.list(ASSIGNMENTS):
            assigned = document.body["properties"]["scope"].lower().rstrip("/")
            above = low == assigned or low.startswith(assigned + "/")
            below = assigned.startswith(low + "/")
            if (above or (below and not at_scope)) and matches(document.body):
                found.append(document.body)
        return found


def role_definition(role: Role, scope: str) -> dict[str, Any]:
    """A built-in role as the API shows it."""
    prefix = "/".join(scope.split("/")[:3]) if scope.lower().startswith("/subscriptions/") else ""
    return {
        "properties": {
            "roleName": role.name,
            "type": "BuiltInRole",
            "description": role.description,
            "assignableScopes": ["/"],
            "permissions": [
                {
                    "actions": list(role.actions),
                    "notActions": list(role.not_actions),
                    "dataActions": list(role.data_actions),
                    "notDataActions": [],
                }
            ],
            "createdOn": "2015-02-02T21:55:09.8806423Z",
            "updatedOn": "2023-07-10T15:10:53.8947811Z",
            "createdBy": None,
            "updatedBy": None,
        },
        "id": f"{prefix}/providers/Microsoft.Authorization/roleDefinitions/{role.id}",
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role.id,
    }


def role_definitions(scope: str, expression: str | None) -> list[dict[str, Any]]:
    """Built-in roles that match the filter (`roleName eq '…'`)."""
    _, matches = _filter(expression)
    return [body for body in (role_definition(role, scope) for role in BUILT_IN) if matches(body)]


def _filter(expression: str | None) -> tuple[bool, Callable[[dict[str, Any]], bool]]:
    at_scope = False
    wanted: list[tuple[str, str]] = []
    for term in re.split(r"\s+and\s+", (expression or "").strip(), flags=re.IGNORECASE):
        if not term:
            continue
        if term.strip().lower() == "atscope()":
            at_scope = True
            continue
        match = _TERM.match(term.strip())
        if match is None:
            raise ArmError(400, "InvalidFilter", f"The filter '{expression}' is not supported.")
        name = {"principalid": "principalId", "assignedto": "principalId", "rolename": "roleName", "type": "type"}
        wanted.append((name[match["name"].lower()], match["value"]))

    def matches(body: dict[str, Any]) -> bool:
        return all(str(body["properties"].get(name, "")).lower() == value.lower() for name, value in wanted)

    return at_scope, matches
