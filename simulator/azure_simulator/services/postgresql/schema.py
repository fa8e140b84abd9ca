"""Bodies of Microsoft.DBforPostgreSQL/flexibleServers and of what belongs to a server, by api-version."""

from __future__ import annotations

import copy
import functools
from typing import Any

from azure_simulator.core.body import Anything, Boolean, Integer, Kind, MapOf, Object, String

API_VERSIONS = (
    "2022-12-01",
    "2023-03-01-preview",
    "2023-06-01-preview",
    "2023-12-01-preview",
    "2024-03-01-preview",
    "2024-08-01",
    "2024-11-01-preview",
    "2025-01-01-preview",
    "2025-06-01-preview",
    "2025-08-01",
    "2026-01-01-preview",
    "2026-04-01-preview",
    "2026-07-01-preview",
    "2026-10-01",
)
# On-demand backups came here.
BACKUP_VERSIONS = frozenset(version for version in API_VERSIONS if version >= "2024-03-01")
THREAT_PROTECTION_VERSIONS = frozenset(version for version in API_VERSIONS if version >= "2023-06-01")

# Member of the document → the first api-version that shows and takes it.
_SINCE: dict[tuple[str, ...], str] = {
    ("storage", "autoGrow"): "2023-03-01",
    ("storage", "tier"): "2023-03-01",
    ("storage", "iops"): "2023-03-01",
    ("storage", "type"): "2023-06-01",
    ("storage", "throughput"): "2024-03-01",
    ("storage", "autoGrowMaxThresholdMb"): "2026-07-01",
    ("storage", "autoGrowIncrementPercent"): "2026-07-01",
    ("backup", "immutableBackup"): "2026-07-01",
    ("replica",): "2023-06-01",
    ("privateEndpointConnections",): "2023-06-01",
    ("cluster",): "2025-01-01",
    ("fipsMode",): "2026-07-01",
}
# The state of a new server; older versions have no word for it, so what they show is a guess.
_PROVISIONING, _PROVISIONING_SINCE = "Provisioning", "2025-08-01"

_SWITCH = String(("Enabled", "Disabled"))
_READ_ONLY = {"id": Anything(), "name": Anything(), "type": Anything(), "systemData": Anything()}


def _since(*path: str) -> str:
    return _SINCE.get(path, "")


def _only(version: str, prefix: tuple[str, ...], members: dict[str, Kind]) -> dict[str, Kind]:
    return {name: kind for name, kind in members.items() if version >= _since(*prefix, name)}


@functools.cache
def server(version: str, *, patch: bool = False) -> Object:
    """The body of a server's PUT, or of its PATCH."""
    storage = {
        "storageSizeGB": Integer(1),
        "autoGrow": _SWITCH,
        "tier": String(),
        "iops": Integer(0),
        "type": String(("", "Premium_LRS", "PremiumV2_LRS", "UltraSSD_LRS")),
        "throughput": Integer(0),
        "autoGrowMaxThresholdMb": Integer(0),
        "autoGrowIncrementPercent": Integer(0),
    }
    backup = {
        "backupRetentionDays": Integer(),
        "geoRedundantBackup": _SWITCH,
        "immutableBackup": _SWITCH,
        "earliestRestoreDate": Anything(),
    }
    window = {
        "customWindow": _SWITCH,
        "dayOfWeek": Integer(0, 6),
        "startHour": Integer(0, 23),
        "startMinute": Integer(0, 59),
    }
    modes = ("Default", "Update")
    properties: dict[str, Kind] = {
        "administratorLogin": String(),
        "administratorLoginPassword": String(),
        "version": String(),
        "storage": Object(_only(version, ("storage",), dict(storage)), name="Storage"),
        "backup": Object(_only(version, ("backup",), dict(backup)), name="Backup"),
        "authConfig": Object(
            {"activeDirectoryAuth": _SWITCH, "passwordAuth": _SWITCH, "tenantId": String()}, name="AuthConfig"
        ),
        "network": Object(
            {
                "publicNetworkAccess": _SWITCH,
                "delegatedSubnetResourceId": String(),
                "privateDnsZoneArmResourceId": String(),
            },
            name="Network",
        ),
        "highAvailability": Object(
            {
                "mode": String(("Disabled", "SameZone", "ZoneRedundant")),
                "standbyAvailabilityZone": String(),
                "state": Anything(),
            },
            name="HighAvailability",
        ),
        "maintenanceWindow": Object(dict(window), name="MaintenanceWindow"),
        "dataEncryption": Anything(),
        "availabilityZone": String(),
        "replicationRole": Anything(),
        "replica": Anything(),
        "cluster": Anything(),
        "fipsMode": _SWITCH,
        "sourceServerResourceId": String(),
        "createMode": String(modes if patch else (*modes, *_CREATE_MODES)),
    }
    if not patch:
        properties |= {"pointInTimeUTC": String()}
        properties |= {name: Anything() for name in _ANSWERED}
    members: dict[str, Kind] = {
        "sku": Object(
            {"name": String(), "tier": String(("Burstable", "GeneralPurpose", "MemoryOptimized"))},
            required=() if patch else ("name", "tier"),
            name="Sku",
        ),
        "tags": MapOf(String()),
        "identity": Anything(),
        "properties": Object(_only(version, (), properties), name="ServerProperties"),
    }
    if not patch:
        members |= {"location": Anything(), **_READ_ONLY}
    return Object(members, name="ServerForUpdate" if patch else "Server")


_CREATE_MODES = ("Create", "PointInTimeRestore", "GeoRestore", "Replica", "ReviveDropped")
# Read-only members a client may send back.
_ANSWERED = ("minorVersion", "state", "fullyQualifiedDomainName", "replicaCapacity", "privateEndpointConnections")


def _child(properties: dict[str, Kind], required: tuple[str, ...], name: str) -> Object:
    inner = Object(properties, required=required, name=f"{name}Properties")
    return Object({"properties": inner, **_READ_ONLY}, required=("properties",), name=name)


DATABASE = _child({"charset": String(), "collation": String()}, (), "Database")
FIREWALL_RULE = _child(
    {"startIpAddress": String(), "endIpAddress": String()}, ("startIpAddress", "endIpAddress"), "FirewallRule"
)
CONFIGURATION = _child(
    {
        "value": String(),
        "source": String(("system-default", "user-override")),
        **{
            name: Anything()
            for name in (
                "description",
                "defaultValue",
                "dataType",
                "allowedValues",
                "isDynamicConfig",
                "isReadOnly",
                "isConfigPendingRestart",
                "unit",
                "documentationLink",
            )
        },
    },
    (),
    "Configuration",
)
THREAT_PROTECTION = _child({"state": _SWITCH, "creationTime": Anything()}, ("state",), "ServerThreatProtection")
NAME_CHECK = Object(
    {"name": String(), "type": String()}, required=("name", "type"), name="CheckNameAvailabilityRequest"
)
RESTART = Object(
    {
        "restartWithFailover": Boolean(),
        "failoverMode": String(("PlannedFailover", "ForcedFailover", "PlannedSwitchover", "ForcedSwitchover")),
    },
    name="RestartParameter",
)


def show(body: dict[str, Any], version: str) -> dict[str, Any]:
    """A server's document as that api-version shows it."""
    shown = copy.deepcopy(body)
    properties = shown["properties"]
    for path, since in _SINCE.items():
        if version < since:
            holder = properties
            for name in path[:-1]:
                holder = holder.get(name, {})
            holder.pop(path[-1], None)
    if properties["state"] == _PROVISIONING and version < _PROVISIONING_SINCE:
        properties["state"] = "Updating"
    return shown
