"""What the service offers: tiers and their sizes, storage, versions; and the document that says so.

The lists are those the service gave for East US in September 2024, with the versions that came since.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

BURSTABLE, GENERAL_PURPOSE, MEMORY_OPTIMIZED = TIERS = ("Burstable", "GeneralPurpose", "MemoryOptimized")
VERSIONS = ("11", "12", "13", "14", "15", "16", "17", "18")
# The newest minor release of each, as a new server gets it.
MINOR_VERSIONS = dict(zip(VERSIONS, ("22", "22", "23", "21", "16", "14", "8", "2"), strict=True))
DEFAULT_VERSION = "16"

# Size in GB → (default performance tier, its IOPS); 4095 is what 4 TB disks can have with a cache.
STORAGE: dict[int, tuple[str, int]] = {
    32: ("P4", 120),
    64: ("P6", 240),
    128: ("P10", 500),
    256: ("P15", 1100),
    512: ("P20", 2300),
    1024: ("P30", 5000),
    2048: ("P40", 7500),
    4095: ("P50", 7500),
    4096: ("P50", 7500),
    8192: ("P60", 16000),
    16384: ("P70", 18000),
    32767: ("P80", 20000),
}
_CACHED_LIMIT_GB = 4096
_DEFAULT_STORAGE_GB = {BURSTABLE: 32, GENERAL_PURPOSE: 64, MEMORY_OPTIMIZED: 128}
_DEFAULT_SKU = {
    BURSTABLE: "Standard_B1ms",
    GENERAL_PURPOSE: "Standard_D4ads_v5",
    MEMORY_OPTIMIZED: "Standard_E4ads_v5",
}
# `az` looks here since it asks with these versions; without OfferRestricted it takes the region for closed.
_FEATURES_SINCE = "2024-08-01"
_FEATURES = [
    {"name": name, "status": status}
    for name, status in {
        "FastProvisioning": "Enabled",
        "GeoBackup": "Enabled",
        "IndexTuning": "Disabled",
        "OfferRestricted": "Disabled",
        "OnlineResize": "Enabled",
        "StorageAutoGrowth": "Enabled",
        "ZoneRedundantHa": "Enabled",
        "ZoneRedundantHaAndGeoBackup": "Enabled",
    }.items()
]
# By memory in GB.
_CONNECTIONS = {2: 50, 4: 429, 8: 859, 16: 1718, 32: 3437}
_MOST_CONNECTIONS = 5000


@dataclass(frozen=True)
class Sku:
    """A compute size. Memory in MB for each virtual core."""

    name: str
    tier: str
    cores: int
    iops: int
    core_memory: int

    @property
    def max_connections(self) -> int:
        """The default of this parameter (Microsoft's table)."""
        return _CONNECTIONS.get(self.cores * self.core_memory // 1024, _MOST_CONNECTIONS)


def _burstable() -> list[Sku]:
    sizes = {"1ms": (1, 640, 2048), "2s": (2, 1280, 2048), "2ms": (2, 1920, 4096), "4ms": (4, 2880, 4096)}
    sizes |= {f"{cores}ms": (cores, 4320, 4096) for cores in (8, 12, 16, 20)}
    return [Sku(f"Standard_B{size}", BURSTABLE, *numbers) for size, numbers in sizes.items()]


def _series(letter: str, tier: str, core_memory: int) -> list[Sku]:
    common = (2, 4, 8, 16, 32, 48, 64)
    series = {"s_v3": common, "ds_v4": common, "ads_v5": (*common, 96), "ds_v5": (*common, 96)}
    return [
        Sku(f"Standard_{letter}{cores}{kind}", tier, cores, min(1600 * cores, 20_000), core_memory)
        for kind, sizes in series.items()
        for cores in sorted({*sizes, 20} if letter == "E" and kind != "s_v3" else sizes)
    ]


SKUS = (*_burstable(), *_series("D", GENERAL_PURPOSE, 4096), *_series("E", MEMORY_OPTIMIZED, 8192))
_BY_NAME = {sku.name.lower(): sku for sku in SKUS}


def sku(name: str) -> Sku | None:
    """The size of that name, without case; None when there is none."""
    return _BY_NAME.get(name.lower())


def tier_name(tier: str) -> str:
    """Azure's spelling of a tier; KeyError when there is none."""
    return {known.lower(): known for known in TIERS}[tier.lower()]


def performance_tiers(size_gb: int) -> dict[str, int]:
    """Performance tiers a disk of that size can have, with their IOPS."""
    cached = size_gb <= _CACHED_LIMIT_GB
    return {
        tier: iops for size, (tier, iops) in STORAGE.items() if size >= size_gb and (size <= _CACHED_LIMIT_GB) == cached
    }


def capabilities(version: str) -> list[dict[str, Any]]:
    """The `value` of GET capabilities in an api-version."""
    features = {"supportedFeatures": _FEATURES} if version >= _FEATURES_SINCE else {}
    return [_capabilities() | features]


@functools.cache
def _capabilities() -> dict[str, Any]:
    return {
        "name": "FlexibleServerCapabilities",
        "supportedServerEditions": [_edition(tier) for tier in TIERS],
        "supportedServerVersions": [
            {"name": version, "supportedVersionsToUpgrade": list(VERSIONS[index + 1 :])}
            for index, version in enumerate(VERSIONS)
        ],
        "fastProvisioningSupported": "Enabled",
        "supportedFastProvisioningEditions": [
            {
                "supportedTier": BURSTABLE,
                "supportedSku": "standard_b1ms",
                "supportedStorageGb": 32,
                "supportedServerVersions": version,
                "serverCount": 0,
            }
            for version in VERSIONS
        ],
        "geoBackupSupported": "Enabled",
        "zoneRedundantHaSupported": "Enabled",
        "zoneRedundantHaAndGeoBackupSupported": "Enabled",
        "storageAutoGrowthSupported": "Enabled",
        "onlineResizeSupported": "Enabled",
        "restricted": "Disabled",
    }


def _edition(tier: str) -> dict[str, Any]:
    sizes = [
        {
            "supportedIops": iops,
            "storageSizeMb": size * 1024,
            "defaultIopsTier": name,
            "supportedIopsTiers": [{"name": name, "iops": iops} for name, iops in performance_tiers(size).items()],
        }
        for size, (name, iops) in STORAGE.items()
    ]
    storage = {"name": "ManagedDisk", "defaultStorageSizeMb": _DEFAULT_STORAGE_GB[tier] * 1024}
    skus = [
        {
            "name": sku.name,
            "vCores": sku.cores,
            "supportedIops": sku.iops,
            "supportedMemoryPerVcoreMb": sku.core_memory,
            "supportedZones": ["1", "2", "3"],
            "supportedHaMode": ["SameZone", "ZoneRedundant"],
        }
        for sku in SKUS
        if sku.tier == tier
    ]
    return {
        "name": tier,
        "defaultSkuName": _DEFAULT_SKU[tier],
        "supportedStorageEditions": [{**storage, "supportedStorageMb": sizes}],
        "supportedServerSkus": skus,
    }
