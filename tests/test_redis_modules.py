"""The modules of Redis caches against a local Azure with real caches: what others get wrong, and what goes wrong.

What the official collection does wrong was found by running its modules against a server that logs every request; the
number is that of the finding.
"""

from __future__ import annotations

from pathlib import Path

import certifi
import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils import _redis_connection
from ansible_collections.codexdominion.azure.plugins.module_utils._errors import OperationsError
from tests.simulator_fixture import Simulator
from tests.support.cache_server import NAME, CacheServer

pytestmark = pytest.mark.slow


@pytest.fixture
def cache(simulator: Simulator, tmp_path: Path) -> CacheServer:
    """A cache of the smallest kind."""
    return CacheServer(simulator, tmp_path)


@pytest.fixture
def replicated(simulator: Simulator, tmp_path: Path) -> CacheServer:
    """A cache with a replica."""
    return CacheServer(simulator, tmp_path, sku="Standard")


# What others get wrong


def test_1_a_check_does_not_reboot(cache: CacheServer) -> None:
    with cache.client() as client:
        client.set("a", "b")
    checked = cache.run("redis_reboot", True, nodes="all", force=True)
    assert checked["changed"] and checked["impact"] == "data_loss" and cache.writes() == []
    with cache.client() as client:
        assert client.get("a") == "b"


def test_2_a_reboot_touches_no_other_setting(cache: CacheServer) -> None:
    cache.run("redis_cache", public_network_access=False, tags={"a": "b"})
    before = cache.run("redis_cache")["redis_cache"]
    cache.writes()
    done = cache.run("redis_reboot", nodes="primary", force=True, verify=False)
    assert done["redis_reboot"] == {"nodes": "primary", "verified": False}
    assert cache.writes() == ["POST forceReboot"]
    assert cache.run("redis_cache")["redis_cache"] == before


def test_8_settings_are_idempotent(cache: CacheServer) -> None:
    wanted = {"maxmemory_policy": "allkeys-lru", "maxmemory_reserved": 50, "notify_keyspace_events": "KEA"}
    assert cache.run("redis_cache", configuration=wanted)["changed"]
    cache.writes()
    assert not cache.run("redis_cache", configuration=wanted)["changed"]
    assert cache.writes() == []


def test_a4_a_reboot_is_proven(cache: CacheServer) -> None:
    with cache.client() as client:
        client.set("a", "b")
    done = cache.run("redis_reboot", nodes="all", force=True, ca_cert=cache.ca_cert)
    seen = done["redis_reboot"]
    assert done["impact"] == "data_loss" and seen["verified"]
    assert seen["run_id"] != seen["run_id_before"] and (seen["keys_before"], seen["keys"]) == (1, 0)
    assert cache.endpoint.key not in str(done)
    with cache.client() as client:
        assert client.dbsize() == 0


# Reboots of a cache with a replica


@pytest.mark.parametrize("nodes", ["secondary", "primary"])
def test_one_node_at_a_time_keeps_the_data(replicated: CacheServer, nodes: str) -> None:
    with replicated.client() as client:
        client.set("a", "b")
        client.wait(1, 5000)
    done = replicated.run("redis_reboot", nodes=nodes, ca_cert=replicated.ca_cert)
    seen = done["redis_reboot"]
    assert done["impact"] == "restart" and seen["keys"] == 1
    assert (seen["run_id"] != seen["run_id_before"]) is (nodes == "primary")


def test_all_nodes_lose_the_data(replicated: CacheServer) -> None:
    assert replicated.attempt("redis_reboot", nodes="all")["failure"]["code"] == "ForceRequired"
    assert replicated.writes() == []
    with replicated.client() as client:
        client.set("a", "b")
    done = replicated.run("redis_reboot", nodes="all", force=True, ca_cert=replicated.ca_cert)
    assert done["redis_reboot"]["keys"] == 0


# What goes wrong


def test_reboots_that_are_refused(cache: CacheServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache.attempt("redis_reboot", nodes="secondary")["failure"]["code"] == "NoSecondaryNode"
    assert cache.attempt("redis_reboot", nodes="primary")["failure"]["code"] == "ForceRequired"
    assert cache.attempt("redis_reboot", name="none", nodes="all")["failure"]["code"] == "ResourceNotFound"
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    untrusted = cache.attempt("redis_reboot", nodes="all", force=True)
    assert untrusted["failure"]["code"] == "CertificateNotTrusted" and "ca_cert" in untrusted["failure"]["remedy"]
    assert cache.writes() == []


def test_a_wrong_key_and_a_wrong_name(cache: CacheServer) -> None:
    with pytest.raises(OperationsError) as wrong, _redis_connection.connect(cache.endpoint._replace(key="s3cret")):
        pass
    assert wrong.value.code == "AccessKeyWrong" and "s3cret" not in str(wrong.value)
    with pytest.raises(OperationsError) as name, _redis_connection.connect(cache.endpoint._replace(host="localhost")):
        pass
    assert name.value.code in {"CertificateNameMismatch", "ConnectionRefused"}


def test_no_new_cache_where_azure_makes_none(simulator: Simulator, cache: CacheServer) -> None:
    cache.run("redis_cache", state="absent", force=True)
    simulator.hook("POST", "redis/creation", {"creation": "blocked"})
    refused = cache.attempt("redis_cache", name=NAME, location="eastus")
    assert refused["failure"]["code"] == "CacheCreationRetired" and "Managed Redis" in refused["failure"]["remedy"]
