"""A server's document: what the service adds to a new one, and what a change makes of it."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

from azure_simulator.core.clock import isoformat
from azure_simulator.core.providers import REGIONS, region_name
from azure_simulator.services.postgresql import catalog

TYPE = "Microsoft.DBforPostgreSQL/flexibleServers"
_REPLICAS = 5
_ZONE, _STANDBY_ZONE = "1", "2"
_DISPLAY = {region_name(region): region for region in REGIONS}
# Members that are spelled one way, however they were sent.
_SPELLING = {
    word.lower(): word for word in ("Enabled", "Disabled", "SameZone", "ZoneRedundant", "Premium_LRS", "SystemManaged")
}
_MERGED = ("storage", "backup", "authConfig", "network", "highAvailability", "maintenanceWindow")
_PLAIN = ("version", "availabilityZone", "fipsMode")


def new(resource_id: str, name: str, location: str, address: str, created: datetime) -> dict[str, Any]:
    """A server as it is before anything was asked of it. `location` in short form."""
    return {
        "sku": {"name": "", "tier": ""},
        "systemData": {"createdAt": isoformat(created)},
        "properties": {
            "replica": {"role": "Primary", "capacity": _REPLICAS},
            "storage": {"type": "", "iops": 0, "tier": "", "storageSizeGB": 32, "autoGrow": "Disabled"},
            "network": {"publicNetworkAccess": "Enabled"},
            "privateEndpointConnections": [],
            "dataEncryption": {"type": "SystemManaged"},
            "authConfig": {"activeDirectoryAuth": "Disabled", "passwordAuth": "Enabled"},
            "fullyQualifiedDomainName": address,
            "version": catalog.DEFAULT_VERSION,
            "minorVersion": "",
            "administratorLogin": "",
            "state": "Provisioning",
            "availabilityZone": _ZONE,
            "backup": {
                "backupRetentionDays": 7,
                "geoRedundantBackup": "Disabled",
                "earliestRestoreDate": offset_form(created),
            },
            "highAvailability": {"mode": "Disabled", "state": "NotEnabled"},
            "maintenanceWindow": {"customWindow": "Disabled", "dayOfWeek": 0, "startHour": 0, "startMinute": 0},
            "replicationRole": "Primary",
            "replicaCapacity": _REPLICAS,
        },
        "location": _DISPLAY[location],
        "id": resource_id,
        "name": name,
        "type": TYPE,
    }


def merge(body: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The document with what `wanted` names; `null` counts as left out. Secrets are never taken over."""
    result = copy.deepcopy(body)
    if sku := _given(wanted.get("sku")):
        result["sku"] |= _sku(sku)
    if wanted.get("tags") is not None:
        result["tags"] = dict(wanted["tags"])
    properties, given = result["properties"], _given(wanted.get("properties"))
    for name in _MERGED:
        properties[name] |= {key: _spelled(value) for key, value in _given(given.get(name)).items()}
    properties |= {name: given[name] for name in _PLAIN if name in given}
    _settle(properties, _given(given.get("storage")))
    return result


def _settle(properties: dict[str, Any], storage: dict[str, Any]) -> None:
    """Members that follow from others, and those that are not told."""
    properties["minorVersion"] = catalog.MINOR_VERSIONS[properties["version"]]
    properties["authConfig"].pop("tenantId", None)
    disk = properties["storage"]
    default, _ = catalog.STORAGE[disk["storageSizeGB"]]
    # A bigger disk gets at least its own tier; a tier that was asked for is checked, not corrected.
    tiers = catalog.performance_tiers(disk["storageSizeGB"])
    asked = storage.get("tier")
    disk["tier"] = str(asked).upper() if asked else disk["tier"] if disk["tier"] in tiers else default
    disk["iops"] = tiers.get(disk["tier"], 0)
    disk["type"] = "" if disk["type"] == "Premium_LRS" else disk["type"]
    availability = properties["highAvailability"]
    if availability["mode"] == "Disabled":
        properties["highAvailability"] = {"mode": "Disabled", "state": "NotEnabled"}
    else:
        zone = _STANDBY_ZONE if availability["mode"] == "ZoneRedundant" else properties["availabilityZone"]
        availability |= {"state": "Healthy"}
        availability.setdefault("standbyAvailabilityZone", zone)


def _given(value: Any) -> dict[str, Any]:
    return {name: item for name, item in (value or {}).items() if item is not None}


def _spelled(value: Any) -> Any:
    return _SPELLING.get(value.lower(), value) if isinstance(value, str) else value


def _sku(sku: dict[str, Any]) -> dict[str, str]:
    result = {}
    if "name" in sku:
        known = catalog.sku(sku["name"])
        result["name"] = known.name if known else str(sku["name"])
    if "tier" in sku:
        result["tier"] = catalog.tier_name(sku["tier"])
    return result


def offset_form(moment: datetime) -> str:
    """Points in time of backups: `2024-04-23T15:19:23.8395327+00:00`."""
    return isoformat(moment).replace("Z", "+00:00")
