"""The clusters of the subscription and their databases."""

from __future__ import annotations

from typing import Any

from azure_simulator.core.collection import Collection
from azure_simulator.core.errors import ArmError
from azure_simulator.core.operations import Operations
from azure_simulator.core.providers import check_location, region_name
from azure_simulator.core.store import Document, Store
from azure_simulator.services.managed_redis import documents, rules, schema
from azure_simulator.services.managed_redis.documents import TYPE
from azure_simulator.services.redis import errors
from azure_simulator.services.redis.models import KEYS, new_key
from azure_simulator.services.resources.models import check_tags

KIND, DATABASES = "redisEnterpriseClusters", "redisEnterpriseDatabases"
RESERVED = "reservedRedisEnterpriseNames"


class Clusters(Collection):
    """Clusters, each with at most one database.

    A change waits in the private part (`next`) until its operation is over: as in Azure, what it asks for is not shown
    before.
    """

    def __init__(self, store: Store, operations: Operations, subscription_id: str) -> None:
        super().__init__(store, subscription_id, KIND, TYPE, RESERVED)
        self._documents = store
        self._operations = operations

    # -- what may be written -----------------------------------------------------------------------------------------

    def check_put(self, group: str, name: str, body: dict[str, Any], version: str) -> Document | None:
        """What can refuse any PUT; the cluster if there is one already."""
        schema.CLUSTER.check(body)
        location = check_location(body.get("location"), TYPE)
        check_tags(body.get("tags"))
        old = self.find(group, name)
        rules.check_cluster(body, version, new=old is None)
        if old is None:
            rules.check_name(name)
            if self.is_taken(name):
                raise errors.name_not_available()
        elif region_name(old.body["location"]) != location:
            message = f"The resource '{name}' already exists in location '{region_name(old.body['location'])}'."
            raise ArmError(409, "InvalidResourceLocation", message, gateway=True)
        return old

    def require_idle(self, cluster: Document) -> None:
        """409 while another write to the cluster or its database goes on."""
        database = self.database(cluster)
        for document in (cluster, *([database] if database is not None else [])):
            if self._operations.active(document.id) is not None:
                raise errors.busy(document.id)

    def require_made(self, cluster: Document) -> None:
        """409 for a cluster that is not there yet, or not any more."""
        if cluster.body["properties"]["resourceState"] != "Running":
            raise errors.busy(cluster.id)

    # -- clusters ----------------------------------------------------------------------------------------------------

    def draft(self, group: str, name: str, body: dict[str, Any], address: str) -> dict[str, Any]:
        """The document of a new cluster."""
        location = check_location(body["location"], TYPE)
        return documents.cluster(documents.new_cluster(self.id_of(group, name), name, location, address), body)

    def add(self, body: dict[str, Any]) -> Document:
        """Store a new cluster."""
        return self._documents.put(KIND, body["id"], body, {})

    # -- databases ---------------------------------------------------------------------------------------------------

    def database(self, cluster: Document) -> Document | None:
        """The one database, if there is one."""
        return next(iter(self._documents.list(DATABASES, f"{cluster.id}/")), None)

    def database_by_id(self, resource_id: str) -> Document | None:
        return self._documents.get(DATABASES, resource_id)

    def add_database(self, body: dict[str, Any]) -> Document:
        """Store a new database, with new keys."""
        return self._documents.put(DATABASES, body["id"], body, {"keys": [new_key(), new_key()]})

    def regenerate(self, database: Document, kind: str) -> Document:
        """Make a new key of that kind."""
        keys = list(database.private["keys"])
        keys[KEYS.index(kind.lower())] = new_key()
        return self._documents.put(DATABASES, database.id, database.body, {**database.private, "keys": keys})

    # -- both --------------------------------------------------------------------------------------------------------

    def begin(self, document: Document, state: str, resource_state: str, **private: Any) -> Document:
        """States while an operation goes on, and what the operation needs."""
        _set(document.body, state, resource_state)
        return self._documents.put(document.kind, document.id, document.body, {**document.private, **private})

    def settle(self, document: Document, *, apply: bool = False, failed: bool = False) -> Document:
        """The operation is over: its change is taken over, or forgotten."""
        private = dict(document.private)
        changed = private.pop("next", None)
        body = changed if apply and changed is not None else document.body
        _set(body, *(("Failed", "CreateFailed") if failed else ("Succeeded", "Running")))
        return self._documents.put(document.kind, document.id, body, private)

    def remove(self, document: Document) -> None:
        self._documents.delete(document.kind, document.id)


def _set(body: dict[str, Any], state: str, resource_state: str) -> None:
    body["properties"] |= {"provisioningState": state, "resourceState": resource_state}
