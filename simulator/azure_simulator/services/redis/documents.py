"""A cache's document: what the service adds to a new one, and what a change makes of it."""

from __future__ import annotations

import copy
from typing import Any

from azure_simulator.core.providers import REGIONS, region_name
from azure_simulator.core.store import Document
from azure_simulator.redis.records import Access, CacheSpec, digest
from azure_simulator.services.redis import catalog

TYPE = "Microsoft.Cache/Redis"
PLAIN_PORT, TLS_PORT = 6379, 6380
# Ports of single nodes, with TLS and without.
_NODE_TLS_PORT, _NODE_PORT = 15000, 13000
_DISPLAY = {region_name(region): region for region in REGIONS}
_DEFAULTS: dict[str, Any] = {
    "enableNonSslPort": False,
    "publicNetworkAccess": "Enabled",
    "tenantSettings": {},
    "redisConfiguration": {},
    "updateChannel": "Stable",
    "disableAccessKeyAuthentication": False,
}
# Shown when they were sent.
_OPTIONAL = ("minimumTlsVersion", "zonalAllocationPolicy", "replicasPerMaster", "replicasPerPrimary")
_SPELLING = {word.lower(): word for word in ("Enabled", "Disabled", "Stable", "Preview")}
# Follow from the size; what a client sends for them is not looked at.
_READ_ONLY_CONFIGURATION = frozenset({"maxclients", "zonal-configuration", "preferred-data-archive-auth-method"})
_RESERVED = ("maxmemory-reserved", "maxfragmentationmemory-reserved", "maxmemory-delta")
_ORDER = (
    "provisioningState",
    "redisVersion",
    "sku",
    "enableNonSslPort",
    "instances",
    "minimumTlsVersion",
    "publicNetworkAccess",
    "tenantSettings",
    "redisConfiguration",
    "accessKeys",
    "hostName",
    "port",
    "sslPort",
    "linkedServers",
)


def new(resource_id: str, name: str, location: str, address: str) -> dict[str, Any]:
    """A cache before anything was asked of it. `location` in short form."""
    return {
        "id": resource_id,
        "location": _DISPLAY[location],
        "name": name,
        "type": TYPE,
        "tags": {},
        "properties": {
            "provisioningState": "Creating",
            "redisVersion": catalog.VERSION,
            **copy.deepcopy(_DEFAULTS),
            "hostName": address,
            "port": PLAIN_PORT,
            "sslPort": TLS_PORT,
            "linkedServers": [],
        },
    }


def replaced(body: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """What a PUT makes of a cache: what it does not name has its default again."""
    result = copy.deepcopy(body)
    result["tags"] = {}
    result["properties"] |= copy.deepcopy(_DEFAULTS)
    for name in _OPTIONAL:
        result["properties"].pop(name, None)
    return merged(result, wanted)


def merged(body: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The document with what `wanted` names; `null` counts as left out."""
    result = copy.deepcopy(body)
    for name in ("tags", "zones"):
        if wanted.get(name) is not None:
            result[name] = copy.deepcopy(wanted[name])
    properties = result["properties"]
    given = {name: value for name, value in (wanted.get("properties") or {}).items() if value is not None}
    if "sku" in given:
        sku = given["sku"]
        properties["sku"] = {
            "name": str(sku["name"]).capitalize(),
            "family": str(sku["family"]).upper(),
            "capacity": sku["capacity"],
        }
    configuration = {**properties["redisConfiguration"], **given.get("redisConfiguration", {})}
    properties["redisConfiguration"] = {
        name: value for name, value in configuration.items() if name not in _READ_ONLY_CONFIGURATION
    }
    for name in (*_DEFAULTS, *_OPTIONAL):
        if name in given and name != "redisConfiguration":
            value = given[name]
            properties[name] = _SPELLING.get(value.lower(), value) if isinstance(value, str) else value
    return result


def size_of(body: dict[str, Any]) -> catalog.Size:
    """The size of a cache that has been checked."""
    sku = body["properties"]["sku"]
    found = catalog.size(sku["family"], sku["capacity"])
    assert found is not None, f"unknown size {sku}"
    return found


def is_replicated(body: dict[str, Any]) -> bool:
    """Whether its tier has a second node."""
    return bool(body["properties"]["sku"]["name"] != "Basic")


def shown(cache: Document, primary: int, *, keys: bool) -> dict[str, Any]:
    """The whole body as it is answered.

    :param primary: number of the node that is the primary.
    :param keys: whether the access keys are told: only as the answer to a PUT.
    """
    body = copy.deepcopy(cache.body)
    properties = body["properties"]
    properties["instances"] = _instances(cache.body, primary)
    properties["redisConfiguration"] = _configuration(cache.body)
    properties["accessKeys"] = access_keys(cache) if keys else None
    first = {name: properties[name] for name in _ORDER if name in properties}
    return {**body, "properties": {**first, **properties}}


def access_keys(cache: Document) -> dict[str, str]:
    """The body of listKeys."""
    primary, secondary = cache.private["keys"]
    return {"primaryKey": primary, "secondaryKey": secondary}


def _instances(body: dict[str, Any], primary: int) -> list[dict[str, Any]]:
    properties = body["properties"]
    ready = properties["provisioningState"] != "Creating"
    instances = []
    for number in range(2 if is_replicated(body) else 1):
        instance: dict[str, Any] = {"sslPort": _NODE_TLS_PORT + number}
        if properties["enableNonSslPort"]:
            instance["nonSslPort"] = _NODE_PORT + number
        is_primary = ready and number == primary
        instances.append({**instance, "isMaster": is_primary, "isPrimary": is_primary})
    return instances


def _configuration(body: dict[str, Any]) -> dict[str, str]:
    size = size_of(body)
    own = body["properties"]["redisConfiguration"]
    reserved = {name: str(size.reserved) for name in _RESERVED}
    asked = {name: value for name, value in own.items() if name not in reserved}
    return {**asked, "maxclients": str(size.clients), **{name: own.get(name, reserved[name]) for name in reserved}}


def reserved_megabytes(body: dict[str, Any]) -> int:
    """Memory that is not for data."""
    configuration = _configuration(body)
    return int(configuration["maxmemory-reserved"]) + int(configuration["maxfragmentationmemory-reserved"])


def spec(body: dict[str, Any]) -> CacheSpec:
    """The real cache a document stands for."""
    properties, size = body["properties"], size_of(body)
    configuration = _configuration(body)
    settings = {
        "maxmemory-policy": configuration.get("maxmemory-policy", "volatile-lru"),
        "maxclients": configuration["maxclients"],
        "notify-keyspace-events": configuration.get("notify-keyspace-events", ""),
    }
    return CacheSpec(
        id=body["id"],
        address=properties["hostName"],
        tls_port=TLS_PORT,
        plain_port=PLAIN_PORT if properties["enableNonSslPort"] else None,
        replicated=is_replicated(body),
        max_memory=catalog.data_bytes(size, reserved_megabytes(body)),
        databases=size.databases,
        settings=tuple(settings.items()),
    )


def access(cache: Document, ranges: list[tuple[str, str]]) -> Access:
    """Who gets in: without a firewall rule everybody, without public access nobody."""
    properties = cache.body["properties"]
    keys = [] if properties["disableAccessKeyAuthentication"] else cache.private["keys"]
    admitted = tuple(ranges) if ranges else None
    if properties["publicNetworkAccess"] != "Enabled":
        admitted = ()
    return Access(tuple(map(digest, keys)), admitted)
