"""Routes of Microsoft.Cache/redis."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from azure_simulator.core.control import ControlError, reserving
from azure_simulator.core.operations import Operation
from azure_simulator.core.providers import REGIONS
from azure_simulator.core.resource_service import ResourceService
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.service import Context, ResourceType
from azure_simulator.core.store import Document
from azure_simulator.redis.caches import Caches as Engine
from azure_simulator.services.redis import documents, errors, lifecycle, rules, schema
from azure_simulator.services.redis.asynchronous import Asynchronous
from azure_simulator.services.redis.firewall import FirewallRules
from azure_simulator.services.redis.lifecycle import Lifecycle
from azure_simulator.services.redis.models import Caches
from azure_simulator.services.redis.parts import CACHE, Parts, answer
from azure_simulator.services.redis.patch_schedules import PatchSchedules

_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.Cache"
_TYPES = ("microsoft.cache/redis", "microsoft.cache/redisenterprise")
_CREATIONS = ("allowed", "blocked")


class RedisService(ResourceService):
    """Caches: PUT, PATCH, GET, DELETE, lists, keys, reboot, flush; and what belongs to them."""

    item = CACHE
    namespace = "Microsoft.Cache"
    api_versions = frozenset(schema.API_VERSIONS)
    resource_types = (
        ResourceType("Redis", schema.API_VERSIONS, REGIONS),
        ResourceType("locations", schema.API_VERSIONS),
        ResourceType("checkNameAvailability", schema.API_VERSIONS),
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        settings = context.settings
        self.caches = Caches(
            context.store,
            context.operations,
            settings.account.subscription_id,
            blocked=settings.options.classic_redis_creation == "blocked",
        )
        self._answers = Asynchronous(self)
        folder = settings.state_dir / "redis" / "classic"
        self._engine = Engine(folder, context.listeners.leaf, settings.options.redis_bin)
        parts = Parts(self, self.caches, self._answers, self._engine)
        self._firewall, self._schedules = FirewallRules(parts), PatchSchedules(parts)
        self._lifecycle = Lifecycle(parts, self._firewall, self._schedules)
        context.hook("redis/reserve-name", reserving(self.caches.reserve))
        context.hook("redis/creation", self._creation)

    def routes(self) -> Iterable[Route]:
        return (
            self.route("POST", _PROVIDER + "/CheckNameAvailability", self.check_name),
            *self.standard_routes(),
            self.route("POST", CACHE + "/listKeys", self.list_keys),
            self.route("POST", CACHE + "/regenerateKey", self.regenerate_key),
            self.route("POST", CACHE + "/forceReboot", self.force_reboot),
            self.route("POST", CACHE + "/flush", self.flush),
            self.route("GET", CACHE + "/listUpgradeNotifications", self.upgrade_notifications),
            *self._answers.routes(),
            *self._firewall.routes(),
            *self._schedules.routes(),
        )

    # -- life of the caches ------------------------------------------------------------------------------------------

    async def startup(self) -> None:
        await self._engine.resume()

    async def shutdown(self) -> None:
        await self._engine.shutdown()

    async def reset(self) -> None:
        self.caches.blocked = self.context.settings.options.classic_redis_creation == "blocked"
        for cache in self.caches.list():
            await self._lifecycle.remove(cache)

    async def delete_group(self, group_id: str) -> None:
        for cache in self.caches.list(group_id):
            self.context.operations.cancel(cache.id)
            await self._lifecycle.remove(cache)

    def resources(self, scope: str) -> list[dict[str, Any]]:
        return [self._shown(cache) for cache in self.caches.list(scope)]

    # -- reading -----------------------------------------------------------------------------------------------------

    def _get(self, request: ArmRequest) -> Document:
        return self.caches.get(request.params["group"], request.params["cache"])

    def _shown(self, cache: Document, *, keys: bool = False) -> dict[str, Any]:
        primary = self._engine.primary(cache.id) if self._engine.exists(cache.id) else 0
        return documents.shown(cache, primary, keys=keys)

    def _body(self, request: ArmRequest, cache: Document, *, keys: bool = False) -> dict[str, Any]:
        return self.show(self._shown(cache, keys=keys), request.api_version)

    def show(self, body: dict[str, Any], api_version: str) -> dict[str, Any]:
        return schema.show(body, api_version)

    def answer(
        self, request: ArmRequest, status: int, body: Any = None, headers: dict[str, str] | None = None
    ) -> ArmResponse:
        return answer(status, body, headers)

    async def get(self, request: ArmRequest) -> ArmResponse:
        return answer(200, self._body(request, self._get(request)))

    async def check_name(self, request: ArmRequest) -> ArmResponse:
        """200 and nothing for a free name, an error for another."""
        body = request.json()
        schema.NAME_CHECK.check(body)
        if body["type"].lower() not in _TYPES:
            raise errors.bad_request(f"The value '{body['type']}' of the property 'type' is invalid.")
        rules.check_name(body["name"])
        if self.caches.is_taken(body["name"]):
            raise errors.name_not_available()
        return answer(200)

    async def upgrade_notifications(self, request: ArmRequest) -> ArmResponse:
        """There never are any."""
        self._get(request)
        return answer(200, {"value": []})

    # -- writing -----------------------------------------------------------------------------------------------------

    async def put(self, request: ArmRequest) -> ArmResponse:
        """A new cache, or a change of one that exists."""
        group, name, body = request.params["group"], request.params["cache"], request.json()
        old = self.caches.check_put(group, name, body)
        if old is not None:
            return self._change(request, old, body, put=True)
        resource_id = self.caches.id_of(group, name)
        address = self.context.addresses.allocate(resource_id)
        try:
            cache = self.caches.add(self.caches.draft(group, name, body, address))
        finally:
            if self.caches.by_id(resource_id) is None:
                self.context.addresses.release(resource_id)
        operation = self._start(request, cache, lifecycle.CREATE)
        headers = {"Azure-AsyncOperation": self._answers.status_url(request, cache, operation)}
        headers |= {"Location": request.url(cache.id), **self.context.operations.retry_headers(operation)}
        return answer(201, self._body(request, cache, keys=True), headers)

    async def patch(self, request: ArmRequest) -> ArmResponse:
        body = request.json()
        schema.UPDATE.check(body)
        cache = self._get(request)
        rules.check_asked(body)
        return self._change(request, cache, body, put=False)

    def _change(self, request: ArmRequest, cache: Document, body: dict[str, Any], *, put: bool) -> ArmResponse:
        self.caches.require_idle(cache)
        changed, names = self.caches.change(cache, body, put=put)
        if not rules.is_work(names):
            if names:
                cache = self.caches.save(changed, "Succeeded")
            return answer(200, self._body(request, cache, keys=put))
        scales = "properties.sku" in names
        operation = self._start(
            request,
            cache,
            lifecycle.UPDATE,
            duration=lifecycle.SCALE if scales else lifecycle.UPDATE,
            data={"before": cache.body},
        )
        cache = self.caches.save(changed, "Scaling" if scales else "Updating")
        url = self._answers.status_url(request, cache, operation)
        headers = {"Azure-AsyncOperation": url, **self.context.operations.retry_headers(operation)}
        if put:
            return answer(200, self._body(request, cache, keys=True), headers)
        return answer(202, self._body(request, cache), {**headers, "Location": url})

    async def delete(self, request: ArmRequest) -> ArmResponse:
        """204 when there is none."""
        cache = self.caches.find(request.params["group"], request.params["cache"])
        if cache is None:
            return answer(204)
        self.caches.require_idle(cache)
        data = {"before": lifecycle.state_of(cache.body)}
        operation = self._start(request, cache, lifecycle.DELETE, data=data)
        self.caches.save(cache.body, "Deleting")
        headers = {"Location": self._answers.result_url(request, cache, operation)}
        return answer(202, None, {**headers, **self.context.operations.retry_headers(operation)})

    def _start(self, request: ArmRequest, cache: Document, kind: str, **options: Any) -> Operation:
        options.setdefault("duration", kind)
        return self.context.operations.start(request, kind, cache.id, **options)

    # -- actions -----------------------------------------------------------------------------------------------------

    async def list_keys(self, request: ArmRequest) -> ArmResponse:
        return answer(200, documents.access_keys(self._get(request)))

    async def regenerate_key(self, request: ArmRequest) -> ArmResponse:
        """The old key is worth nothing from now on; who is connected stays so."""
        body = request.json()
        schema.KEY.check(body)
        cache = self._get(request)
        self.caches.require_idle(cache)
        cache = self.caches.regenerate(cache, body["keyType"])
        await self._firewall.apply(cache)
        return answer(200, documents.access_keys(cache))

    async def force_reboot(self, request: ArmRequest) -> ArmResponse:
        """Answered before anything happens. Nodes are named by kind, or by their ports."""
        body = request.json()
        schema.REBOOT.check(body)
        cache = self._get(request)
        self.caches.require_idle(cache)
        if body.get("ports"):
            raise errors.not_simulated("Reboots of nodes by port are")
        if not body.get("rebootType"):
            raise errors.bad_request("The property 'rebootType' is required.")
        self._lifecycle.start_reboot(request, cache, body["rebootType"])
        what = "Value in shard ShardId" if body.get("shardId") is not None else "Value"
        message = (
            f"The requested reboot operation for '{what}' has been successfully scheduled and should be executed "
            "shortly."
        )
        return answer(200, {"message": message})

    async def flush(self, request: ArmRequest) -> ArmResponse:
        cache = self._get(request)
        self.caches.require_idle(cache)
        operation = self._start(request, cache, lifecycle.FLUSH)
        url = self._answers.result_url(request, cache, operation)
        headers = {"Azure-AsyncOperation": url, "Location": url, **self.context.operations.retry_headers(operation)}
        return answer(202, None, headers)

    # -- hooks -------------------------------------------------------------------------------------------------------

    async def _creation(self, body: dict[str, Any]) -> dict[str, Any]:
        """Hook: `{"creation": "blocked"}` or `allowed`, as the option of the start, until the next reset."""
        if body.get("creation") not in _CREATIONS:
            raise ControlError(f"creation must be one of {', '.join(_CREATIONS)}")
        self.caches.blocked = body["creation"] == "blocked"
        return {"creation": body["creation"]}
