"""What a cache says of itself, as people read it."""

from __future__ import annotations

from typing import Any

from ansible_collections.codexdominion.azure.plugins.filter.redis_statistics_table import redis_statistics_table
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _statistics

FOUND: dict[str, Any] = {
    "uptime_in_seconds": 5400,
    "redis_version": "7.4.1",
    "connected_slaves": 1,
    "connected_clients": 12,
    "blocked_clients": 2,
    "used_memory": 5 * 1024**2,
    "maxmemory": 250 * 1024**2,
    "maxmemory_policy": "volatile-lru",
    "keyspace_hits": 9,
    "keyspace_misses": 1,
    "evicted_keys": 3,
    "expired_keys": 4,
    "instantaneous_ops_per_sec": 7,
    "db0": {"keys": 20},
}


def table(**changed: Any) -> list[str]:
    """Return the lines for an answer to INFO."""
    slow = [{"at": "2026-10-22T20:00:00+00:00", "milliseconds": 31.2, "command": "HGETALL session:42"}]
    return redis_statistics_table({**_statistics.summarise({**FOUND, **changed}), "slow_log": slow}).splitlines()


def test_the_lines() -> None:
    assert table() == [
        "redis      7.4.1, up for 1.5 h, 1 replicas",
        "memory     5.00 MB of 250.00 MB (2.0 %), volatile-lru",
        "clients    12, 2 of them blocked",
        "keys       20, 3 evicted, 4 expired",
        "hits       9, misses 1, rate 90.0 %; 7 operations per second",
        "slow       2026-10-22T20:00:00+00:00  31.2 ms  HGETALL session:42",
    ]


def test_what_it_does_not_say() -> None:
    lines = table(maxmemory=0, keyspace_hits=0, keyspace_misses=0)
    assert lines[1] == "memory     5.00 MB of no limit, volatile-lru"
    assert lines[4] == "hits       0, misses 0; 7 operations per second"
    nothing = redis_statistics_table({**_statistics.summarise({}), "slow_log": None})
    assert "up for an unknown time" in nothing and "unknown of no limit" in nothing and "slow" not in nothing
