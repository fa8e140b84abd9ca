"""Management locks: at a resource group or below, against deletion or against any change."""

from __future__ import annotations

from typing import Any

from azure_simulator.core.body import Anything, Array, Object, String
from azure_simulator.core.errors import ArmError
from azure_simulator.core.store import Store

KIND = "locks"
_LEVELS = ("CanNotDelete", "ReadOnly", "NotSpecified")
_PROPERTIES = Object(
    {"level": String(_LEVELS), "notes": String(), "owners": Array(Anything())},
    required=("level",),
    name="LockProperties",
)
_BODY = Object(
    {"properties": _PROPERTIES, "id": Anything(), "name": Anything(), "type": Anything()},
    required=("properties",),
    name="ManagementLock",
)


class Locks:
    """The locks of the subscription, and the question whether one forbids a request."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @staticmethod
    def id_of(scope: str, name: str) -> str:
        return f"{scope.rstrip('/')}/providers/Microsoft.Authorization/locks/{name}"

    def get(self, scope: str, name: str) -> dict[str, Any]:
        document = self._store.get(KIND, self.id_of(scope, name))
        if document is None:
            raise ArmError(404, "LockNotFound", f"The lock '{name}' could not be found.", gateway=True)
        return document.body

    def put(self, scope: str, name: str, body: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """Create or change; the lock and whether it is new."""
        _BODY.check(body)
        new = self._store.get(KIND, self.id_of(scope, name)) is None
        properties = {key: value for key, value in body["properties"].items() if value is not None}
        lock = {
            "properties": properties,
            "id": self.id_of(scope, name),
            "type": "Microsoft.Authorization/locks",
            "name": name,
        }
        self._store.put(KIND, self.id_of(scope, name), lock)
        return lock, new

    def delete(self, scope: str, name: str) -> bool:
        """Whether there was one."""
        return self._store.delete(KIND, self.id_of(scope, name))

    def list(self, scope: str) -> list[dict[str, Any]]:
        """Locks at the scope and below."""
        return [document.body for document in self._store.list(KIND, f"{scope.rstrip('/')}/")]

    def require_unlocked(self, method: str, path: str) -> None:
        """409 ScopeLocked when a lock at the path, above it, or (for a deletion) below it forbids the method."""
        if method in ("GET", "HEAD") or "/providers/microsoft.authorization/" in path.lower():
            return
        low = path.lower().rstrip("/")
        for document in self._store.list(KIND):
            scope = document.id.lower().partition("/providers/microsoft.authorization/")[0]
            deletion = method == "DELETE"
            covered = low == scope or low.startswith(scope + "/") or (deletion and scope.startswith(low + "/"))
            level = document.body["properties"]["level"]
            if covered and (level == "ReadOnly" or (deletion and level == "CanNotDelete")):
                verb = "delete" if deletion else "write"
                message = (
                    f"The scope '{path}' cannot perform {verb} operation because following scope(s) are locked: "
                    f"'{document.id.partition('/providers/Microsoft.Authorization/')[0]}'. Please remove the lock and "
                    "try again."
                )
                raise ArmError(409, "ScopeLocked", message, gateway=True)
