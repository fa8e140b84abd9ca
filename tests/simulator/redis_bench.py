"""A resource group for caches, Microsoft's SDKs for them, and connections of a real client."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import redis
import requests
from azure.mgmt.redis import RedisManagementClient
from azure.mgmt.redisenterprise import RedisEnterpriseManagementClient
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.simulator.clients import client
from tests.simulator_fixture import Simulator
from tests.support.waiting import until

GROUP = "cache-rg"
VERSION, MANAGED_VERSION = "2024-11-01", "2025-07-01"
BASIC = {"name": "Basic", "family": "C", "capacity": 0}
STANDARD = {"name": "Standard", "family": "C", "capacity": 0}


class Bench:
    """What tests of caches need; `caches`, `clusters` and `databases` are the SDKs' operation groups."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        simulator.register("Microsoft.Cache")
        self.group = simulator.group(GROUP)
        self._connections: list[redis.Redis] = []
        # Any: nearly every member of the SDKs' models may be None, which tests would have to rule out each time.
        classic: Any = client(simulator, RedisManagementClient)
        managed: Any = client(simulator, RedisEnterpriseManagementClient)
        self.caches = classic.redis
        self.rules = classic.firewall_rules
        self.schedules = classic.patch_schedules
        self.clusters = managed.redis_enterprise
        self.databases = managed.databases

    def close(self) -> None:
        """Close what clients have open."""
        for connection in self._connections:
            connection.close()

    # -- the management side -----------------------------------------------------------------------------------------

    def body(self, sku: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
        """The body of a PUT: the smallest cache, with further properties."""
        return {"location": "eastus", "properties": {"sku": sku or BASIC, **properties}}

    def create(self, name: str = "codex-redis", sku: dict[str, Any] | None = None, **properties: Any) -> Any:
        """A classic cache as the SDK sees it."""
        return self.caches.begin_create(GROUP, name, self.body(sku, **properties)).result()

    def create_managed(self, name: str = "codex-amr", cluster: dict[str, Any] | None = None, **database: Any) -> Any:
        """A managed cache with access keys; the cluster as the SDK sees it."""
        properties = {"publicNetworkAccess": "Enabled", **(cluster or {})}
        body = {"location": "eastus", "sku": {"name": "Balanced_B0"}, "properties": properties}
        self.clusters.begin_create(GROUP, name, body).result()
        wanted = {"accessKeysAuthentication": "Enabled", "clusteringPolicy": "NoCluster", **database}
        self.databases.begin_create(GROUP, name, "default", {"properties": wanted}).result()
        return self.clusters.get(GROUP, name)

    def path(self, name: str, below: str = "", kind: str = "redis") -> str:
        """The id of a cache, or of something of it."""
        return f"{self.group}/providers/Microsoft.Cache/{kind}/{name}{below}"

    def raw(self, method: str, path: str, body: Any = None, version: str = VERSION) -> requests.Response:
        """A request without the SDK."""
        return self.simulator.call(method, path, version, body)

    def slowly(self, method: str, path: str) -> None:
        """Let the next such operation go on until the clock is moved."""
        self.simulator.fault("slow_operation", method=method, path=path, seconds=3600)

    def pass_time(self, seconds: float) -> None:
        """Move the simulator's clock on."""
        self.simulator.hook("POST", "clock", {"seconds": seconds})

    # -- the data ----------------------------------------------------------------------------------------------------

    def access_keys(self, name: str = "codex-redis") -> tuple[str, str]:
        """The access keys of a classic cache."""
        keys = self.caches.list_keys(GROUP, name)
        return keys.primary_key, keys.secondary_key

    def connect(self, name: str = "codex-redis", *, key: str | None = None, **changes: Any) -> redis.Redis:
        """A client of a classic cache with verified TLS."""
        host = self.caches.get(GROUP, name).host_name
        return self._connect(host, 6380, self.access_keys(name)[0] if key is None else key, changes)

    def connect_managed(self, name: str = "codex-amr", **changes: Any) -> redis.Redis:
        """A client of a managed cache with verified TLS."""
        host = self.clusters.get(GROUP, name).host_name
        return self._connect(host, 10000, self.databases.list_keys(GROUP, name, "default").primary_key, changes)

    def _connect(self, host: str, port: int, key: str, changes: dict[str, Any]) -> redis.Redis:
        # Connections that were cut are opened again; what is refused is not tried for seconds.
        changes.setdefault("retry", Retry(NoBackoff(), 1))
        options = {"ssl": True, "ssl_ca_certs": self.simulator.connection["ca_path"], "socket_timeout": 10, **changes}
        if not options["ssl"]:
            del options["ssl_ca_certs"]
        connection = redis.Redis(
            **{"host": host, "port": port, "password": key, "decode_responses": True, **options},
        )
        self._connections.append(connection)
        return connection

    def node(self, connection: redis.Redis) -> tuple[str, str]:
        """Run id and role of the server a client talks to."""
        info: Any = connection.info()
        return info["run_id"], info["role"]


def answers(connection: redis.Redis) -> bool:
    """Whether the cache can be reached."""
    try:
        return bool(connection.ping())
    except (redis.ConnectionError, redis.TimeoutError):
        return False


def kill(simulator: Simulator) -> None:
    """End the simulator's process without any order."""
    process = json.loads((simulator.state_dir / "simulator.pid").read_text(encoding="utf-8"))
    os.kill(process["pid"], signal.SIGKILL)
    simulator.stop()


def servers(simulator: Simulator) -> list[int]:
    """Server processes of this simulator's caches, by the folders they run in."""
    folder = simulator.state_dir / "redis"
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "cwd").readlink().is_relative_to(folder):
                    found.append(int(entry.name))
            except OSError:
                continue  # gone meanwhile, or somebody else's
    return found


def no_servers(simulator: Simulator) -> None:
    """Return once none is left."""
    until(lambda: not servers(simulator), "the end of the servers")
