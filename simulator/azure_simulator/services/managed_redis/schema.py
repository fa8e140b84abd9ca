"""Bodies of Microsoft.Cache/redisEnterprise and its databases, by api-version."""

from __future__ import annotations

import copy
from typing import Any

from azure_simulator.core.body import Anything, Array, Integer, Kind, MapOf, Object, String

API_VERSIONS = (
    "2021-03-01",
    "2022-01-01",
    "2023-07-01",
    "2023-11-01",
    "2024-02-01",
    "2024-06-01-preview",
    "2024-09-01-preview",
    "2024-10-01",
    "2025-04-01",
    "2025-05-01-preview",
    "2025-07-01",
    "2026-05-01-preview",
)
# Azure Managed Redis came here; what older versions create is retired.
MANAGED_SINCE = "2024-09-01"
PUBLIC_ACCESS_SINCE = "2025-07-01"
# Member of a cluster's `properties`, or of a database's, → the first api-version that shows it.
_SINCE = {
    "highAvailability": MANAGED_SINCE,
    "redundancyMode": MANAGED_SINCE,
    "accessKeysAuthentication": MANAGED_SINCE,
    "deferUpgrade": "2024-03-01",
    "redisVersion": "2024-03-01",
    "publicNetworkAccess": PUBLIC_ACCESS_SINCE,
    "notifyKeyspaceEvents": "2026-01-01",
}

_SWITCH = String(("Enabled", "Disabled"))
_READ_ONLY = {"id": Anything(), "name": Anything(), "type": Anything(), "systemData": Anything(), "kind": Anything()}
_STATES = {"provisioningState": Anything(), "resourceState": Anything(), "redisVersion": Anything()}
_SKU = Object({"name": String(), "capacity": Integer()}, required=("name",), name="Sku")
_CLUSTER: dict[str, Kind] = {
    "highAvailability": _SWITCH,
    "minimumTlsVersion": String(("1.0", "1.1", "1.2")),
    "encryption": Anything(),
    "publicNetworkAccess": _SWITCH,
    "hostName": Anything(),
    "redundancyMode": Anything(),
    "privateEndpointConnections": Anything(),
    **_STATES,
}
CLUSTER = Object(
    {
        "location": Anything(),
        "sku": _SKU,
        "tags": MapOf(String()),
        "zones": Array(String()),
        "identity": Anything(),
        "properties": Object(_CLUSTER, name="ClusterProperties"),
        **_READ_ONLY,
    },
    required=("sku",),
    name="Cluster",
)
CLUSTER_UPDATE = Object(
    {
        "sku": _SKU,
        "tags": MapOf(String()),
        "identity": Anything(),
        "properties": Object(_CLUSTER, name="ClusterProperties"),
    },
    name="ClusterUpdate",
)
_DATABASE = Object(
    {
        "clientProtocol": String(("Encrypted", "Plaintext")),
        "port": Integer(1, 65535),
        "clusteringPolicy": String(("EnterpriseCluster", "OSSCluster", "NoCluster")),
        "evictionPolicy": String(
            (
                "AllKeysLFU",
                "AllKeysLRU",
                "AllKeysRandom",
                "VolatileLRU",
                "VolatileLFU",
                "VolatileTTL",
                "VolatileRandom",
                "NoEviction",
            )
        ),
        "persistence": Anything(),
        "modules": Anything(),
        "geoReplication": Anything(),
        "deferUpgrade": String(("Deferred", "NotDeferred")),
        "accessKeysAuthentication": _SWITCH,
        "notifyKeyspaceEvents": String(),
        **_STATES,
    },
    name="DatabaseProperties",
)
DATABASE = Object({"properties": _DATABASE, **_READ_ONLY}, name="Database")
DATABASE_UPDATE = Object({"properties": _DATABASE}, name="DatabaseUpdate")
FLUSH = Object({"ids": Array(String())}, name="FlushParameters")
KEY = Object({"keyType": String(("Primary", "Secondary"))}, required=("keyType",), name="RegenerateKeyParameters")


def show(body: dict[str, Any], version: str) -> dict[str, Any]:
    """A document as that api-version shows it."""
    shown = copy.deepcopy(body)
    shown["properties"] = {
        name: value for name, value in shown["properties"].items() if version >= _SINCE.get(name, "")
    }
    return shown
