# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cache tells a client about itself. Private to this collection.

Azure has no CONFIG; INFO and SLOWLOG tell enough. A service may leave fields out, and refuse a command: that is V(null)
and no failure.
"""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _connection, _slow_log
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._connection import Endpoint, members

Info = t.Mapping[str, t.Any]

_T = t.TypeVar("_T")

_COUNTED = frozenset(
    {
        "connected_slaves",
        "connected_clients",
        "blocked_clients",
        "used_memory",
        "maxmemory",
        "keyspace_hits",
        "keyspace_misses",
        "evicted_keys",
        "expired_keys",
        "instantaneous_ops_per_sec",
    }
)


def read(endpoint: Endpoint, slowest: int) -> dict[str, t.Any]:
    """Connect and ask.

    :param slowest: how many entries of the slow log to return, the newest first.
    :returns: what C(summarise) does, and C(slow_log).
    :raises OperationsError: when the cache cannot be reached.
    """
    with _connection.connect(endpoint) as client:
        found = summarise(info(client, endpoint))
        logs = [unless_refused(endpoint, _slow_log_of(client, member, slowest)) for member in members(client)]
    entries = [_slow_log.entry(one) for log in logs for one in log or []]
    if len(logs) > 1:
        entries.sort(key=lambda entry: str(entry["at"]), reverse=True)
    return {**found, "slow_log": None if None in logs else entries[:slowest]}


def _slow_log_of(client: t.Any, member: dict[str, t.Any], slowest: int) -> t.Callable[[], t.Any]:
    # Under this name the library leaves the words of a command apart.
    return lambda: client.execute_command("SLOWLOG", "GET", slowest, **member)


def info(client: t.Any, endpoint: Endpoint) -> Info:
    """Return the answer to INFO, of all members together; of no fields if the cache refuses the command."""
    return together(
        [unless_refused(endpoint, functools.partial(client.info, **member)) or {} for member in members(client)]
    )


def together(answers: t.Sequence[Info]) -> Info:
    """Return what the members of a cluster say, as if it was one: sums of what each counts for itself.

    The time since the start is that of the member that was started last; the rest is as the first one says.
    """
    first, *others = answers
    found = dict(first)
    for answer in others:
        for name, value in answer.items():
            if name in _COUNTED:
                found[name] = found.get(name, 0) + value
            elif name[:2] == "db" and name[2:].isdigit():
                found[name] = {"keys": int((found.get(name) or {"keys": 0})["keys"]) + int(value["keys"])}
        if "uptime_in_seconds" in found and "uptime_in_seconds" in answer:
            found["uptime_in_seconds"] = min(found["uptime_in_seconds"], answer["uptime_in_seconds"])
    return found


def unless_refused(endpoint: Endpoint, ask: t.Callable[[], _T]) -> _T | None:
    """Ask a cache; return its answer, or None if it does not let us ask that."""
    try:
        return ask()
    except _connection.failures() as exc:
        if _connection.explain(exc, endpoint).code != "CommandRefused":
            raise
        return None


def version(found: Info) -> str | None:
    """Return the version of Redis in an answer to INFO."""
    return str(found["redis_version"]) if "redis_version" in found else None


def summarise(found: Info) -> dict[str, t.Any]:
    """Return what matters of an answer to INFO, None where it does not say.

    :returns: memory in bytes and percent, times in seconds, C(hit_rate) from 0 to 1.
    """
    databases = {name[2:]: int(one["keys"]) for name, one in found.items() if name[:2] == "db" and name[2:].isdigit()}
    hits, misses = found.get("keyspace_hits"), found.get("keyspace_misses")
    asked = (hits or 0) + (misses or 0)
    return {
        "uptime_seconds": found.get("uptime_in_seconds"),
        "redis_version": version(found),
        "role": found.get("role"),
        "replicas": found.get("connected_slaves"),
        "clients": found.get("connected_clients"),
        "blocked_clients": found.get("blocked_clients"),
        "memory": _memory(found),
        "keys": sum(databases.values()) if found else None,
        "keys_by_database": databases if found else None,
        "hits": hits,
        "misses": misses,
        "hit_rate": round((hits or 0) / asked, 4) if asked else None,
        "evicted": found.get("evicted_keys"),
        "expired": found.get("expired_keys"),
        "ops_per_second": found.get("instantaneous_ops_per_sec"),
    }


def _memory(found: Info) -> dict[str, t.Any]:
    used, limit = found.get("used_memory"), found.get("maxmemory") or None
    return {
        "used_bytes": used,
        "max_bytes": limit,
        "used_percent": round(100 * used / limit, 1) if used is not None and limit else None,
        "fragmentation_ratio": found.get("mem_fragmentation_ratio"),
        "policy": found.get("maxmemory_policy"),
    }
