# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connecting to a Redis cache, always over TLS with a verified certificate. Private.

Through redis-py, which is loaded only when a connection is made.
"""

from __future__ import annotations

import contextlib
import pathlib
import ssl
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import USER_AGENT, load
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params

SECONDS = 5.0
"""How long a cache may take to answer."""

AWAY = frozenset({"ConnectionLost", "ConnectionRefused", "ConnectionTimeout", "CacheNotReady", "CacheError"})
"""Codes of what a client sees of a cache that is on its way."""


class Endpoint(t.NamedTuple):
    """Where a cache is, and how to sign in.

    :param ca_cert: a PEM file with the authorities to trust; None for those of this machine.
    :param is_cluster: whether it is a cluster whose clients have to find the member with a key themselves.
    """

    host: str
    port: int
    key: str
    ca_cert: str | None = None
    is_cluster: bool = False

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def _ca_cert(value: str) -> str | None:
    return None if pathlib.Path(value).is_file() else f"there is no file {value}"


SPEC = ArgumentSpec(options={"ca_cert": {"type": "path"}}, rules={"ca_cert": _ca_cert})
"""How a cache is trusted: the fragment C(redis_connection)."""


@contextlib.contextmanager
def connect(endpoint: Endpoint, *, database: int = 0, seconds: float = SECONDS, text: bool = True) -> t.Iterator[t.Any]:
    """Connect to one database of a cache; the connection is closed at the end.

    No command is tried twice: who must know when a cache was away wants to see that it was.

    :param seconds: how long connecting, and every answer, may take.
    :param text: whether the client answers in text, or in bytes as the cache has them.
    :returns: a C(redis.Redis), or a C(redis.RedisCluster).
    :raises OperationsError: with cause and remedy, also for what goes wrong while the connection is used.
    """
    with errors(endpoint), contextlib.closing(_client(endpoint, database, seconds, text)) as client:
        client.ping()
        yield client


def _client(endpoint: Endpoint, database: int, seconds: float, text: bool) -> t.Any:
    if database and endpoint.is_cluster:
        raise OperationsError(
            f"Redis at {endpoint} is a cluster, which has database 0 only, and no {database}",
            code="DatabaseNotFound",
            remedy="Name no database.",
        )
    make = load("redis", "RedisCluster" if endpoint.is_cluster else "Redis")
    # Members tell each other's IP addresses, and the certificate has the name that all of them are reached by.
    here = {"address_remap": lambda address: (endpoint.host, address[1])} if endpoint.is_cluster else {"db": database}
    return make(
        **here,
        host=endpoint.host,
        port=endpoint.port,
        password=endpoint.key,
        ssl=True,
        ssl_cert_reqs="required",
        ssl_check_hostname=True,
        ssl_ca_certs=endpoint.ca_cert or ssl.get_default_verify_paths().cafile,
        ssl_ca_path=ssl.get_default_verify_paths().capath,
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
        retry=load("redis.retry", "Retry", distribution="redis")(load("redis.backoff", "NoBackoff")(), 0),
        client_name=USER_AGENT,
        decode_responses=text,
        encoding_errors="surrogateescape",
    )


def members(client: t.Any) -> list[dict[str, t.Any]]:
    """Return what a command is given to go to one member with keys of its own, for each; one of nothing elsewhere."""
    primaries = getattr(client, "get_primaries", None)
    return [{"target_nodes": node} for node in primaries()] if primaries else [{}]


@contextlib.contextmanager
def errors(endpoint: Endpoint) -> t.Iterator[None]:
    """Turn what redis-py raises inside into ours: needed where two caches are connected at a time.

    :raises OperationsError: with cause and remedy.
    """
    try:
        yield
    except failures() as exc:
        raise explain(exc, endpoint) from exc


def failures() -> tuple[type[Exception], ...]:
    """Return what redis-py raises: what goes wrong with a whole cluster is no C(RedisError)."""
    return (
        load("redis.exceptions", "RedisError", distribution="redis"),
        load("redis.exceptions", "RedisClusterException", distribution="redis"),
    )


def explain(exc: Exception, endpoint: Endpoint) -> OperationsError:
    """Turn an error of redis-py into ours; the access key is never in it."""
    text = " ".join(str(exc).replace(endpoint.key, "********").split())
    low = text.lower()
    code, remedy = next(((code, remedy) for word, code, remedy in _CASES if word in low), ("CacheError", ""))
    return OperationsError(f"Redis at {endpoint} failed: {text}", code=code, remedy=remedy)


_CASES = (
    ("hostname mismatch", "CertificateNameMismatch", "Connect by the name in the cache's certificate."),
    ("ip address mismatch", "CertificateNameMismatch", "Connect by the name in the cache's certificate."),
    ("certificate verify failed", "CertificateNotTrusted", "Set ca_cert to a PEM file with the cache's authority."),
    ("wrongpass", "AccessKeyWrong", "The access key is not valid any more: run again."),
    ("invalid username-password", "AccessKeyWrong", "The access key is not valid any more: run again."),
    ("noauth", "AccessKeyWrong", "Switch on authentication with access keys for this cache."),
    ("noperm", "CommandRefused", "The cache does not let this client run the command."),
    ("no permissions", "CommandRefused", "The cache does not let this client run the command."),
    ("unknown command", "CommandRefused", "The cache does not have the command."),
    ("db index is out of range", "DatabaseNotFound", "The cache has fewer databases: name another one."),
    ("dump payload version", "VersionTooOld", "The other cache runs a newer Redis: copy to one of that version."),
    ("command not allowed when used memory", "CacheFull", "Scale the cache up, or delete keys."),
    ("used memory", "CacheFull", "Choose a larger size, or an eviction policy that makes room."),
    ("moved ", "ClusterChanging", "The members of the cluster hand keys over: run again."),
    ("refused", "ConnectionRefused", "Check that the cache runs and that its port is right."),
    ("timed out", "ConnectionTimeout", "Check that this network and the cache's firewall let the connection through."),
    ("timeout", "ConnectionTimeout", "Check that this network and the cache's firewall let the connection through."),
    ("name or service not known", "HostNameNotFound", "Check DNS; a private cache resolves in its network only."),
    ("closed", "ConnectionLost", "Check that the cache's firewall admits this host, and whether the cache restarted."),
    ("reset", "ConnectionLost", "Check that the cache's firewall admits this host, and whether the cache restarted."),
    ("eof", "ConnectionLost", "Check that the cache's firewall admits this host, and whether the cache restarted."),
    ("loading", "CacheNotReady", "The cache starts: run again when it has."),
)


def sizes(endpoint: Endpoint, database: int | None = None) -> dict[int, int]:
    """Return how many keys each database holds, or only one of them; database 0 is there if all are empty.

    DBSIZE of a wrong number is an error, and not nothing.
    """
    if database is not None:
        with connect(endpoint, database=database) as client:
            return {database: sum(int(client.dbsize(**member)) for member in members(client))}
    if endpoint.is_cluster:
        return sizes(endpoint, 0)
    with connect(endpoint) as client:
        numbers = sorted(int(name.removeprefix("db")) for name in client.info("keyspace"))
    return {number: size for one in numbers or [0] for number, size in sizes(endpoint, one).items()}


def endpoint(params: Params, host: str, port: int, key: str, *, is_cluster: bool = False) -> Endpoint:
    """Return where a cache is, trusted as the options of C(SPEC) say."""
    return Endpoint(host, port, key, params["ca_cert"], is_cluster)
