"""Redis caches in memory, in the place of the adapter to Azure's API: for what a real service shows rarely."""

from __future__ import annotations

import copy
import time
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._azure import _providers
from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Answer
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _api, _managed_api, _target
from tests.support.invoke import invoke
from tests.support.postgresql import DONE, merge

GROUP = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Cache/Redis"


class Memory:
    """What Azure would have, and a log of what was written to it."""

    def __init__(self) -> None:
        self.caches: dict[str, dict[str, Any]] = {}
        self.managed: dict[str, dict[str, Any]] = {}
        self.rules: dict[str, dict[str, str]] = {}
        self.schedule: list[dict[str, Any]] = []
        self.keys = {"primary": "K1", "secondary": "K2"}
        self.writes: list[tuple[str, Any]] = []
        self._refusals: list[str] = []

    def refuse(self, code: str) -> None:
        """Refuse the next write."""
        self._refusals.append(code)

    def write(self, verb: str, body: Any = None) -> None:
        """Log a write, unless it is to be refused."""
        if self._refusals:
            raise OperationsError("refused", code=self._refusals.pop(), status=409)
        self.writes.append((verb, copy.deepcopy(body)))

    def verbs(self) -> list[str]:
        """Return what was written, without bodies, and forget it."""
        found = [verb for verb, _body in self.writes]
        self.writes.clear()
        return found

    def add(self, name: str, **properties: Any) -> dict[str, Any]:
        """Have a cache, a Basic one unless told otherwise."""
        cache: dict[str, Any] = {
            "id": f"{GROUP}/{name}",
            "name": name,
            "location": "East US",
            "tags": {},
            "properties": {
                "provisioningState": "Succeeded",
                "redisVersion": "6.0",
                "sku": {"name": "Basic", "family": "C", "capacity": 1},
                "enableNonSslPort": False,
                "publicNetworkAccess": "Enabled",
                "minimumTlsVersion": "1.2",
                "redisConfiguration": {},
                "disableAccessKeyAuthentication": False,
                "accessKeys": None,
                "hostName": f"{name}.redis.cache.windows.net",
                "sslPort": 6380,
            },
        }
        merge(cache, {"properties": properties})
        self.caches[name] = cache
        return cache

    def add_managed(self, name: str, *, database: dict[str, Any] | None, **properties: Any) -> dict[str, Any]:
        """Have a managed cache, with the properties of its database unless it has none yet."""
        cluster: dict[str, Any] = {
            "id": f"{GROUP}Enterprise/{name}",
            "name": name,
            "location": "East US",
            "sku": {"name": "Balanced_B0"},
            "properties": {
                "provisioningState": "Succeeded",
                "hostName": f"{name}.eastus.redis.azure.net",
                "highAvailability": "Enabled",
                "publicNetworkAccess": "Enabled",
                **properties,
            },
        }
        usual = {
            "provisioningState": "Succeeded",
            "port": 10000,
            "redisVersion": "7.4",
            "accessKeysAuthentication": "Enabled",
        }
        cluster["database"] = None if database is None else {"name": "default", "properties": {**usual, **database}}
        self.managed[name] = cluster
        return cluster


class Api:
    """`CacheApi` on a `Memory`."""

    memory: Memory

    def __init__(self, _session: object, _group: str, name: str) -> None:
        self.name = name
        self.what = f"Redis cache {name}"
        self.id = f"{GROUP}/{name}"

    def read(self) -> dict[str, Any] | None:
        return copy.deepcopy(self.memory.caches.get(self.name))

    def list_subscription(self) -> list[dict[str, Any]]:
        return list(copy.deepcopy(self.memory.caches).values())

    def create(self, body: dict[str, Any]) -> Answer:
        self.memory.write("create", body)
        cache = self.memory.add(self.name)
        merge(cache, body)
        shown = copy.deepcopy(cache)
        shown["properties"]["accessKeys"] = {"primaryKey": "K1", "secondaryKey": "K2"}
        return DONE._replace(body=shown)

    def update(self, body: dict[str, Any]) -> Answer:
        self.memory.write("update", body)
        merge(self.memory.caches[self.name], body)
        return DONE

    def delete(self) -> Answer:
        self.memory.write("delete")
        del self.memory.caches[self.name]
        return DONE

    def keys(self) -> dict[str, str]:
        return dict(self.memory.keys)

    def address(self, cache: dict[str, Any]) -> tuple[str, int, bool]:
        properties = cache["properties"]
        return properties["hostName"], properties["sslPort"], not properties["disableAccessKeyAuthentication"]

    def regenerate_key(self, key: str) -> Answer:
        self.memory.write(f"regenerate {key}")
        self.memory.keys[key] += "'"
        return DONE

    def firewall_rules(self) -> dict[str, dict[str, str]]:
        return copy.deepcopy(self.memory.rules)

    def write_firewall_rule(self, name: str, first: str, last: str) -> None:
        self.memory.write(f"rule {name}")
        self.memory.rules[name] = {"start_address": first, "end_address": last}

    def delete_firewall_rule(self, name: str) -> None:
        self.memory.write(f"delete rule {name}")
        del self.memory.rules[name]

    def patch_schedule(self) -> list[dict[str, Any]]:
        return copy.deepcopy(self.memory.schedule)

    def write_patch_schedule(self, entries: list[dict[str, Any]]) -> None:
        self.memory.write("schedule")
        self.memory.schedule = entries


class ManagedApi:
    """`ManagedRedisApi` on a `Memory`, as far as it reads."""

    memory: Memory

    def __init__(self, _session: object, _group: str, name: str) -> None:
        self.name = name
        self.what = f"managed Redis {name}"

    def read(self) -> dict[str, Any] | None:
        return copy.deepcopy(self.memory.managed.get(self.name))

    def keys(self) -> dict[str, str]:
        return dict(self.memory.keys)

    address = _managed_api.ManagedRedisApi.address


def install(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """Put an empty memory in the place of Azure, where all waiting takes no time."""
    memory = Memory()
    monkeypatch.setattr(Api, "memory", memory, raising=False)
    monkeypatch.setattr(ManagedApi, "memory", memory, raising=False)
    monkeypatch.setattr(_api, "CacheApi", Api)
    monkeypatch.setattr(_managed_api, "ManagedRedisApi", ManagedApi)
    monkeypatch.setattr(_target, "CacheApi", Api)
    monkeypatch.setattr(_providers, "ensure", lambda *_args: None)
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    return memory


def run(module: str, check_mode: bool = False, **params: Any) -> dict[str, Any]:
    """Return the result of a module on the memory."""
    return invoke(module, {"subscription_id": "s", "resource_group": "rg", **params}, check_mode=check_mode)
