"""Routes of Microsoft.Cache/redisEnterprise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from azure_simulator.core.control import reserving
from azure_simulator.core.errors import parent_not_found
from azure_simulator.core.providers import REGIONS
from azure_simulator.core.resource_service import ResourceService
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.service import Context, ResourceType
from azure_simulator.core.store import Document
from azure_simulator.redis.caches import Caches as Engine
from azure_simulator.services.managed_redis import catalog, documents, lifecycle, rules, schema
from azure_simulator.services.managed_redis.asynchronous import Asynchronous
from azure_simulator.services.managed_redis.lifecycle import Lifecycle
from azure_simulator.services.managed_redis.models import Clusters
from azure_simulator.services.redis import errors
from azure_simulator.services.redis.parts import answer

_CLUSTER = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Cache/redisEnterprise/{cluster}"
_DATABASE = _CLUSTER + "/databases/{database}"


class ManagedRedisService(ResourceService):
    """Clusters and their database: PUT, PATCH, GET, DELETE, lists, keys, flush."""

    item = _CLUSTER
    namespace = "Microsoft.Cache"
    api_versions = frozenset(schema.API_VERSIONS)
    resource_types = (
        ResourceType("RedisEnterprise", schema.API_VERSIONS, REGIONS),
        ResourceType("RedisEnterprise/databases", schema.API_VERSIONS, REGIONS),
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        settings = context.settings
        self.clusters = Clusters(context.store, context.operations, settings.account.subscription_id)
        folder = settings.state_dir / "redis" / "managed"
        self._engine = Engine(folder, context.listeners.leaf, settings.options.redis_bin)
        self._answers = Asynchronous(self)
        self._lifecycle = Lifecycle(context, self.clusters, self._engine)
        context.hook("managed-redis/reserve-name", reserving(self.clusters.reserve))

    def routes(self) -> Iterable[Route]:
        return (
            *self.standard_routes(),
            self.route("POST", _CLUSTER + "/listSkusForScaling", self.list_skus),
            self.route("GET", _CLUSTER + "/databases", self.list_databases),
            self.route("PUT", _DATABASE, self.put_database),
            self.route("PATCH", _DATABASE, self.patch_database),
            self.route("GET", _DATABASE, self.get_database),
            self.route("DELETE", _DATABASE, self.delete_database, needs_group=False),
            self.route("POST", _DATABASE + "/listKeys", self.list_keys),
            self.route("POST", _DATABASE + "/regenerateKey", self.regenerate_key),
            self.route("POST", _DATABASE + "/flush", self.flush),
            *self._answers.routes(),
        )

    # -- life of the clusters ----------------------------------------------------------------------------------------

    async def startup(self) -> None:
        await self._engine.resume()

    async def shutdown(self) -> None:
        await self._engine.shutdown()

    async def reset(self) -> None:
        for cluster in self.clusters.list():
            await self._lifecycle.remove(cluster)

    async def delete_group(self, group_id: str) -> None:
        for cluster in self.clusters.list(group_id):
            self.context.operations.cancel(cluster.id)
            await self._lifecycle.remove(cluster)

    def resources(self, scope: str) -> list[dict[str, Any]]:
        return [cluster.body for cluster in self.clusters.list(scope)]

    # -- clusters ----------------------------------------------------------------------------------------------------

    def _get(self, request: ArmRequest) -> Document:
        return self.clusters.get(request.params["group"], request.params["cluster"])

    async def get(self, request: ArmRequest) -> ArmResponse:
        return self._show(request, 200, self._get(request))

    def _show(
        self, request: ArmRequest, status: int, document: Document, headers: dict[str, str] | None = None
    ) -> ArmResponse:
        return answer(status, self.show(document.body, request.api_version), headers)

    def show(self, body: dict[str, Any], api_version: str) -> dict[str, Any]:
        return schema.show(body, api_version)

    def answer(
        self, request: ArmRequest, status: int, body: Any = None, headers: dict[str, str] | None = None
    ) -> ArmResponse:
        return answer(status, body, headers)

    async def put(self, request: ArmRequest) -> ArmResponse:
        """A new cluster, or a change of one that exists."""
        group, name, body = request.params["group"], request.params["cluster"], request.json()
        old = self.clusters.check_put(group, name, body, request.api_version)
        if old is not None:
            return self._change(request, old, body, put=True)
        resource_id = self.clusters.id_of(group, name)
        address = self.context.addresses.allocate(resource_id)
        cluster = self.clusters.add(self.clusters.draft(group, name, body, address))
        return self._show(request, 201, cluster, self._start(request, cluster, cluster, lifecycle.CREATE))

    async def patch(self, request: ArmRequest) -> ArmResponse:
        body = request.json()
        schema.CLUSTER_UPDATE.check(body)
        cluster = self._get(request)
        rules.check_cluster(body, request.api_version, new=False)
        return self._change(request, cluster, body, put=False)

    def _change(self, request: ArmRequest, cluster: Document, body: dict[str, Any], *, put: bool) -> ArmResponse:
        self.clusters.require_idle(cluster)
        changed = documents.cluster(cluster.body, body)
        rules.check_scale(cluster.body, changed)
        if changed == cluster.body:
            return self._show(request, 200, cluster)
        scales = changed["sku"] != cluster.body["sku"]
        duration = lifecycle.SCALE if scales else lifecycle.UPDATE
        headers = self._start(request, cluster, cluster, lifecycle.UPDATE, duration=duration)
        cluster = self.clusters.begin(cluster, "Updating", "Scaling" if scales else "Updating", next=changed)
        return self._show(request, 200 if put else 202, cluster, headers)

    async def delete(self, request: ArmRequest) -> ArmResponse:
        """204 when there is none."""
        cluster = self.clusters.find(request.params["group"], request.params["cluster"])
        if cluster is None:
            return answer(204)
        self.clusters.require_idle(cluster)
        headers = self._start(request, cluster, cluster, lifecycle.DELETE)
        self.clusters.begin(cluster, "Deleting", "Deleting")
        return answer(202, None, headers)

    async def list_skus(self, request: ArmRequest) -> ArmResponse:
        """What holds as much as there is now."""
        least = catalog.SIZES[self._get(request).body["sku"]["name"]]
        skus = [{"name": name, "sizeInGB": size} for name, size in catalog.SIZES.items() if size >= least]
        return answer(200, {"skus": skus})

    def _start(
        self, request: ArmRequest, cluster: Document, document: Document, kind: str, **options: Any
    ) -> dict[str, str]:
        """Begin an operation; the headers of its answer."""
        options.setdefault("duration", kind)
        operation = self.context.operations.start(request, kind, document.id, **options)
        return self._answers.headers(request, cluster, document.id, operation)

    # -- databases ---------------------------------------------------------------------------------------------------

    def _parent(self, request: ArmRequest) -> Document:
        name = request.params["cluster"]
        cluster = self.clusters.find(request.params["group"], name)
        if cluster is None:
            raise parent_not_found(name)
        return cluster

    def _find(self, request: ArmRequest, cluster: Document) -> Document | None:
        return self.clusters.database_by_id(f"{cluster.id}/databases/{request.params['database']}")

    def _get_database(self, request: ArmRequest) -> tuple[Document, Document]:
        cluster = self._parent(request)
        database = self._find(request, cluster)
        if database is None:
            raise errors.child_not_found(f"{documents.TYPE}/databases", request.params["database"])
        return cluster, database

    async def list_databases(self, request: ArmRequest) -> ArmResponse:
        database = self.clusters.database(self._get(request))
        value = [] if database is None else [schema.show(database.body, request.api_version)]
        return answer(200, {"value": value})

    async def get_database(self, request: ArmRequest) -> ArmResponse:
        return self._show(request, 200, self._get_database(request)[1])

    async def put_database(self, request: ArmRequest) -> ArmResponse:
        """A new database, or a change of the one that exists."""
        body, cluster = request.json(), self._parent(request)
        schema.DATABASE.check(body)
        rules.check_database_name(request.params["database"])
        rules.check_database(body)
        old = self._find(request, cluster)
        if old is not None:
            return self._change_database(request, cluster, old, body, put=True)
        self.clusters.require_idle(cluster)
        self.clusters.require_made(cluster)
        document = documents.database(documents.new_database(cluster.id, request.params["database"].lower()), body)
        database = self.clusters.add_database(document)
        headers = self._start(request, cluster, database, lifecycle.CREATE_DATABASE)
        return self._show(request, 201, database, headers)

    async def patch_database(self, request: ArmRequest) -> ArmResponse:
        body = request.json()
        schema.DATABASE_UPDATE.check(body)
        rules.check_database(body)
        return self._change_database(request, *self._get_database(request), body, put=False)

    def _change_database(
        self, request: ArmRequest, cluster: Document, database: Document, body: dict[str, Any], *, put: bool
    ) -> ArmResponse:
        self.clusters.require_idle(cluster)
        changed = documents.database(database.body, body)
        rules.check_database_change(database.body, changed)
        if changed == database.body:
            return self._show(request, 200, database)
        headers = self._start(request, cluster, database, lifecycle.UPDATE_DATABASE)
        database = self.clusters.begin(database, "Updating", "Updating", next=changed)
        return self._show(request, 200 if put else 202, database, headers)

    async def delete_database(self, request: ArmRequest) -> ArmResponse:
        """204 when there is none."""
        cluster = self.clusters.find(request.params["group"], request.params["cluster"])
        database = self._find(request, cluster) if cluster is not None else None
        if cluster is None or database is None:
            return answer(204)
        self.clusters.require_idle(cluster)
        headers = self._start(request, cluster, database, lifecycle.DELETE_DATABASE)
        self.clusters.begin(database, "Deleting", "Deleting")
        return answer(202, None, headers)

    # -- actions on databases ----------------------------------------------------------------------------------------

    async def list_keys(self, request: ArmRequest) -> ArmResponse:
        """Refused where keys let nobody in; that it is refused so is a guess."""
        _, database = self._get_database(request)
        if database.body["properties"]["accessKeysAuthentication"] != "Enabled":
            raise errors.bad_request("Access keys authentication is disabled for this database.")
        primary, secondary = database.private["keys"]
        return answer(200, {"primaryKey": primary, "secondaryKey": secondary})

    async def regenerate_key(self, request: ArmRequest) -> ArmResponse:
        """Takes its time, unlike that of the classic service; the new keys are read with listKeys afterwards."""
        body = request.json()
        schema.KEY.check(body)
        return self._act(request, lifecycle.REGENERATE, data={"kind": body["keyType"]})

    async def flush(self, request: ArmRequest) -> ArmResponse:
        if request.content.strip():
            body = request.json()
            schema.FLUSH.check(body)
            if body.get("ids"):
                raise errors.not_simulated("Geo-replication is")
        return self._act(request, lifecycle.FLUSH)

    def _act(self, request: ArmRequest, kind: str, **options: Any) -> ArmResponse:
        cluster, database = self._get_database(request)
        self.clusters.require_idle(cluster)
        headers = self._start(request, cluster, database, kind, **options)
        return answer(202, None, headers)
