"""Sizes of Azure Cache for Redis, and what each allows.

https://learn.microsoft.com/azure/azure-cache-for-redis/cache-configure#default-redis-server-configuration and
https://azure.microsoft.com/pricing/details/cache
"""

from __future__ import annotations

from dataclasses import dataclass

TIERS = ("Basic", "Standard", "Premium")
FAMILIES = {"Basic": "C", "Standard": "C", "Premium": "P"}
# Redis 7.2 is what the servers are; this is what the service says.
VERSION = "6.0"
VERSIONS = ("6", "6.0", "latest")
_MB = 1024 * 1024


@dataclass(frozen=True)
class Size:
    """A size.

    :ivar megabytes: of memory.
    :ivar clients: connections at a time.
    :ivar reserved: megabytes that are not for data, unless told otherwise. C0 and P1 are recorded, the others in their
        proportion.
    """

    megabytes: int
    clients: int
    databases: int
    reserved: int


_SIZES = {
    ("C", 0): Size(250, 256, 16, 30),
    ("C", 1): Size(1024, 1000, 16, 125),
    ("C", 2): Size(2560, 2000, 16, 268),
    ("C", 3): Size(6144, 5000, 16, 642),
    ("C", 4): Size(13312, 10000, 16, 1391),
    ("C", 5): Size(26624, 15000, 32, 2782),
    ("C", 6): Size(54272, 20000, 64, 5672),
    ("P", 1): Size(6144, 7500, 16, 642),
    ("P", 2): Size(13312, 15000, 32, 1391),
    ("P", 3): Size(26624, 30000, 64, 2782),
    ("P", 4): Size(54272, 40000, 64, 5672),
    ("P", 5): Size(122880, 40000, 64, 12841),
}


def size(family: str, capacity: int) -> Size | None:
    """The size, None when there is no such."""
    return _SIZES.get((family, capacity))


def data_bytes(of: Size, reserved: int) -> int:
    """What is left for data when so many megabytes are reserved."""
    return (of.megabytes - reserved) * _MB
