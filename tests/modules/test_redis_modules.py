"""The modules of Redis caches against a local Azure with real caches: what others get wrong, and what goes wrong.

What the official collection does wrong was found by running its modules against a server that logs every request; the
number is that of the finding.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import certifi
import pytest
from redis import Redis
from redis.exceptions import ResponseError

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _connection, _statistics
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._connection import Endpoint
from tests.simulator_fixture import Simulator
from tests.support.cache_server import NAME, CacheServer
from tests.support.invoke import problems
from tests.support.waiting import until

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
    wanted: dict[str, Any] = {
        "maxmemory_policy": "allkeys-lru",
        "maxmemory_reserved": 50,
        "notify_keyspace_events": "KEA",
    }
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
    with pytest.raises(OperationsError) as wrong, _connection.connect(cache.endpoint._replace(key="s3cret")):
        pass
    assert wrong.value.code == "AccessKeyWrong" and "s3cret" not in str(wrong.value)
    with pytest.raises(OperationsError) as name, _connection.connect(cache.endpoint._replace(host="localhost")):
        pass
    assert name.value.code in {"CertificateNameMismatch", "ConnectionRefused"}


def test_no_new_cache_where_azure_makes_none(simulator: Simulator, cache: CacheServer) -> None:
    cache.run("redis_cache", state="absent", force=True)
    simulator.hook("POST", "redis/creation", {"creation": "blocked"})
    refused = cache.attempt("redis_cache", name=NAME, location="eastus")
    assert refused["failure"]["code"] == "CacheCreationRetired" and "Managed Redis" in refused["failure"]["remedy"]


# Flushes


def fill(cache: CacheServer, **counts: int) -> None:
    """Write so many keys with each prefix to database 0, and one to database 3."""
    with cache.client() as client:
        client.mset({f"{prefix}:{number}": "x" for prefix, count in counts.items() for number in range(count)})
    with cache.client(3) as client:
        client.set("session:other", "x")


@pytest.mark.parametrize("method", ["service", "client"])
def test_a_flush_of_everything(cache: CacheServer, method: str) -> None:
    fill(cache, session=20)
    wanted: dict[str, Any] = {"method": method, "ca_cert": cache.ca_cert}
    assert cache.attempt("redis_flush", **wanted)["failure"]["code"] == "ForceRequired"
    checked = cache.run("redis_flush", True, force=True, **wanted)
    assert cache.writes() == [] and checked["redis_flush"]["keys"] == 21
    done = cache.run("redis_flush", force=True, **wanted)
    assert (checked["changed"], checked["diff"], checked["impact"]) == (True, done["diff"], done["impact"])
    assert done["redis_flush"] | {"seconds": 0} == {"keys_deleted": 21, "keys_before": 21, "keys": 0, "seconds": 0}
    assert cache.writes() == (["POST flush"] if method == "service" else [])
    assert not cache.run("redis_flush", force=True, **wanted)["changed"]
    assert cache.endpoint.key not in str(done)


def test_a_flush_of_a_pattern(cache: CacheServer) -> None:
    fill(cache, session=1200, user=300)
    wanted: dict[str, Any] = {
        "method": "client",
        "pattern": "session:*",
        "database": 0,
        "ca_cert": cache.ca_cert,
        "batch_size": 100,
    }
    checked = cache.run("redis_flush", True, **wanted)
    done = cache.run("redis_flush", **wanted)
    assert checked["diff"] == done["diff"] and checked["redis_flush"]["keys"] == 1500
    assert done["redis_flush"] | {"seconds": 0} == {
        "keys_deleted": 1200,
        "keys_before": 1500,
        "keys": 300,
        "seconds": 0,
    }
    assert not cache.run("redis_flush", **wanted)["changed"]
    wanted.pop("database")
    assert cache.run("redis_flush", **wanted)["redis_flush"]["keys_deleted"] == 1, "every database has such keys"


def test_flushes_that_are_refused(cache: CacheServer) -> None:
    fill(cache, session=1)
    wanted: dict[str, Any] = {"method": "client", "ca_cert": cache.ca_cert}
    for pattern in ("*", "**", "?*"):
        assert cache.attempt("redis_flush", pattern=pattern, **wanted)["failure"]["code"] == "ForceRequired"
    assert cache.attempt("redis_flush", pattern="a*", database=99, **wanted)["failed"]
    assert "set method to client" in cache.attempt("redis_flush", pattern="a*")["msg"]
    assert cache.attempt("redis_flush", name="none", force=True)["failure"]["code"] == "ResourceNotFound"
    assert cache.run("redis_flush", True, pattern="*", force=True, **wanted)["redis_flush"]["keys"] == 2


def test_a_managed_cache_is_finished_by_the_next_run(cache: CacheServer) -> None:
    wanted: dict[str, Any] = {"name": "codex-managed", "location": "eastus", "access_keys_authentication": True}
    begun = cache.run("managed_redis", wait=False, **wanted)
    assert begun["operation"] and begun["managed_redis"]["port"] is None
    done = cache.run("managed_redis", return_keys=True, **wanted)["managed_redis"]
    assert cache.writes() == ["PUT codex-managed", "PUT default"]
    cache.endpoint = Endpoint(done["host_name"], done["port"], done["keys"]["primary"], cache.ca_cert)
    with cache.client() as client:
        client.set("a", "b")
    flushed = cache.run("redis_flush", name="codex-managed", service="managed", force=True, ca_cert=cache.ca_cert)
    assert (flushed["redis_flush"]["keys_deleted"], flushed["redis_flush"]["keys"]) == (1, 0)
    moved = cache.attempt("managed_redis", name="codex-managed", sku="Enterprise_E10")
    assert "is not a size" in moved["msg"]


# Access keys


def keys_of(cache: CacheServer, module: str = "redis_cache", **options: Any) -> dict[str, str]:
    """Return the access keys a cache has now."""
    found: dict[str, str] = cache.run(module, return_keys=True, **options)[module]["keys"]
    return found


@pytest.mark.parametrize("key", ["primary", "secondary"])
def test_a_new_key_is_proven(cache: CacheServer, key: str) -> None:
    before = keys_of(cache)
    wanted: dict[str, Any] = {"key": key, "ca_cert": cache.ca_cert}
    checked = cache.run("redis_regenerate_key", True, **wanted)
    assert checked["redis_regenerate_key"] is None and keys_of(cache) == before
    cache.writes()
    done = cache.run("redis_regenerate_key", **wanted)
    assert (checked["changed"], checked["diff"], checked["impact"]) == (True, done["diff"], done["impact"])
    assert done["redis_regenerate_key"].items() >= {"key": key, "verified": True}.items()
    assert cache.writes() == ["POST regenerateKey"]
    after = keys_of(cache)
    assert [kind for kind in before if before[kind] != after[kind]] == [key]
    assert not {*before.values(), *after.values()} & set(str(done).split("'"))


def test_a_new_key_of_a_managed_cache(cache: CacheServer) -> None:
    cache.managed("codex-managed")
    before = keys_of(cache, "managed_redis", name="codex-managed")
    wanted: dict[str, Any] = {"name": "codex-managed", "service": "managed", "key": "primary"}
    done = cache.run("redis_regenerate_key", ca_cert=cache.ca_cert, **wanted)
    after = keys_of(cache, "managed_redis", name="codex-managed")
    assert done["redis_regenerate_key"]["verified"]
    assert before["primary"] != after["primary"] and before["secondary"] == after["secondary"]
    assert cache.run("redis_regenerate_key", verify=False, **wanted)["redis_regenerate_key"]["verified"] is False


def test_keys_that_stay_as_they_are(cache: CacheServer, monkeypatch: pytest.MonkeyPatch) -> None:
    before = keys_of(cache)
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    untrusted = cache.attempt("redis_regenerate_key", key="primary")
    assert untrusted["failure"]["code"] == "CertificateNotTrusted", "no proof, so no new key"
    assert cache.attempt("redis_regenerate_key", name="none", key="primary")["failure"]["code"] == "ResourceNotFound"
    assert cache.writes() == [] and keys_of(cache) == before
    cache.run("managed_redis", name="codex-managed", location="eastus")
    cache.writes()
    without = cache.attempt("redis_regenerate_key", name="codex-managed", service="managed", key="primary")
    assert without["failure"]["code"] == "AccessKeysDisabled" and "verify" in without["failure"]["remedy"]
    assert cache.writes() == []


# What is there, and how it is used


def test_what_there_is(cache: CacheServer) -> None:
    cache.managed("codex-cache")
    found = cache.run("redis_info", True, return_keys=True)["redis_info"]
    classic, managed = found["classic"], found["managed"]
    assert (classic["host_name"], classic["port"]) == (cache.endpoint.host, 6380)
    assert (classic["sku"], managed["sku"], managed["port"]) == ("Basic C0", "Balanced_B0", 10000)
    assert classic["keys"]["primary"] == cache.endpoint.key != managed["keys"]["primary"]
    assert {classic["provisioning_state"], managed["provisioning_state"]} == {"Succeeded"}
    assert found["classic_in_subscription"] is None and cache.writes() == []
    none = cache.run("redis_info", name="none")["redis_info"]
    assert none == {"classic": None, "managed": None, "classic_in_subscription": 1}


CREATED: dict[str, tuple[str, dict[str, Any], str]] = {
    "classic": ("redis_cache", {"location": "eastus"}, "redis/"),
    "managed": ("managed_redis", {"location": "eastus", "access_keys_authentication": True}, "redisEnterprise/"),
}


@pytest.mark.parametrize("service", list(CREATED))
@pytest.mark.parametrize("check_mode", [False, True])
def test_what_is_still_being_created_is_awaited(cache: CacheServer, service: str, check_mode: bool) -> None:
    module, options, path = CREATED[service]
    cache.simulator.fault("slow_operation", method="PUT", path=f"{path}{NAME}-new", seconds=600)
    cache.run(module, name=f"{NAME}-new", wait=False, **options)
    look: dict[str, Any] = {"name": f"{NAME}-new", "return_keys": True}
    assert cache.writes() == [f"PUT {NAME}-new"]
    at_once = cache.run("redis_info", **look)["redis_info"][service]
    assert at_once["provisioning_state"] != "Succeeded" and not at_once["keys"]

    given_up = cache.attempt("redis_info", wait=True, timeout=1, **look)
    assert given_up["failure"]["code"] == "Timeout" and "Run again to go on waiting" in given_up["msg"]

    cache.simulator.forget()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(cache.run, "redis_info", check_mode, wait=True, **look)
        try:
            until(lambda: cache.simulator.requests() or waiting.done(), "the first look")
            assert not waiting.done()
        finally:
            cache.simulator.pass_time(600)
        found = waiting.result()["redis_info"][service]
    if service == "classic":
        assert found["provisioning_state"] == "Succeeded" and found["keys"]["primary"]
    else:  # its database is made by whoever provides it
        assert found["keys"] is None
        finished = cache.run(module, name=f"{NAME}-new", **options)
        assert finished["changed"]


def test_statistics(replicated: CacheServer) -> None:
    replicated.managed("codex-cache")
    fill(replicated, session=3)
    with replicated.client() as client:
        assert client.get("session:1") and client.get("none") is None
        # Slow enough for the log of every server.
        client.eval("local s = 0 for i = 1, 20000000 do s = s + i end return s .. 's3cret'", 1, "session:1")
    done = replicated.run("redis_info", statistics=True, slow_log=1, ca_cert=replicated.ca_cert)
    found = done["redis_info"]["classic"]["statistics"]
    assert (found["keys"], found["keys_by_database"], found["replicas"]) == (4, {"0": 3, "3": 1}, 1)
    assert (found["hits"], found["misses"], found["hit_rate"]) == (1, 1, 0.5)
    memory = found["memory"]
    assert memory["used_bytes"] < memory["max_bytes"] and 0 < memory["used_percent"] < 100
    assert (found["role"], memory["policy"]) == ("master", "volatile-lru") and found["clients"] >= 1
    assert [one["command"] for one in found["slow_log"]] == ["EVAL"] and found["slow_log"][0]["milliseconds"] >= 10
    assert done["redis_info"]["managed"]["statistics"]["hit_rate"] is None
    assert replicated.endpoint.key not in str(done) and "s3cret" not in str(done)


def test_commands_that_are_refused_are_not_told(cache: CacheServer) -> None:
    with cache.client() as client:
        asked = _statistics.unless_refused(cache.endpoint, lambda: client.execute_command("CONFIG", "GET", "*"))
        synced = _statistics.unless_refused(cache.endpoint, lambda: client.execute_command("PSYNC", "?", "-1"))
        assert asked is None and synced is None
        with pytest.raises(ResponseError):
            _statistics.unless_refused(cache.endpoint, lambda: client.execute_command("GET"))


# Whether it answers, and how fast


def rows(result: dict[str, Any]) -> dict[str, bool]:
    """Return whether each expectation is met."""
    return {row["check"]: row["ok"] for row in result["checks"]}


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the commands that clients of this process send."""
    sent: list[str] = []
    execute = Redis.execute_command

    def log(self: Redis, *args: Any, **options: Any) -> Any:
        sent.append(args[0])
        return execute(self, *args, **options)

    monkeypatch.setattr(Redis, "execute_command", log)
    return sent


def test_a_check_leaves_a_cache_as_it_was(cache: CacheServer, commands: list[str]) -> None:
    cache.managed("codex-cache")
    wanted: dict[str, Any] = {"queries": 20, "max_average_ms": 5000, "ca_cert": cache.ca_cert}
    found = cache.run("redis_check", **wanted)
    assert rows(found) == {"answer": True, "average": True, "hits": True, "port without TLS": True}
    assert found["ok"] and not found["changed"]
    seen = found["redis_check"]
    assert seen["queries"] == 20 and 0 <= seen["average_ms"] <= 5000 and seen["redis_version"]
    assert commands == ["PING", "SET", *["GET"] * 20, "UNLINK", "INFO"]
    managed = cache.run("redis_check", service="managed", **wanted)
    assert rows(managed) == {"answer": True, "average": True, "hits": True}
    with cache.client() as client:
        assert client.dbsize() == 0
    assert cache.writes() == [] and cache.endpoint.key not in str(found)


def test_check_mode_writes_no_key(cache: CacheServer, commands: list[str]) -> None:
    wanted: dict[str, Any] = {"queries": 3, "max_average_ms": 5000, "ca_cert": cache.ca_cert}
    found = cache.run("redis_check", True, **wanted)
    assert commands == ["PING"] * 4 + ["INFO"]
    assert found["ok"] and found["redis_check"]["queries"] == 3
    assert "check mode" in next(row["found"] for row in found["checks"] if row["check"] == "average")


def test_the_key_of_a_check_goes_when_the_check_fails(cache: CacheServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_client: object, _key: str) -> None:
        raise ResponseError("MOVED 1 elsewhere")

    monkeypatch.setattr(Redis, "get", fail)
    failed = cache.attempt("redis_check", ca_cert=cache.ca_cert)
    assert failed["failure"]["code"] == "CheckFailed" and "MOVED 1 elsewhere" in failed["msg"]
    with cache.client() as client:
        assert client.dbsize() == 0


def test_a_check_finds_everything_that_is_wrong(cache: CacheServer, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: dict[str, Any] = {"queries": 4, "max_average_ms": 0.000001, "ca_cert": cache.ca_cert}
    cache.run("redis_cache", non_ssl_port=True)
    monkeypatch.setattr(Redis, "get", lambda _client, _key: None)  # as if somebody flushed it meanwhile
    found = cache.run("redis_check", fail=False, **wanted)
    assert rows(found) == {"answer": True, "average": False, "hits": False, "port without TLS": False}
    failed = cache.attempt("redis_check", **wanted)
    assert "hits is 0 of 4, expected 4 of 4; port without TLS is open, expected closed" in failed["msg"]
    assert failed["failure"]["details"]["checks"][2:] == found["checks"][2:]
    assert failed["failure"]["details"]["redis_check"]["queries"] == 4


def test_checks_of_a_cache_that_does_not_let_us_in(cache: CacheServer, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.run("managed_redis", name="codex-managed", location="eastus")
    without = cache.run("redis_check", name="codex-managed", service="managed", fail=False)
    assert rows(without) == {"answer": False} and "takes no access keys" in without["checks"][0]["found"]
    assert without["redis_check"] is None
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    untrusted = cache.attempt("redis_check")
    assert untrusted["failure"]["code"] == "CheckFailed" and "ca_cert" in untrusted["failure"]["remedy"]
    assert cache.attempt("redis_check", name="none", fail=False)["failure"]["code"] == "ResourceNotFound"


def test_bad_input_of_a_check() -> None:
    given = {"resource_group": "rg", "name": "a" * 62, "service": "managed", "queries": 0, "max_average_ms": 0}
    assert len(problems("redis_check", given)) == 3
    assert len(problems("redis_check", {**given, "name": "a--b", "queries": 10001})) == 3
