"""A managed cache that is a cluster of several members: what a client of one of them would miss.

The members are real ones, each with half of the slots; a client of one is sent to the other, or sees half of the keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import certifi
import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _connection
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._connection import Endpoint
from tests.simulator_fixture import Simulator
from tests.support.cache_server import NAME, CacheServer

pytestmark = pytest.mark.slow

CLUSTER = "codex-cluster"


@pytest.fixture
def cache(simulator: Simulator, tmp_path: Path) -> CacheServer:
    """A classic cache."""
    return CacheServer(simulator, tmp_path)


@pytest.fixture
def cluster(cache: CacheServer) -> Endpoint:
    """A cluster beside it."""
    return cache.managed(CLUSTER, clustering_policy="OSSCluster")._replace(is_cluster=True)


@contextmanager
def filled(cluster: Endpoint, prefix: str = "session", count: int = 40) -> Iterator[Any]:
    """Yield a client of a cluster with some keys, of which each member has some."""
    with _connection.connect(cluster) as client:
        for number in range(count):
            client.set(f"{prefix}:{number}", str(number), ex=5000)
        assert all(client.dbsize(**member) for member in _connection.members(client))
        yield client


def managed(cache: CacheServer, module: str, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    """Run a module on the cluster."""
    return cache.run(module, check_mode, name=CLUSTER, service="managed", ca_cert=cache.ca_cert, **options)


def test_it_is_flushed_checked_and_counted_as_a_whole(cache: CacheServer, cluster: Endpoint) -> None:
    with filled(cluster) as client:
        client.set("other", "1")
        found = managed(cache, "redis_info", statistics=True)["redis_info"]["managed"]["statistics"]
        assert found["keys"] == 41 and found["memory"]["max_bytes"] > 2**28
        assert managed(cache, "redis_check")["ok"]
        by_pattern: dict[str, Any] = {"method": "client", "pattern": "session:*", "batch_size": 3}
        rehearsed = managed(cache, "redis_flush", True, **by_pattern)["redis_flush"]
        flushed = managed(cache, "redis_flush", **by_pattern)["redis_flush"]
        assert (rehearsed["keys_deleted"], flushed["keys_deleted"], flushed["keys"]) == (40, 40, 1)
    for method in ("client", "service"):
        with filled(cluster) as client:
            assert managed(cache, "redis_flush", method=method, force=True)["redis_flush"]["keys"] == 0


def test_keys_are_copied_into_it_and_out_of_it(cache: CacheServer, cluster: Endpoint) -> None:
    with cache.client() as client:
        for number in range(60):
            client.hset(f"user:{number}", mapping={"number": number})
        client.set("for a while", "1", ex=5000)
    copied = cache.run("redis_copy", destination_name=CLUSTER, ca_cert=cache.ca_cert, batch_size=7, compare=61)
    counts = copied["redis_copy"]
    assert (counts["keys"], counts["copied"], counts["compared"], counts["differing"]) == (61, 61, 61, 0)
    kept = cache.run("redis_copy", destination_name=CLUSTER, ca_cert=cache.ca_cert, existing="keep")["redis_copy"]
    assert (kept["copied"], kept["kept"]) == (0, 61)
    with cache.client() as client:
        client.flushall()
    back = managed(cache, "redis_copy", destination_name=NAME, destination_service="classic")["redis_copy"]
    assert (back["copied"], back["differing"]) == (61, 0)
    with cache.client() as client:
        assert client.dbsize() == 61 and client.hgetall("user:59") == {"number": "59"}


def test_a_wrong_key_and_a_wrong_database_are_told_as_of_one_server(
    cluster: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OperationsError) as wrong, _connection.connect(cluster._replace(key="wrong-key-of-mine")):
        pass
    assert wrong.value.code == "AccessKeyWrong" and "wrong-key-of-mine" not in str(wrong.value)
    with pytest.raises(OperationsError, match="database 0 only"), _connection.connect(cluster, database=1):
        pass
    with pytest.raises(OperationsError) as gone, _connection.connect(cluster._replace(port=1)):
        pass
    assert gone.value.code == "ConnectionRefused"
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    with pytest.raises(OperationsError) as untrusted, _connection.connect(cluster._replace(ca_cert=None)):
        pass
    assert untrusted.value.code == "CertificateNotTrusted"
