"""Bodies of Microsoft.Cache/redis and of what belongs to a cache."""

from __future__ import annotations

from typing import Any

from azure_simulator.core.body import Anything, Array, Boolean, Integer, Kind, MapOf, Object, String

API_VERSIONS = (
    "2018-03-01",
    "2019-07-01",
    "2020-06-01",
    "2020-12-01",
    "2021-06-01",
    "2022-05-01",
    "2022-06-01",
    "2023-04-01",
    "2023-05-01-preview",
    "2023-08-01",
    "2024-03-01",
    "2024-04-01-preview",
    "2024-11-01",
)
# Member of `properties` → the first api-version that shows it.
_SINCE = {
    "publicNetworkAccess": "2020-06-01",
    "tenantSettings": "2021-06-01",
    "updateChannel": "2023-05-01",
    "disableAccessKeyAuthentication": "2023-08-01",
}
_PRIMARY_SINCE = "2020-06-01"

_SWITCH = String(("Enabled", "Disabled"))
_READ_ONLY = {"id": Anything(), "name": Anything(), "type": Anything(), "systemData": Anything()}
_ANSWERED = ("provisioningState", "hostName", "port", "sslPort", "accessKeys", "linkedServers", "instances")
_SKU = Object(
    {"name": String(("Basic", "Standard", "Premium")), "family": String(("C", "P")), "capacity": Integer(0)},
    required=("name", "family", "capacity"),
    name="Sku",
)
_PROPERTIES: dict[str, Kind] = {
    "sku": _SKU,
    "redisConfiguration": MapOf(String()),
    "redisVersion": String(),
    "enableNonSslPort": Boolean(),
    "replicasPerMaster": Integer(0),
    "replicasPerPrimary": Integer(0),
    "tenantSettings": MapOf(String()),
    "shardCount": Integer(0),
    "minimumTlsVersion": String(("1.0", "1.1", "1.2")),
    "publicNetworkAccess": _SWITCH,
    "updateChannel": String(("Stable", "Preview")),
    "disableAccessKeyAuthentication": Boolean(),
    "zonalAllocationPolicy": String(("Automatic", "UserDefined", "NoZones")),
    "subnetId": String(),
    "staticIP": String(),
    "privateEndpointConnections": Anything(),
    **{name: Anything() for name in _ANSWERED},
}


def _cache(*, patch: bool) -> Object:
    required = () if patch else ("sku",)
    members: dict[str, Kind] = {
        "tags": MapOf(String()),
        "identity": Anything(),
        "properties": Object(_PROPERTIES, required=required, name="RedisProperties"),
    }
    if not patch:
        members |= {"location": Anything(), "zones": Array(String()), **_READ_ONLY}
    return Object(members, required=() if patch else ("properties",), name="RedisResource")


CREATE = _cache(patch=False)
UPDATE = _cache(patch=True)
FIREWALL_RULE = Object(
    {
        "properties": Object(
            {"startIP": String(), "endIP": String()}, required=("startIP", "endIP"), name="RedisFirewallRuleProperties"
        ),
        **_READ_ONLY,
    },
    required=("properties",),
    name="RedisFirewallRule",
)
PATCH_SCHEDULE = Object(
    {
        "properties": Object(
            {
                "scheduleEntries": Array(
                    Object(
                        {
                            "dayOfWeek": String(
                                (
                                    "Monday",
                                    "Tuesday",
                                    "Wednesday",
                                    "Thursday",
                                    "Friday",
                                    "Saturday",
                                    "Sunday",
                                    "Everyday",
                                    "Weekend",
                                )
                            ),
                            "startHourUtc": Integer(0, 23),
                            "maintenanceWindow": String(),
                        },
                        required=("dayOfWeek", "startHourUtc"),
                        name="ScheduleEntry",
                    )
                )
            },
            required=("scheduleEntries",),
            name="ScheduleEntries",
        ),
        "location": Anything(),
        **_READ_ONLY,
    },
    required=("properties",),
    name="RedisPatchSchedule",
)
REBOOT = Object(
    {
        "rebootType": String(("PrimaryNode", "SecondaryNode", "AllNodes")),
        "shardId": Integer(0),
        "ports": Array(Integer()),
    },
    name="RedisRebootParameters",
)
KEY = Object({"keyType": String(("Primary", "Secondary"))}, required=("keyType",), name="RedisRegenerateKeyParameters")
NAME_CHECK = Object({"name": String(), "type": String()}, required=("name", "type"), name="CheckNameAvailability")


def show(body: dict[str, Any], version: str) -> dict[str, Any]:
    """A whole body as that api-version shows it."""
    properties = {name: value for name, value in body["properties"].items() if version >= _SINCE.get(name, "")}
    if version < _PRIMARY_SINCE:
        properties["instances"] = [
            {name: value for name, value in instance.items() if name != "isPrimary"}
            for instance in properties["instances"]
        ]
    return {**body, "properties": properties}
