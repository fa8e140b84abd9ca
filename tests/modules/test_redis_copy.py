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


class Side:
    """What clients do to one of the two caches: to keys of every type, with and without an end."""

    KINDS = ("string", "hash", "list", "zset")

    def __init__(self, client: Any) -> None:
        self._client = client

    def write(self, key: str, value: int, seconds: int = 0) -> None:
        """Write a key in place of what was there; its type goes by its name."""
        kind = self.KINDS[len(key) % len(self.KINDS)]
        pipeline = self._client.pipeline()
        pipeline.unlink(key)
        if kind == "string":
            pipeline.set(key, value)
        elif kind == "hash":
            pipeline.hset(key, mapping={"value": value, "other": "1"})
        elif kind == "list":
            pipeline.rpush(key, value, "other")
        else:
            pipeline.zadd(key, {str(value): value})
        if seconds:
            pipeline.expire(key, seconds)
        pipeline.execute()

    def read(self, key: str) -> tuple[int, int] | None:
        """Return value and lifetime in thousands of seconds, -1 for ever; None if there is no key."""
        kind, left = self._client.type(key), self._client.ttl(key)
        lifetime = -1 if left < 0 else round(left / 1000)
        if kind == "none":
            return None
        if kind == "string":
            return int(self._client.get(key)), lifetime
        if kind == "hash":
            return int(self._client.hget(key, "value")), lifetime
        if kind == "list":
            return int(self._client.lindex(key, 0)), lifetime
        return int(self._client.zrange(key, 0, 0)[0]), lifetime

    def do(self, what: str, key: str, value: int) -> None:
        """Do one thing of those that applications do to a key."""
        if what == "write":
            self.write(key, value)
        elif what == "write with an end":
            self.write(key, value, 5000)
        elif what == "prolong":
            self._client.expire(key, 9000)
        elif what == "delete":
            self._client.unlink(key)
        elif what == "delete and write":
            self._client.unlink(key)
            self.write(key, value)
        elif what == "write and delete":
            self.write(key, value)
            self._client.unlink(key)


ACTS = ("nothing", "write", "write with an end", "prolong", "delete", "delete and write", "write and delete")


@pytest.mark.parametrize("policy", ["NoCluster", "OSSCluster"])
def test_a_copy_that_follows_has_what_the_first_could_not_have_and_nothing_that_clients_took_away(
    cache: CacheServer, policy: str
) -> None:
    """Whatever is done to a key before the switch in the old cache, and after it in the new one."""
    there = cache.managed(NAME, clustering_policy=policy)._replace(is_cluster=policy == "OSSCluster")
    expected: dict[str, tuple[int, int] | None] = {}
    with cache.client() as client, _connection.connect(there) as new_client:
        client.flushall()
        old, new = Side(client), Side(new_client)
        cases = [
            (kind, lifetime, before, after, f"{kind} {lifetime} {before}/{after}".ljust(60 + number, "."))
            for number, kind in enumerate(Side.KINDS)
            for lifetime in (0, 3000)
            for before in ACTS
            for after in ACTS
        ]
        for _kind, lifetime, _before, _after, key in cases:
            old.write(key, 1, lifetime)
        new_client.set("left by an earlier try", "1")
        first = copy(cache, existing="mirror", batch_size=50)
        assert first["redis_copy"]["copied"] == len(cases)
        assert new_client.exists("left by an earlier try") == 0
        old.write("new in the old one", 7)
        old.write("new in both", 7)
        for _kind, _lifetime, before, _after, key in cases:
            old.do(before, key, 2)
        # From here on the clients are with the new cache.
        new.write("new in both", 8)
        new.write("new in the new one", 8)
        for _kind, _lifetime, _before, after, key in cases:
            new.do(after, key, 3)
            expected[key] = old.read(key) if after == "nothing" else new.read(key)
        expected |= {"new in the old one": (7, -1), "new in both": (8, -1), "new in the new one": (8, -1)}
        done = copy(cache, existing="follow", batch_size=50)
        found = {key: new.read(key) for key in expected}
        assert {key: (found[key], value) for key, value in expected.items() if found[key] != value} == {}
        counts = done["redis_copy"]
        assert done["changed"] and counts["differing"] == 0
        assert counts["deleted"] == sum(
            before.endswith("delete") and after == "nothing" for _, _, before, after, _ in cases
        )
        again = copy(cache, existing="follow")
        assert not again["changed"], "a key is looked at as it was copied first"


def test_keys_that_the_old_cache_lost_are_not_taken_for_deleted(cache: CacheServer, managed: Endpoint) -> None:
    assert copy(cache, existing="mirror")["redis_copy"]["copied"] == 7
    cache.run("redis_reboot", nodes="all", force=True, ca_cert=cache.ca_cert)
    followed = copy(cache, existing="follow")
    assert followed["redis_copy"]["deleted"] == 0 and "has restarted" in followed["warnings"][0]
    with _connection.connect(managed) as there:
        assert there.dbsize() == 7


def test_what_is_to_follow_needs_a_copy_before(cache: CacheServer, managed: Endpoint) -> None:
    assert copy(cache, existing="follow")["failure"]["code"] == "CopyNotKnown"
    assert "pattern" in copy(cache, existing="mirror", pattern="a*")["msg"]


def test_what_is_remembered_of_a_copy_tells_no_key_and_no_value(
    cache: CacheServer, managed: Endpoint, tmp_path: Path
) -> None:
    with cache.client() as client:
        client.set("session:1b2c3d4e5f", "a value of somebody's")
    copy(cache, existing="mirror")
    files = list(tmp_path.glob("codex-*.file"))
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600]
    assert b"session:" not in files[0].read_bytes() and b"somebody" not in files[0].read_bytes()


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
