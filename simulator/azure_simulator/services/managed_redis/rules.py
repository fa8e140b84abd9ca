"""What the service refuses."""

from __future__ import annotations

import re
from typing import Any

from azure_simulator.core.errors import ArmError
from azure_simulator.services.managed_redis import catalog, schema
from azure_simulator.services.redis import errors

_NAME = re.compile(r"^(?=.{1,60}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*$")
_DATABASE = "default"
_FIXED = ("port", "modules", "geoReplication")
_EVENTS = re.compile(r"^[KEAg$lshzxetdmn]*$")


def check_name(name: str) -> None:
    """Letters, digits and single hyphens, 1 to 60."""
    if not _NAME.match(name):
        raise errors.bad_request(f"The name '{name}' is invalid: it must match {_NAME.pattern}")


def check_database_name(name: str) -> None:
    """There is one, and it has this name."""
    if name.lower() != _DATABASE:
        raise errors.bad_request(f"The name of the database must be '{_DATABASE}'.")


def check_cluster(body: dict[str, Any], version: str, *, new: bool) -> None:
    """What is refused of a cluster's body: what is retired, unknown, or not simulated."""
    name = str((body.get("sku") or {}).get("name") or "")
    if name.lower().startswith(catalog.RETIRED) or (new and version < schema.MANAGED_SINCE):
        raise _retired()
    if name.lower().startswith(catalog.NOT_SIMULATED):
        raise errors.not_simulated("Flash optimized sizes are")
    if name and catalog.sku(name) is None:
        raise errors.bad_request(f"The value '{name}' of the property 'sku.name' is invalid.")
    if ((body.get("identity") or {}).get("type") or "None").lower() != "none":
        raise errors.not_simulated("Identities of caches are")
    properties = body.get("properties") or {}
    if (properties.get("encryption") or {}).get("customerManagedKeyEncryption"):
        raise errors.not_simulated("Customer managed keys are")
    if (properties.get("minimumTlsVersion") or "1.2") != "1.2":
        raise errors.bad_request("The value of the property 'minimumTlsVersion' must be '1.2'.")
    if new and version >= schema.PUBLIC_ACCESS_SINCE and properties.get("publicNetworkAccess") is None:
        raise errors.bad_request("The property 'publicNetworkAccess' is required.")


def _retired() -> ArmError:
    """As reported: status, code, and what it says."""
    return errors.bad_request(
        "Creation of new Azure Cache for Redis Enterprise resources is no longer supported. "
        "Please use Azure Managed Redis instead: https://aka.ms/redis/enterprise/retirement"
    )


def check_database(body: dict[str, Any]) -> None:
    """What is refused of a database's body."""
    properties = body.get("properties") or {}
    for name, what in (("modules", "Modules are"), ("geoReplication", "Geo-replication is")):
        if properties.get(name):
            raise errors.not_simulated(what)
    persistence = properties.get("persistence") or {}
    if persistence.get("aofEnabled") or persistence.get("rdbEnabled"):
        raise errors.not_simulated("Persistence is")
    if not _EVENTS.match(properties.get("notifyKeyspaceEvents") or ""):
        raise errors.bad_request("The value of the property 'notifyKeyspaceEvents' is invalid.")


def check_database_change(old: dict[str, Any], changed: dict[str, Any]) -> None:
    """What an existing database cannot become."""
    before, after = old["properties"], changed["properties"]
    for name in _FIXED:
        if before.get(name) != after.get(name):
            raise errors.bad_request(f"The property '{name}' cannot be changed after creation.")
    policies = before["clusteringPolicy"], after["clusteringPolicy"]
    if policies[0] != policies[1] and policies[0] != "NoCluster":
        raise errors.bad_request(
            "The property 'clusteringPolicy' can only be changed from 'NoCluster'. Delete the database and create it "
            "again."
        )


def check_scale(old: dict[str, Any], changed: dict[str, Any]) -> None:
    """To any size that holds as much; and high availability, once on, stays. How others are refused is a guess."""
    before, after = catalog.SIZES[old["sku"]["name"]], catalog.SIZES[changed["sku"]["name"]]
    if after < before:
        raise errors.bad_request(
            f"A cache cannot be scaled from {old['sku']['name']} to the smaller {changed['sku']['name']}."
        )
    if (old["properties"]["highAvailability"], changed["properties"]["highAvailability"]) == ("Enabled", "Disabled"):
        raise errors.bad_request("High availability cannot be switched off.")
