"""What redis_info shows of caches in every state; Azure's side is in memory."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _statistics
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._connection import Endpoint
from tests.support import redis_memory
from tests.support.invoke import problems
from tests.support.redis_memory import Memory

KEYS = {"primary": "K1", "secondary": "K2"}


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """See Memory."""
    return redis_memory.install(monkeypatch)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Endpoint, int]]:
    """Which caches were asked for statistics, and for how many slow commands."""
    found: list[tuple[Endpoint, int]] = []

    def read(endpoint: Endpoint, slowest: int) -> dict[str, Any]:
        found.append((endpoint, slowest))
        return {"keys": 3}

    monkeypatch.setattr(_statistics, "read", read)
    return found


def run(**params: Any) -> dict[str, Any]:
    """Return the result of the module."""
    return redis_memory.run("redis_info", **{"name": "codex", **params})


def find(**params: Any) -> dict[str, Any]:
    """Return what the module shows."""
    found: dict[str, Any] = run(**params)["redis_info"]
    return found


def test_nothing_yet_in_a_subscription_that_has_others(memory: Memory) -> None:
    nothing = {"classic": None, "managed": None}
    assert find() == {**nothing, "classic_in_subscription": 0}
    memory.add("other")
    assert find() == find(service="classic") == {**nothing, "classic_in_subscription": 1}
    assert find(service="managed") == {**nothing, "classic_in_subscription": None}


def test_both_services_in_the_same_words(memory: Memory) -> None:
    memory.add("codex", sku={"name": "Standard", "family": "C", "capacity": 1}, publicNetworkAccess="Disabled")
    memory.add_managed("codex", database={}, highAvailability="Disabled")
    found = find()
    classic, managed = found["classic"], found["managed"]
    assert classic == {
        "id": memory.caches["codex"]["id"],
        "name": "codex",
        "service": "classic",
        "host_name": "codex.redis.cache.windows.net",
        "port": 6380,
        "sku": "Standard C1",
        "location": "East US",
        "tags": {},
        "provisioning_state": "Succeeded",
        "redis_version": "6.0",
        "access_keys_authentication": True,
        "public_network_access": False,
        "high_availability": True,
    }
    assert set(managed) == set(classic)
    assert (managed["service"], managed["sku"], managed["port"]) == ("managed", "Balanced_B0", 10000)
    assert (managed["high_availability"], managed["redis_version"]) == (False, "7.4")
    assert found["classic_in_subscription"] is None
    assert find(service="managed")["classic"] is None and find(service="classic")["managed"] is None


@pytest.mark.parametrize(
    ("cluster", "database", "state"),
    [
        ("Succeeded", {}, "Succeeded"),
        ("Updating", {}, "Updating"),
        ("Succeeded", {"provisioningState": "Updating"}, "Updating"),
        ("Succeeded", None, "Creating"),
        ("Creating", None, "Creating"),
        ("Failed", None, "Failed"),
    ],
)
def test_the_state_of_a_managed_cache_is_that_of_both(
    memory: Memory, cluster: str, database: dict[str, Any] | None, state: str
) -> None:
    memory.add_managed("codex", database=database, provisioningState=cluster)
    managed = find()["managed"]
    assert managed["provisioning_state"] == state
    assert managed["port"] == (10000 if database is not None else None)


def test_keys_where_there_are_some(memory: Memory) -> None:
    memory.add("codex")
    memory.add_managed("codex", database={"accessKeysAuthentication": "Disabled"})
    found = find(return_keys=True)
    assert found["classic"]["keys"] == KEYS and found["managed"]["keys"] is None
    memory.caches["codex"]["properties"]["provisioningState"] = "Creating"
    memory.add_managed("codex", database={})
    found = find(return_keys=True)
    assert found["classic"]["keys"] is None and found["managed"]["keys"] == KEYS
    assert "keys" not in find()["managed"] and "statistics" not in find()["managed"]


def test_statistics_by_the_primary_key(memory: Memory, asked: list[tuple[Endpoint, int]]) -> None:
    memory.add("codex", provisioningState="Creating")
    memory.add_managed("codex", database={})
    found = find(statistics=True, slow_log=7)
    assert found["classic"]["statistics"] is None and found["managed"]["statistics"] == {"keys": 3}
    assert asked == [(Endpoint("codex.eastus.redis.azure.net", 10000, "K1"), 7)]
    assert "keys" not in found["managed"]


def test_no_statistics_without_access_keys(memory: Memory, asked: list[tuple[Endpoint, int]]) -> None:
    memory.add("codex", disableAccessKeyAuthentication=True)
    assert run(statistics=True)["failure"]["code"] == "AccessKeysDisabled"
    assert find(return_keys=True)["classic"]["keys"] is None and not asked


def test_the_one_that_serves_is_told_without_its_keys(memory: Memory) -> None:
    memory.add("codex")
    memory.add_managed("codex", database={})
    done = run(return_keys=True)
    assert done["serving"]["service"] == "managed" and done["serving"]["is_ready"]
    assert not set(KEYS.values()) & set(map(str, done["serving"].values()))
    assert run(expected="classic")["serving"]["service"] == "classic"


def test_names_of_each_service(memory: Memory) -> None:
    name = "a" * 62
    memory.add(name)
    # Azure and its SDK would refuse to look for a managed cache of such a name.
    assert find(name=name)["classic"]["name"] == name
    assert len(problems("redis_info", {"resource_group": "rg", "name": name, "service": "managed"})) == 1
    given = {"resource_group": "rg", "name": "a--b", "slow_log": -1, "ca_cert": "/nowhere"}
    assert len(problems("redis_info", given)) == 3
