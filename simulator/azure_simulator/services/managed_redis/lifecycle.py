"""The work of operations: what becomes of a write after it was accepted."""

from __future__ import annotations

from azure_simulator.core.errors import ArmError
from azure_simulator.core.operations import Operation
from azure_simulator.core.service import Context
from azure_simulator.core.store import Document
from azure_simulator.redis.caches import Caches as Engine
from azure_simulator.services.managed_redis import documents
from azure_simulator.services.managed_redis.models import Clusters

CREATE, UPDATE, SCALE = "managed_redis.create", "managed_redis.update", "managed_redis.scale"
DELETE = "managed_redis.delete"
CREATE_DATABASE, UPDATE_DATABASE = "managed_redis.database.create", "managed_redis.database.update"
DELETE_DATABASE = "managed_redis.database.delete"
FLUSH, REGENERATE = "managed_redis.flush", "managed_redis.keys"


class Lifecycle:
    """Creates, changes, flushes and deletes; every step may be repeated after a kill."""

    def __init__(self, context: Context, clusters: Clusters, engine: Engine) -> None:
        self._context = context
        self._clusters = clusters
        self._engine = engine
        define = context.operations.define
        define(CREATE, self._create, self._failed)
        define(UPDATE, self._update, self._unchanged)
        define(DELETE, self._delete, self._unchanged)
        define(CREATE_DATABASE, self._create_database, self._failed)
        define(UPDATE_DATABASE, self._update_database, self._unchanged)
        define(DELETE_DATABASE, self._delete_database, self._unchanged)
        define(FLUSH, self._flush)
        define(REGENERATE, self._regenerate, self._unchanged)

    async def remove(self, cluster: Document) -> None:
        """Take a cluster away, with its database."""
        database = self._clusters.database(cluster)
        if database is not None:
            self._context.operations.cancel(database.id)
            await self._remove_database(database)
        self._clusters.remove(cluster)
        self._context.addresses.release(cluster.id)

    async def _remove_database(self, database: Document) -> None:
        await self._engine.drop(database.id)
        self._clusters.remove(database)

    def _find(self, resource_id: str) -> Document | None:
        return self._clusters.by_id(resource_id) or self._clusters.database_by_id(resource_id)

    def _cluster_of(self, database: Document) -> Document:
        cluster = self._clusters.by_id(database.id.rpartition("/databases/")[0])
        assert cluster is not None, f"{database.id} has no cluster"
        return cluster

    async def _failed(self, operation: Operation, error: ArmError) -> None:
        document = self._find(operation.resource_id)
        if document is not None:
            self._clusters.settle(document, failed=True)

    async def _unchanged(self, operation: Operation, error: ArmError) -> None:
        """The resource is again what it was before the operation that failed."""
        document = self._find(operation.resource_id)
        if document is not None:
            self._clusters.settle(document)

    # -- clusters ----------------------------------------------------------------------------------------------------

    async def _create(self, operation: Operation) -> None:
        """A cluster alone has nothing to run: clients connect to its database."""
        cluster = self._clusters.by_id(operation.resource_id)
        if cluster is not None:
            self._clusters.settle(cluster)

    async def _update(self, operation: Operation) -> None:
        cluster = self._clusters.by_id(operation.resource_id)
        if cluster is None:
            return
        changed = Document(cluster.kind, cluster.id, cluster.private["next"], cluster.private)
        database = self._clusters.database(cluster)
        if database is not None:
            await self._apply(changed, database)
        self._clusters.settle(cluster, apply=True)

    async def _delete(self, operation: Operation) -> None:
        cluster = self._clusters.by_id(operation.resource_id)
        if cluster is not None:
            await self.remove(cluster)

    # -- databases ---------------------------------------------------------------------------------------------------

    async def _apply(self, cluster: Document, database: Document) -> None:
        """Make the real cache what the documents say."""
        if self._engine.exists(database.id):
            await self._engine.change(documents.spec(cluster.body, database.body))
            await self._admit(cluster, database)

    async def _admit(self, cluster: Document, database: Document) -> None:
        access = documents.access(cluster.body, database.body, database.private["keys"])
        await self._engine.admit(database.id, access)

    async def _create_database(self, operation: Operation) -> None:
        database = self._clusters.database_by_id(operation.resource_id)
        if database is None:
            return
        cluster = self._cluster_of(database)
        # What a killed simulator left of an earlier attempt.
        await self._engine.drop(database.id)
        access = documents.access(cluster.body, database.body, database.private["keys"])
        await self._engine.create(documents.spec(cluster.body, database.body), access)
        self._clusters.settle(database)

    async def _update_database(self, operation: Operation) -> None:
        database = self._clusters.database_by_id(operation.resource_id)
        if database is None:
            return
        changed = Document(database.kind, database.id, database.private["next"], database.private)
        await self._apply(self._cluster_of(database), changed)
        self._clusters.settle(database, apply=True)

    async def _delete_database(self, operation: Operation) -> None:
        database = self._clusters.database_by_id(operation.resource_id)
        if database is not None:
            await self._remove_database(database)

    async def _flush(self, operation: Operation) -> None:
        await self._engine.flush(operation.resource_id)

    async def _regenerate(self, operation: Operation) -> None:
        """The old key is worth nothing from now on; who is connected stays so."""
        database = self._clusters.database_by_id(operation.resource_id)
        if database is None:
            return
        database = self._clusters.regenerate(database, operation.data["kind"])
        await self._admit(self._cluster_of(database), database)
        self._clusters.settle(database)
