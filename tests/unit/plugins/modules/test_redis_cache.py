"""What redis_cache plans, refuses, and sends; Azure's side is in memory."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import redis_memory
from tests.support.invoke import problems
from tests.support.redis_memory import Memory

NEW: dict[str, Any] = {"name": "codex-cache", "location": "eastus"}


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """See Memory."""
    return redis_memory.install(monkeypatch)


def run(check_mode: bool = False, **params: Any) -> dict[str, Any]:
    """Return the result of the module."""
    return redis_memory.run("redis_cache", check_mode, **{"name": "codex-cache", **params})


def test_a_new_cache_is_small_and_speaks_tls_only(memory: Memory) -> None:
    checked = run(True, **NEW)
    assert memory.verbs() == [] and checked["redis_cache"]["host_name"] is None
    done = run(**NEW)
    assert done["changed"] and done["impact"] == "none" and done["diff"] == checked["diff"]
    verb, body = memory.writes[0]
    assert verb == "create"
    assert body["properties"] == {
        "sku": {"name": "Basic", "family": "C", "capacity": 0},
        "minimumTlsVersion": "1.2",
        "enableNonSslPort": False,
    }
    assert not run(**NEW)["changed"]


def test_only_what_is_named_is_sent(memory: Memory) -> None:
    memory.add("codex-cache", publicNetworkAccess="Disabled", minimumTlsVersion="1.0")
    assert not run()["changed"]
    assert run(tags={"a": "b"})["changed"]
    assert memory.writes == [("update", {"properties": {}, "tags": {"a": "b"}})]


def test_8_settings_are_compared_as_azure_stores_them(memory: Memory) -> None:
    memory.add(
        "codex-cache",
        redisConfiguration={"maxmemory-reserved": "30", "aad-enabled": "True", "maxclients": "256", "other": "x"},
    )
    assert not run(configuration={"maxmemory_reserved": 30, "aad-enabled": True})["changed"]
    changed = run(configuration={"maxmemory-policy": "allkeys-lru"})
    assert changed["diff"] == {"before": {}, "after": {"configuration": {"maxmemory-policy": "allkeys-lru"}}}
    sent = memory.writes[-1][1]["properties"]["redisConfiguration"]
    assert sent == {
        "maxmemory-reserved": "30",
        "aad-enabled": "True",
        "other": "x",
        "maxmemory-policy": "allkeys-lru",
    }


def test_what_azure_takes_only_alone_goes_alone(memory: Memory) -> None:
    memory.add("codex-cache")
    done = run(sku="Standard", public_network_access=False, non_ssl_port=True, tags={"a": "b"})
    assert done["impact"] == "restart"
    assert [sorted(body["properties"]) for _verb, body in memory.writes] == [
        ["enableNonSslPort"],
        ["sku"],
        ["publicNetworkAccess"],
    ]
    assert not run(sku="Standard", public_network_access=False, non_ssl_port=True)["changed"]


SCALES: list[tuple[str, int, dict[str, Any], str]] = [
    ("Standard", 1, {"sku": "Basic"}, "ScaleNotSupported"),
    ("Basic", 1, {"sku": "Premium"}, "ScaleNotSupported"),
    ("Basic", 1, {"sku": "Standard", "capacity": 2}, "ScaleNotSupported"),
    ("Standard", 1, {"capacity": 0}, "ScaleNotSupported"),
    ("Premium", 1, {"capacity": 6}, "InvalidSku"),
    ("Basic", 1, {"capacity": 2}, "ForceRequired"),
]


@pytest.mark.parametrize(("name", "capacity", "wanted", "code"), SCALES)
def test_sizes_refused_before_a_write(
    memory: Memory, name: str, capacity: int, wanted: dict[str, Any], code: str
) -> None:
    memory.add("codex-cache", sku={"name": name, "family": "P" if name == "Premium" else "C", "capacity": capacity})
    for check_mode in (True, False):
        assert run(check_mode, **wanted)["failure"]["code"] == code
    assert memory.verbs() == []


def test_another_size_of_a_basic_cache_loses_data(memory: Memory) -> None:
    memory.add("codex-cache")
    assert run(capacity=2, force=True)["impact"] == "data_loss"


def test_firewall_rules_are_there_before_the_cache_is(memory: Memory) -> None:
    rules = [{"name": "a", "start_address": "10.0.0.1"}, {"name": "b", "start_address": "10.0.0.2"}]
    run(**NEW, firewall_rules=rules)
    assert memory.verbs() == ["create", "rule a", "rule b"]
    assert not run(firewall_rules=rules)["changed"]
    assert run(firewall_rules=[{**rules[0], "end_address": "10.0.0.9"}])["changed"]
    assert memory.verbs() == ["rule a", "delete rule b"]
    assert run(firewall_rules=[])["failure"]["code"] == "ForceRequired"
    assert memory.rules == {"a": {"start_address": "10.0.0.1", "end_address": "10.0.0.9"}}
    assert run(firewall_rules=[], force=True)["changed"] and memory.rules == {}


def test_a_patch_schedule(memory: Memory) -> None:
    memory.add("codex-cache")
    wanted = [{"day_of_week": "Sunday", "start_hour_utc": 3}]
    assert run(patch_schedule=wanted)["changed"]
    assert memory.schedule == [{"dayOfWeek": "Sunday", "startHourUtc": 3, "maintenanceWindow": "PT5H"}]
    assert not run(patch_schedule=wanted)["changed"]
    assert run(patch_schedule=[])["changed"] and memory.schedule == []


def test_keys_are_shown_only_where_asked_for(memory: Memory) -> None:
    created = run(**NEW, wait=False)
    assert "K1" not in str(created) and "keys" not in created["redis_cache"]
    assert run(return_keys=True)["redis_cache"]["keys"] == {"primary": "K1", "secondary": "K2"}
    assert "K1" not in str(run(return_keys=True, state="absent", force=True))


def test_a_busy_cache_is_waited_for(memory: Memory) -> None:
    memory.add("codex-cache")
    memory.refuse("CacheBusy")
    assert run(tags={"a": "b"})["changed"] and memory.verbs() == ["update"]


def test_a_deletion_needs_force(memory: Memory) -> None:
    memory.add("codex-cache")
    assert run(state="absent")["failure"]["code"] == "ForceRequired"
    removed = run(state="absent", force=True)
    assert removed["impact"] == "data_loss" and removed["redis_cache"] is None
    assert not run(state="absent")["changed"]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"name": "a--b"}, "name: 'a--b' is not valid"),
    ({"sku": "Premium", "family": "C"}, "family: Premium is of family P, not C"),
    ({"sku": "Premium", "capacity": 0}, "there is no Premium P0"),
    ({"capacity": 9}, "capacity: 9 is not a number from 0 to 6"),
    ({"family": "C"}, "family: it follows from sku"),
    ({"configuration": {"maxclients": 5}}, "configuration.maxclients: it follows from the size"),
    ({"configuration": {"rdb-storage-connection-string": "x"}}, "it holds a secret"),
    ({"firewall_rules": [{"name": "a-b", "start_address": "10.0.0.1"}]}, "firewall_rules.name: 'a-b'"),
    ({"firewall_rules": [{"name": "a", "start_address": "x"}]}, "firewall_rules.a: 'x' is not an IPv4 address"),
    (
        {"firewall_rules": [{"name": "a", "start_address": "10.0.0.2", "end_address": "10.0.0.1"}]},
        "10.0.0.1 is before 10.0.0.2",
    ),
    ({"patch_schedule": [{"day_of_week": "Monday", "start_hour_utc": 24}]}, "24 is not a number from 0 to 23"),
]


@pytest.mark.parametrize(("params", "words"), REFUSED)
def test_refused_before_any_request(params: dict[str, Any], words: str) -> None:
    found = problems("redis_cache", {"resource_group": "rg", "name": "codex-cache", **params})
    assert len(found) == 1 and words in found[0], found
