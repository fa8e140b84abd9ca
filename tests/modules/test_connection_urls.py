"""The backend's URLs against real servers: they connect to the right one, and to no other."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from ansible_collections.codexdominion.azure.plugins.filter.postgresql_url import postgresql_url
from ansible_collections.codexdominion.azure.plugins.filter.redis_url import redis_url
from tests.simulator_fixture import Simulator
from tests.support.cache_server import CacheServer
from tests.support.database import Database
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.slow

ELSEWHERE = "elsewhere.example"
"""A name that is in no certificate."""


@pytest.fixture
def cache(simulator: Simulator, tmp_path: Path) -> CacheServer:
    """A cache."""
    return CacheServer(simulator, tmp_path)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Another authority than that of our servers."""
    import certifi

    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    file.write_text(Path(certifi.where()).read_text(encoding="utf-8"), encoding="utf-8")
    return str(file)


def _ask_database(database: Database, host: str = "", **options: Any) -> Any:
    login = database.login
    url = postgresql_url(
        host or login["login_host"],
        login=login["login_user"],
        password=login["login_password"],
        database=login["login_db"],
        **options,
    )
    with psycopg.connect(url, hostaddr=login["login_host"], connect_timeout=PATIENCE_SECONDS) as connection:
        return connection.execute("SELECT 1").fetchone()


def test_the_database_with_its_own_authority(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    own = str(database.server.ca_path)
    assert _ask_database(database, ca_cert=own) == (1,)
    monkeypatch.setenv("SSL_CERT_FILE", own)  # as what runs in a rehearsal is told what to trust
    assert _ask_database(database, ca_cert="system") == (1,)


def test_no_other_database(database: Database, stranger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    own = str(database.server.ca_path)
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        _ask_database(database, ca_cert=stranger)
    with pytest.raises(psycopg.OperationalError, match="does not match host name"):
        _ask_database(database, ELSEWHERE, ca_cert=own)
    monkeypatch.setenv("SSL_CERT_FILE", stranger)
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        _ask_database(database, ca_cert="system")


def test_any_database_once_that_is_allowed(database: Database, stranger: str) -> None:
    assert _ask_database(database, ELSEWHERE, sslmode="verify-ca", ca_cert=str(database.server.ca_path)) == (1,)
    assert _ask_database(database, ELSEWHERE, sslmode="require", ca_cert=stranger) == (1,)


def _ask_cache(cache: CacheServer, host: str = "", **options: Any) -> Any:
    endpoint = cache.endpoint
    url = redis_url(host or endpoint.host, key=endpoint.key, port=endpoint.port, **options)
    with redis.Redis.from_url(url, socket_timeout=PATIENCE_SECONDS) as client:
        return client.ping()


@pytest.fixture
def elsewhere(cache: CacheServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the name that is in no certificate lead to our cache."""
    resolve = socket.getaddrinfo

    def lead(host: Any, *args: Any, **options: Any) -> Any:
        return resolve(cache.endpoint.host if host == ELSEWHERE else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lead)


def test_the_cache_with_its_own_authority(cache: CacheServer, stranger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", cache.ca_cert)
    assert _ask_cache(cache) is True
    monkeypatch.setenv("SSL_CERT_FILE", stranger)
    assert _ask_cache(cache, ca_cert=cache.ca_cert) is True


@pytest.mark.usefixtures("elsewhere")
def test_no_other_cache(cache: CacheServer, stranger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(redis.ConnectionError, match=r"(?i)hostname mismatch"):
        _ask_cache(cache, ELSEWHERE, ca_cert=cache.ca_cert)
    monkeypatch.setenv("SSL_CERT_FILE", stranger)
    for options in ({}, {"ca_cert": stranger}):
        with pytest.raises(redis.ConnectionError, match="certificate verify failed"):
            _ask_cache(cache, **options)


@pytest.mark.usefixtures("elsewhere")
def test_any_cache_once_that_is_allowed(cache: CacheServer) -> None:
    assert _ask_cache(cache, ELSEWHERE, ssl_cert_reqs="none") is True
