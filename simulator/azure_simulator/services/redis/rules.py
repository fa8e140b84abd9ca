"""What the service refuses of a cache's body."""

from __future__ import annotations

import re
from typing import Any

from azure_simulator.services.redis import catalog, documents, errors

NAME = re.compile(r"^(?=.{1,63}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*$")
_POLICIES = frozenset(
    {
        "volatile-lru",
        "allkeys-lru",
        "volatile-random",
        "allkeys-random",
        "volatile-ttl",
        "noeviction",
        "volatile-lfu",
        "allkeys-lfu",
    }
)
_EVENTS = re.compile(r"^[KEAg$lshzxetdmn]*$")
_RESERVED = ("maxmemory-reserved", "maxfragmentationmemory-reserved", "maxmemory-delta")
_PERSISTENCE = ("aof-", "rdb-", "preferred-data-persistence-auth-method", "storage-subscription-id")
# Of a size, that may be reserved by one setting.
_MOST_RESERVED = 0.6
# Changes the service does not do together with others. That it is these two is partly a guess.
_ALONE = ("properties.sku", "properties.publicNetworkAccess")
_IMMEDIATE = ("tags",)


def check_name(name: str) -> None:
    """Letters, digits and single hyphens, 1 to 63."""
    if not NAME.match(name):
        raise errors.bad_request(
            "The name of the cache must be a string between 1 and 63 characters and contain only numbers, letters, "
            "and the '-' character; it cannot start or end with '-', or hold two in a row."
        )


def check_asked(body: dict[str, Any]) -> None:
    """What is refused whatever the cache: what is not simulated, and values that fit nowhere."""
    if body.get("identity"):
        raise errors.not_simulated("Identities of caches are")
    properties = body.get("properties") or {}
    for name, what in (
        ("subnetId", "Caches in virtual networks are"),
        ("staticIP", "Caches in virtual networks are"),
        ("shardCount", "Clustered caches are"),
    ):
        if properties.get(name):
            raise errors.not_simulated(what)
    for name in ("replicasPerMaster", "replicasPerPrimary"):
        if (properties.get(name) or 1) > 1:
            raise errors.not_simulated("Further replicas are")
    version = properties.get("redisVersion")
    if version is not None and version not in catalog.VERSIONS:
        raise errors.bad_request(f"The value '{version}' of the property 'redisVersion' is invalid.")


def check_whole(body: dict[str, Any]) -> None:
    """What does not fit together in a whole document."""
    properties = body["properties"]
    sku = properties["sku"]
    if catalog.FAMILIES[sku["name"]] != sku["family"] or catalog.size(sku["family"], sku["capacity"]) is None:
        raise errors.bad_request(
            f"The value of the property 'sku' is invalid: there is no {sku['name']} {sku['family']}{sku['capacity']}. "
            "Basic and Standard caches have family C and capacity 0 to 6, Premium caches family P and capacity 1 to 5."
        )
    configuration = properties["redisConfiguration"]
    for name, value in configuration.items():
        _check_setting(body, name, value)
    if documents.reserved_megabytes(body) >= documents.size_of(body).megabytes:
        raise errors.bad_request("The memory that is reserved leaves none for data.")
    if properties["disableAccessKeyAuthentication"] and configuration.get("aad-enabled", "").lower() != "true":
        raise errors.bad_request(
            "Access key authentication can only be disabled when Microsoft Entra authentication is enabled."
        )


def _check_setting(body: dict[str, Any], name: str, value: str) -> None:
    invalid = errors.bad_request(f"The value '{value}' of the Redis configuration '{name}' is invalid.")
    if name in _RESERVED:
        most = int(documents.size_of(body).megabytes * _MOST_RESERVED)
        if not value.isascii() or not value.isdigit() or int(value) > most:
            raise invalid
    elif name == "maxmemory-policy":
        if value not in _POLICIES:
            raise invalid
    elif name == "notify-keyspace-events":
        if not _EVENTS.match(value):
            raise invalid
    elif name == "aad-enabled":
        if value.lower() not in ("true", "false"):
            raise invalid
    elif name.startswith(_PERSISTENCE):
        _check_persistence(body, name, value)
    elif name == "authnotrequired":
        raise errors.not_simulated("Caches without authentication are")
    else:
        raise errors.bad_request(f"The Redis configuration '{name}' is not known.")


def _check_persistence(body: dict[str, Any], name: str, value: str) -> None:
    if body["properties"]["sku"]["name"] != "Premium":
        raise errors.bad_request(f"The Redis configuration '{name}' needs a cache of the tier Premium.")
    if value.lower() != "false":
        raise errors.not_simulated("Persistence is")


def changes(old: dict[str, Any], changed: dict[str, Any]) -> list[str]:
    """Names of what is different, such as `properties.sku`; refuses what cannot be done in one request."""
    names = [name for name in ("tags", "zones") if old.get(name) != changed.get(name)]
    before, after = old["properties"], changed["properties"]
    names += [
        f"properties.{name}" for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)
    ]
    if "zones" in names:
        raise errors.bad_request("The zones of a cache cannot be changed.")
    work = is_work(names)
    if len(work) > 1 and any(name in _ALONE for name in work):
        raise errors.not_in_one_request(work)
    if "properties.sku" in names:
        _check_scale(before["sku"], after["sku"])
    return names


def is_work(names: list[str]) -> list[str]:
    """Of these changes, the ones that take time."""
    return [name for name in names if name not in _IMMEDIATE]


def _check_scale(old: dict[str, Any], new: dict[str, Any]) -> None:
    """https://learn.microsoft.com/azure/azure-cache-for-redis/cache-how-to-scale."""
    before, after = catalog.TIERS.index(old["name"]), catalog.TIERS.index(new["name"])
    text = f"A cache cannot be scaled from {_words(old)} to {_words(new)}: "
    if after < before:
        raise errors.bad_request(text + "scaling to a lower tier is not supported.")
    if after - before > 1:
        raise errors.bad_request(text + "scale it to Standard first.")
    if new["name"] == "Standard" and after > before and old["capacity"] != new["capacity"]:
        raise errors.bad_request(text + "change the tier first and the size after it.")
    if new["family"] == "C" and new["capacity"] == 0 and old["capacity"] > 0:
        raise errors.bad_request(text + "a larger cache cannot be scaled down to C0.")


def _words(sku: dict[str, Any]) -> str:
    return f"{sku['name']} {sku['family']}{sku['capacity']}"
