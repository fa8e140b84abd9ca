"""Sizes of Azure Managed Redis.

https://learn.microsoft.com/azure/redis/overview#choosing-the-right-tier
"""

from __future__ import annotations

VERSION = "7.4"
# Of the memory, for what is not data.
_RESERVED = 0.2
_GB = 1024**3
_BALANCED = {0: 0.5, 1: 1, 3: 3, 5: 6, 10: 12, 20: 24, 50: 60, 100: 120, 150: 180, 250: 240, 350: 360, 500: 480}
_COMPUTE = {3: 3, 5: 6, 10: 12, 20: 24, 50: 60, 100: 120, 150: 180, 250: 240, 350: 360, 500: 480}
_MEMORY = {10: 12, 20: 24, 50: 60, 100: 120, 150: 180, 250: 240, 350: 360, 500: 480}
# SKU → GB of memory, smallest first.
SIZES: dict[str, float] = {
    **{f"Balanced_B{number}": gigabytes for number, gigabytes in _BALANCED.items()},
    **{f"MemoryOptimized_M{number}": gigabytes for number, gigabytes in _MEMORY.items()},
    **{f"ComputeOptimized_X{number}": gigabytes for number, gigabytes in _COMPUTE.items()},
}
# What came before, and is not sold any more.
RETIRED = ("enterprise_", "enterpriseflash_")
NOT_SIMULATED = ("flashoptimized_",)


def sku(name: str) -> str | None:
    """The name as the service spells it, None when there is no such."""
    return next((known for known in SIZES if known.lower() == name.lower()), None)


def data_bytes(name: str) -> int:
    """Memory for data."""
    return int(SIZES[name] * (1 - _RESERVED) * _GB)
