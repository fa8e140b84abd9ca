"""What is stored of container groups.

Two documents for each: `containerGroups` with the public body, and the complete properties (with secrets) as its
private part; `containerGroupRuntime` with what only the engine knows.
"""

from __future__ import annotations

from typing import Any

from azure_simulator.core.store import Document, Store
from azure_simulator.services.container_instance import exceptions

GROUPS = "containerGroups"
_RUNTIME = "containerGroupRuntime"
# Provisioning states after which no operation is under way.
SETTLED = frozenset({"Succeeded", "Failed"})


class Documents:
    """Stored container groups by resource id."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.transaction = store.transaction

    def find(self, group_id: str) -> Document | None:
        return self._store.get(GROUPS, group_id)

    def get(self, group_id: str) -> Document:
        """Raises 404 ContainerGroupNotFound."""
        document = self.find(group_id)
        if document is None:
            raise exceptions.group_not_found(group_id.rsplit("/", 1)[-1])
        return document

    def below(self, scope: str = "") -> list[Document]:
        """Groups below a subscription or resource group (all without one)."""
        return self._store.list(GROUPS, f"{scope}/" if scope else "")

    def put(self, body: dict[str, Any], complete: dict[str, Any] | None = None) -> Document:
        """Store a group's public body, and its complete properties unless they stay as they are."""
        private = None if complete is None else {"properties": complete}
        return self._store.put(GROUPS, body["id"], body, private)

    def set_state(self, document: Document, state: str) -> None:
        """Change the provisioning state."""
        document.body["properties"]["provisioningState"] = state
        self.put(document.body)

    def runtime(self, group_id: str) -> dict[str, Any]:
        """`images` (records by container), `snapshots` (instance views by container), `stopped`."""
        document = self._store.get(_RUNTIME, group_id)
        return document.body if document else {}

    def update_runtime(self, group_id: str, **changes: Any) -> None:
        """Change what is remembered of the engine."""
        self._store.put(_RUNTIME, group_id, {**self.runtime(group_id), **changes})

    def delete(self, group_id: str) -> None:
        """Forget a group."""
        with self.transaction():
            self._store.delete(GROUPS, group_id)
            self._store.delete(_RUNTIME, group_id)
