"""Copying the keys of a real cache into a real managed one: every type, lifetimes, what stands against it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _connection, _key_comparison
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._connection import Endpoint
from tests.simulator_fixture import Simulator
from tests.support.cache_server import NAME, CacheServer

pytestmark = pytest.mark.slow


@pytest.fixture
def cache(simulator: Simulator, tmp_path: Path) -> CacheServer:
    """A classic cache with a key of every type, half of them with a lifetime."""
    cache = CacheServer(simulator, tmp_path)
    with cache.client() as client:
        client.set("string", "value", px=90_000_000)
        client.set(b"bytes\xff", b"\x00\xff")
        client.rpush("list", "a", "b")
        client.expire("list", 1000)
        client.sadd("set", "a", "b")
        client.hset("hash", mapping={"a": "1"})
        client.zadd("zset", {"a": 1.5})
        client.xadd("stream", {"a": "b"})
    return cache


@pytest.fixture
def managed(cache: CacheServer) -> Endpoint:
    """An empty managed cache of the same name."""
    return cache.managed(NAME)


def copy(cache: CacheServer, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    """Copy from the classic cache to the managed one of the same name; return the whole result."""
    return cache.attempt("redis_copy", check_mode, destination_name=NAME, ca_cert=cache.ca_cert, **options)


def test_everything_arrives_as_it_is(cache: CacheServer, managed: Endpoint) -> None:
    rehearsed = copy(cache, check_mode=True)
    with _connection.connect(managed) as there:
        assert (rehearsed["redis_copy"]["keys"], rehearsed["redis_copy"]["copied"], there.dbsize()) == (7, 0, 0)
    done = copy(cache, batch_size=2)
    counts = done["redis_copy"]
    assert done["changed"] and rehearsed["changed"]
    assert (counts["copied"], counts["compared"], counts["differing"]) == (7, 7, 0)
    with cache.client() as here, _connection.connect(managed) as there:
        assert there.dbsize() == here.dbsize() == 7
        assert abs(here.pttl("string") - there.pttl("string")) < 5000
        assert there.hgetall("hash") == {"a": "1"} and there.xlen("stream") == 1
        assert there.ttl("set") == -1


def test_what_is_there_is_kept_on_request(cache: CacheServer, managed: Endpoint) -> None:
    with _connection.connect(managed) as there:
        there.set("string", "newer")
        kept = copy(cache, existing="keep")["redis_copy"]
        assert (kept["copied"], kept["kept"], there.get("string")) == (6, 1, "newer")
        copy(cache, pattern="str*")
        assert there.get("string") == "value"


def test_databases_that_the_destination_lacks_are_refused(cache: CacheServer, managed: Endpoint) -> None:
    with cache.client(3) as client:
        client.set("elsewhere", "1")
    refused = copy(cache)
    assert refused["failure"]["code"] == "DatabasesNotSupported" and "keys in 3" in refused["msg"]
    with _connection.connect(managed) as there:
        assert there.dbsize() == 0


def test_a_wrong_copy_is_seen(cache: CacheServer, managed: Endpoint) -> None:
    copy(cache)
    with _connection.connect(managed) as there:
        there.set("string", "other", px=90_000_000)
        there.persist("list")
    found = _key_comparison.compare(cache.endpoint, managed, [(0, b"string"), (0, b"list"), (0, b"set")])
    assert found == {"compared": 3, "differing": 2}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"destination_name": NAME, "destination_service": "classic"}, "destination_name"),
        ({"compare": -1}, "compare"),
        ({"batch_size": 0}, "batch_size"),
        ({"pattern": ""}, "pattern"),
        ({"timeout": 0}, "timeout"),
    ],
)
def test_bad_input_is_refused_at_once(cache: CacheServer, options: dict[str, Any], problem: str) -> None:
    cache.simulator.forget()
    refused = cache.attempt("redis_copy", **{"destination_name": "other-cache", **options})
    assert refused["failure"]["code"] == "InvalidParameters" and problem in refused["msg"]
    assert not cache.simulator.requests()
