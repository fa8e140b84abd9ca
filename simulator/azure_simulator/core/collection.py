"""The resources of one type in the subscription, found by resource group and name."""

from __future__ import annotations

from azure_simulator.core.errors import resource_not_found
from azure_simulator.core.store import Document, Store


class Collection:
    """Reading, and names that somebody else has. `kind` is the store's word, `type` ARM's.

    :param reserved: the store's kind for names taken elsewhere in Azure.
    """

    def __init__(self, store: Store, subscription_id: str, kind: str, type: str, reserved: str) -> None:
        self._store = store
        self._subscription = f"/subscriptions/{subscription_id}"
        self._kind = kind
        self._type = type
        self._reserved = reserved

    def id_of(self, group: str, name: str) -> str:
        return f"{self._subscription}/resourceGroups/{group}/providers/{self._type}/{name}"

    def find(self, group: str, name: str) -> Document | None:
        return self.by_id(self.id_of(group, name))

    def by_id(self, resource_id: str) -> Document | None:
        return self._store.get(self._kind, resource_id)

    def get(self, group: str, name: str) -> Document:
        """The resource, or the gateway's 404."""
        document = self.find(group, name)
        if document is None:
            raise resource_not_found(self._type, name, group)
        return document

    def list(self, scope: str = "") -> list[Document]:
        """Resources under a subscription or group id (all without one)."""
        return self._store.list(self._kind, f"{scope.rstrip('/')}/" if scope else "")

    def reserve(self, name: str) -> None:
        """Mark a name as taken by somebody else's resource."""
        self._store.put(self._reserved, name, {})

    def is_taken(self, name: str) -> bool:
        """Whether the name is in use, here or elsewhere in Azure; names are unique in all of it."""
        if self._store.get(self._reserved, name) is not None:
            return True
        return any(document.body["name"].lower() == name.lower() for document in self.list())
