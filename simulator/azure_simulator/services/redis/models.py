"""The caches of the subscription: which there are, what may be written, and their states."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from azure_simulator.core.collection import Collection
from azure_simulator.core.errors import location_fixed
from azure_simulator.core.operations import Operations
from azure_simulator.core.providers import check_location, region_name
from azure_simulator.core.store import Document, Store
from azure_simulator.services.redis import documents, errors, rules, schema
from azure_simulator.services.redis.documents import TYPE
from azure_simulator.services.resources.models import check_tags

KIND = "redisCaches"
RESERVED = "reservedRedisNames"
KEYS = ("primary", "secondary")
_KEY_BYTES = 32


class Caches(Collection):
    """Caches. Names are unique in all of Azure.

    :param blocked: whether a subscription without a cache may not create one.
    """

    def __init__(self, store: Store, operations: Operations, subscription_id: str, *, blocked: bool) -> None:
        super().__init__(store, subscription_id, KIND, TYPE, RESERVED)
        self._operations = operations
        self.blocked = blocked

    # -- what may be written -----------------------------------------------------------------------------------------

    def check_put(self, group: str, name: str, body: dict[str, Any]) -> Document | None:
        """What can refuse any PUT; the cache if there is one already."""
        schema.CREATE.check(body)
        location = check_location(body.get("location"), TYPE)
        check_tags(body.get("tags"))
        rules.check_asked(body)
        old = self.find(group, name)
        if old is None:
            rules.check_name(name)
            if self.blocked and not self.list():
                raise errors.creation_blocked()
            if self.is_taken(name):
                raise errors.name_not_available()
        elif region_name(old.body["location"]) != location:
            raise location_fixed(name, group, region_name(old.body["location"]), location)
        return old

    def require_idle(self, cache: Document) -> None:
        """409 while another write goes on."""
        if self._operations.active(cache.id) is not None:
            raise errors.busy(cache.id)

    # -- writes ------------------------------------------------------------------------------------------------------

    def draft(self, group: str, name: str, body: dict[str, Any], address: str) -> dict[str, Any]:
        """The document of a new cache; 400 for what does not fit together."""
        location = check_location(body["location"], TYPE)
        document = documents.merged(documents.new(self.id_of(group, name), name, location, address), body)
        rules.check_whole(document)
        return document

    def add(self, body: dict[str, Any]) -> Document:
        """Store a new cache, with new keys."""
        return self._store.put(KIND, body["id"], body, {"keys": [new_key(), new_key()]})

    def change(self, cache: Document, body: dict[str, Any], *, put: bool) -> tuple[dict[str, Any], list[str]]:
        """The whole document as the change would leave it, and what is different; refuses what cannot be."""
        make = documents.replaced if put else documents.merged
        changed = make(cache.body, body)
        rules.check_whole(changed)
        return changed, rules.changes(cache.body, changed)

    def save(self, body: dict[str, Any], state: str) -> Document:
        """Store a changed cache. As in Azure, what a change asks for is shown while it still goes on."""
        body["properties"]["provisioningState"] = state
        return self._store.put(KIND, body["id"], body)

    def settle(self, resource_id: str, state: str) -> None:
        """An operation is over."""
        cache = self.by_id(resource_id)
        if cache is not None:
            self.save(cache.body, state)

    def regenerate(self, cache: Document, kind: str) -> Document:
        """Make a new key of that kind."""
        keys = list(cache.private["keys"])
        keys[KEYS.index(kind.lower())] = new_key()
        return self._store.put(KIND, cache.id, cache.body, {**cache.private, "keys": keys})

    def remove(self, resource_id: str) -> None:
        self._store.delete(KIND, resource_id)


def new_key() -> str:
    """44 characters of base64, as the service's keys."""
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
