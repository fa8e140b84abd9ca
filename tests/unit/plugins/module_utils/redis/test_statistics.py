"""What is made of a cache's own words, and what of its slow log is kept back."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._redis._slow_log import entry
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._statistics import summarise, together

INFO: dict[str, Any] = {
    "redis_version": "7.2.4",
    "uptime_in_seconds": 60,
    "role": "master",
    "connected_slaves": 1,
    "connected_clients": 4,
    "blocked_clients": 1,
    "used_memory": 250,
    "maxmemory": 1000,
    "mem_fragmentation_ratio": 1.5,
    "maxmemory_policy": "noeviction",
    "keyspace_hits": 2,
    "keyspace_misses": 1,
    "evicted_keys": 5,
    "expired_keys": 6,
    "instantaneous_ops_per_sec": 7,
    "db0": {"keys": 10, "expires": 0, "avg_ttl": 0},
    "db12": {"keys": 2, "expires": 0, "avg_ttl": 0},
    "dbsize_of_something": 3,
}


def test_everything_that_is_told() -> None:
    assert summarise(INFO) == {
        "uptime_seconds": 60,
        "redis_version": "7.2.4",
        "role": "master",
        "replicas": 1,
        "clients": 4,
        "blocked_clients": 1,
        "memory": {
            "used_bytes": 250,
            "max_bytes": 1000,
            "used_percent": 25.0,
            "fragmentation_ratio": 1.5,
            "policy": "noeviction",
        },
        "keys": 12,
        "keys_by_database": {"0": 10, "12": 2},
        "hits": 2,
        "misses": 1,
        "hit_rate": 0.6667,
        "evicted": 5,
        "expired": 6,
        "ops_per_second": 7,
    }


def test_a_cache_that_is_new_and_without_limit() -> None:
    found = summarise({"maxmemory": 0, "used_memory": 5, "keyspace_hits": 0, "keyspace_misses": 0})
    assert found["memory"]["max_bytes"] is None and found["memory"]["used_percent"] is None
    assert (found["hits"], found["hit_rate"], found["keys"], found["keys_by_database"]) == (0, None, 0, {})
    assert summarise({"keyspace_hits": 0, "keyspace_misses": 4})["hit_rate"] == 0


def test_a_cache_that_tells_nothing() -> None:
    found = summarise({})
    assert not any(value for value in found.pop("memory").values())
    assert set(found.values()) == {None}


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["GET", "session:1"], "GET session:1"),
        (["set", "a key", "s3cret"], "SET a key"),
        (["MSET", "a", "s3cret", "b", "s3cret"], "MSET a"),
        (["KEYS", "*"], "KEYS *"),
        (["AUTH", "s3cret"], "AUTH"),
        (["HELLO", "3", "AUTH", "default", "s3cret"], "HELLO"),
        (["EVAL", "return 's3cret'", "0"], "EVAL"),
        (["CONFIG", "SET", "requirepass", "s3cret"], "CONFIG"),
        (["PING", "s3cret"], "PING"),
        (["FUTURE.COMMAND", "s3cret"], "FUTURE.COMMAND"),
        (["DEL"], "DEL"),
        ([], ""),
        (["GET", "k" * 100], "GET " + "k" * 64 + "…"),
        (["GET", "\udcff:1"], r"GET \xff:1"),
    ],
)
def test_no_value_of_a_slow_command_is_shown(words: list[str], shown: str) -> None:
    assert entry([1, 1761163200, 31200, words, "127.0.0.1:1", ""]) == {
        "id": 1,
        "at": "2025-10-22T20:00:00+00:00",
        "milliseconds": 31.2,
        "command": shown,
    }


def test_a_service_may_say_more_of_a_slow_command() -> None:
    assert entry([1, 1761163200, 5, "N=4", ["GET", "a"]])["command"] == "GET a"


def test_members_of_a_cluster_are_counted_together() -> None:
    one = {"redis_version": "7.4", "used_memory": 10, "keyspace_hits": 1, "uptime_in_seconds": 9, "db0": {"keys": 3}}
    other = {**one, "redis_version": "7.4", "used_memory": 5, "uptime_in_seconds": 4, "db0": {"keys": 4}}
    empty = {name: value for name, value in one.items() if name != "db0"}
    assert together([one]) == one
    found = together([empty, one, other])
    assert (found["used_memory"], found["keyspace_hits"], found["uptime_in_seconds"]) == (25, 3, 4)
    assert summarise(found)["keys"] == 7
    assert one["db0"] == {"keys": 3}
