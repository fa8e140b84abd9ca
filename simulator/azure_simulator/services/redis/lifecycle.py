"""The work of operations on caches: what becomes of a write after it was accepted."""

from __future__ import annotations

from typing import Any

from azure_simulator.core.errors import ArmError
from azure_simulator.core.operations import Operation
from azure_simulator.core.routing import ArmRequest
from azure_simulator.core.store import Document
from azure_simulator.services.redis import documents
from azure_simulator.services.redis.firewall import FirewallRules
from azure_simulator.services.redis.parts import Parts
from azure_simulator.services.redis.patch_schedules import PatchSchedules

CREATE, UPDATE, SCALE, DELETE = "redis.create", "redis.update", "redis.scale", "redis.delete"
FLUSH, REBOOT = "redis.flush", "redis.reboot"
_AWAY = "redis.reboot.away"


class Lifecycle:
    """Creates, changes, flushes, reboots and deletes; every step may be repeated after a kill."""

    def __init__(self, parts: Parts, firewall: FirewallRules, schedules: PatchSchedules) -> None:
        self._parts = parts
        self._caches, self._engine = parts.caches, parts.engine
        self._firewall, self._schedules = firewall, schedules
        define = parts.context.operations.define
        define(CREATE, self._create, self._failed)
        define(UPDATE, self._update, self._unchanged)
        define(FLUSH, self._flush)
        define(REBOOT, self._reboot)
        define(DELETE, self._delete, self._undeleted)

    async def remove(self, cache: Document) -> None:
        """Take a cache away, with all it has."""
        operations = self._parts.context.operations
        operations.cancel(self._reboots(cache.id))
        await self._engine.drop(cache.id)
        self._firewall.clear(cache)
        self._schedules.clear(cache)
        self._caches.remove(cache.id)
        self._parts.context.addresses.release(cache.id)

    async def _create(self, operation: Operation) -> None:
        cache = self._caches.by_id(operation.resource_id)
        if cache is None:
            return
        # What a killed simulator left of an earlier attempt.
        await self._engine.drop(cache.id)
        access = documents.access(cache, self._firewall.ranges(cache))
        await self._engine.create(documents.spec(cache.body), access)
        self._caches.settle(cache.id, "Succeeded")

    async def _failed(self, operation: Operation, error: ArmError) -> None:
        self._caches.settle(operation.resource_id, "Failed")

    async def _update(self, operation: Operation) -> None:
        cache = self._caches.by_id(operation.resource_id)
        if cache is None:
            return
        if not self._engine.exists(cache.id):
            # One whose creation failed.
            await self._create(operation)
            return
        # A Basic cache of another size is another cache.
        old, new = operation.data["before"]["properties"]["sku"], cache.body["properties"]["sku"]
        keep = old == new or new["name"] != "Basic"
        await self._engine.change(documents.spec(cache.body), keep_data=keep)
        await self._firewall.apply(cache)
        self._caches.settle(cache.id, "Succeeded")

    async def _unchanged(self, operation: Operation, error: ArmError) -> None:
        """The cache is again what it was before the operation that failed."""
        if self._caches.by_id(operation.resource_id) is not None:
            self._caches.save(operation.data["before"], "Succeeded")

    async def _flush(self, operation: Operation) -> None:
        await self._engine.flush(operation.resource_id)

    def start_reboot(self, request: ArmRequest, cache: Document, kind: str) -> None:
        """Have nodes rebooted soon. That goes on beside other work: the cache's state does not show it."""
        data = {"cache": cache.id, "kind": kind.lower()}
        self._parts.context.operations.start(request, REBOOT, self._reboots(cache.id), duration=REBOOT, data=data)

    def _reboots(self, cache_id: str) -> str:
        return f"{cache_id}/forceReboot"

    async def _reboot(self, operation: Operation) -> None:
        kind = operation.data["kind"]
        await self._engine.reboot(
            operation.data["cache"],
            primary=kind in ("primarynode", "allnodes"),
            replica=kind in ("secondarynode", "allnodes"),
            away=self._away,
        )

    async def _away(self) -> None:
        await self._parts.context.clock.wait(self._parts.context.durations.seconds(_AWAY))

    async def _delete(self, operation: Operation) -> None:
        cache = self._caches.by_id(operation.resource_id)
        if cache is not None:
            await self.remove(cache)

    async def _undeleted(self, operation: Operation, error: ArmError) -> None:
        self._caches.settle(operation.resource_id, operation.data["before"])


def state_of(body: dict[str, Any]) -> str:
    """The provisioning state."""
    return str(body["properties"]["provisioningState"])
