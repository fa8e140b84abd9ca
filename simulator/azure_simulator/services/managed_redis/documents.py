"""Documents of a cluster and its database: what the service adds, and what a change makes of them."""

from __future__ import annotations

import copy
import re
from typing import Any

from azure_simulator.core.providers import REGIONS, region_name
from azure_simulator.redis.records import Access, CacheSpec, digest
from azure_simulator.services.managed_redis import catalog

TYPE = "Microsoft.Cache/redisEnterprise"
PORT = 10000
# The least that shows what a client of one server misses; how many Azure has depends on the size.
_SHARDS = 2
_DISPLAY = {region_name(region): region for region in REGIONS}
_WORDS = (
    "Enabled",
    "Disabled",
    "Encrypted",
    "Plaintext",
    "EnterpriseCluster",
    "OSSCluster",
    "NoCluster",
    "AllKeysLFU",
    "AllKeysLRU",
    "AllKeysRandom",
    "VolatileLRU",
    "VolatileLFU",
    "VolatileTTL",
    "VolatileRandom",
    "NoEviction",
    "Deferred",
    "NotDeferred",
)
_SPELLING = {word.lower(): word for word in _WORDS}
_CLUSTER = ("minimumTlsVersion", "highAvailability", "publicNetworkAccess")
_DATABASE = (
    "clientProtocol",
    "port",
    "clusteringPolicy",
    "evictionPolicy",
    "notifyKeyspaceEvents",
    "deferUpgrade",
    "accessKeysAuthentication",
)


def new_cluster(resource_id: str, name: str, location: str, address: str) -> dict[str, Any]:
    """A cluster before anything was asked of it. `location` in short form."""
    return {
        "location": _DISPLAY[location],
        "name": name,
        "id": resource_id,
        "type": TYPE,
        "kind": "v2",
        "tags": {},
        "sku": {},
        "properties": {
            "minimumTlsVersion": "1.2",
            "hostName": address,
            "provisioningState": "Creating",
            "resourceState": "Creating",
            "privateEndpointConnections": [],
            "highAvailability": "Enabled",
            "redundancyMode": "LR",
            "publicNetworkAccess": "Enabled",
        },
        "identity": {"type": "None"},
    }


def cluster(body: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """A cluster with what `wanted` names; `null` counts as left out."""
    result = copy.deepcopy(body)
    for name in ("tags", "zones"):
        if wanted.get(name) is not None:
            result[name] = copy.deepcopy(wanted[name])
    if wanted.get("sku"):
        result["sku"] = {"name": catalog.sku(wanted["sku"]["name"])}
    _take(result["properties"], wanted, _CLUSTER)
    available = result["properties"]["highAvailability"] == "Enabled"
    result["properties"]["redundancyMode"] = "LR" if available else "None"
    return result


def new_database(cluster_id: str, name: str) -> dict[str, Any]:
    """A database before anything was asked of it."""
    return {
        "name": name,
        "id": f"{cluster_id}/databases/{name}",
        "type": f"{TYPE}/databases",
        "properties": {
            "clientProtocol": "Encrypted",
            "port": PORT,
            "provisioningState": "Creating",
            "resourceState": "Creating",
            "clusteringPolicy": "OSSCluster",
            "evictionPolicy": "VolatileLRU",
            "notifyKeyspaceEvents": "",
            "deferUpgrade": "NotDeferred",
            "redisVersion": catalog.VERSION,
            "accessKeysAuthentication": "Disabled",
        },
    }


def database(body: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """A database with what `wanted` names."""
    result = copy.deepcopy(body)
    _take(result["properties"], wanted, _DATABASE)
    return result


def _take(properties: dict[str, Any], wanted: dict[str, Any], names: tuple[str, ...]) -> None:
    for name, value in (wanted.get("properties") or {}).items():
        if name in names and value is not None:
            properties[name] = _SPELLING.get(value.lower(), value) if isinstance(value, str) else value


def spec(of: dict[str, Any], body: dict[str, Any]) -> CacheSpec:
    """The real cache behind a cluster and its database.

    A clustered one is a real cluster of several members, which send their clients to each other; copies of them are
    not run.
    """
    properties = body["properties"]
    port = properties["port"]
    encrypted = properties["clientProtocol"] == "Encrypted"
    clustered = properties["clusteringPolicy"] == "OSSCluster"
    settings = {
        "maxmemory-policy": _policy(properties["evictionPolicy"]),
        "notify-keyspace-events": properties["notifyKeyspaceEvents"],
    }
    return CacheSpec(
        id=body["id"],
        address=of["properties"]["hostName"],
        tls_port=port if encrypted else None,
        plain_port=None if encrypted else port,
        replicated=of["properties"]["highAvailability"] == "Enabled" and not clustered,
        max_memory=catalog.data_bytes(of["sku"]["name"]),
        databases=1,
        clustered=clustered,
        shards=_SHARDS if clustered else 1,
        settings=tuple(settings.items()),
    )


def _policy(name: str) -> str:
    """`AllKeysLRU` becomes `allkeys-lru`."""
    parts = re.match(r"^(allkeys|volatile)(.+)$", name.lower())
    return f"{parts[1]}-{parts[2]}" if parts else name.lower()


def access(of: dict[str, Any], body: dict[str, Any], keys: list[str]) -> Access:
    """Who gets in: there are no firewall rules, only public access or none."""
    enabled = body["properties"]["accessKeysAuthentication"] == "Enabled"
    public = of["properties"]["publicNetworkAccess"] == "Enabled"
    return Access(tuple(map(digest, keys)) if enabled else (), None if public else ())
