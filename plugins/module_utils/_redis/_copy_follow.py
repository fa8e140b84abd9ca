# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copying what a first copy could not have, into a cache that clients have moved to meanwhile. Private.

From the first copy on, what its clients did to the source counts as long as nobody has touched the same key in the
destination; from then on the destination is right. So a key that the first copy had and the destination lacks was
deleted there, and stays so; whether a key is as it was copied is looked at and acted on in one step, by the server.
"""

from __future__ import annotations

import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _scan
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._connection import (
    Endpoint,
    connect,
    errors,
    members,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._copy_record import Copied, Record

Value = tuple[bytes, int, "bytes | None"]
"""A key, its remaining lifetime in milliseconds, 0 for ever, and its content, None if it is gone."""

# What a lifetime may be off by, in milliseconds, because of the time that asking takes.
_TOLERANCE_MS = 5000

_RESTORE = """
local done = redis.pcall('RESTORE', KEYS[1], ARGV[1], ARGV[2], 'REPLACE')
if done.err then return done end
return redis.sha1hex(redis.call('DUMP', KEYS[1]) or '')
"""
# What the key holds as a copy, its lifetime (-1 for ever), the tolerance; then lifetime and content to put there, or
# nothing to delete it.
_UNLESS_TOUCHED = """
local left, wanted = redis.call('PTTL', KEYS[1]), tonumber(ARGV[2])
if left == -2 or (left < 0) ~= (wanted < 0) or math.abs(left - wanted) > tonumber(ARGV[3]) then return 0 end
if redis.sha1hex(redis.call('DUMP', KEYS[1])) ~= ARGV[1] then return 0 end
if #ARGV > 3 then
  local done = redis.pcall('RESTORE', KEYS[1], ARGV[4], ARGV[5], 'REPLACE')
  if done.err then return done end
else
  redis.call('UNLINK', KEYS[1])
end
return 1
"""


def state(endpoint: Endpoint) -> str:
    """Return what changes when a cache loses keys that nobody has deleted: by a restart, by a full memory."""
    with connect(endpoint) as client:
        answers = [client.info("server", **one) | client.info("stats", **one) for one in members(client)]
    return " ".join(sorted(f"{one.get('run_id')}:{one.get('evicted_keys')}" for one in answers))


def empty(endpoint: Endpoint, databases: t.Iterable[int]) -> None:
    """Delete what an earlier copy has left in a cache that serves nobody yet: the source may not have it any more."""
    for number in databases:
        with connect(endpoint, database=number) as client:
            for member in members(client):
                client.flushdb(**member)


def write(writer: t.Any, values: list[Value], record: Record, database: int) -> list[bool]:
    """Write keys, and keep how they were written; return that all were."""
    now = _now()
    pipeline = writer.pipeline(transaction=False)
    for key, lifetime, content in values:
        pipeline.execute_command("EVAL", _RESTORE, 1, key, lifetime, content)
    digests = pipeline.execute()
    record.add(
        database,
        (
            (key, Copied(record.digest(content or b""), _text(digest), now + lifetime if lifetime else 0))
            for (key, lifetime, content), digest in zip(values, digests, strict=True)
        ),
    )
    return [True] * len(values)


def update(writer: t.Any, values: list[Value], record: Record, database: int) -> list[bool]:
    """Write what the first copy did not have, or not so; return for each key whether it was written.

    A key that is new is kept where the destination has one, and one that has changed where the destination does not
    have it any more as it was copied.
    """
    now, doing = _now(), []
    pipeline = writer.pipeline(transaction=False)
    for place, (key, lifetime, content) in enumerate(values):
        before = record.find(database, key)
        if before is None:
            pipeline.restore(key, lifetime, content)
        elif before.source == record.digest(content or b"") and _same(before.expires, lifetime, now):
            continue
        else:
            pipeline.execute_command(
                "EVAL", _UNLESS_TOUCHED, 1, key, *_as_copied(before, now), lifetime, content or b""
            )
        doing.append(place)
    written = [False] * len(values)
    for place, answer in zip(doing, pipeline.execute(raise_on_error=False) if doing else [], strict=True):
        if isinstance(answer, Exception) and not str(answer).startswith("BUSYKEY"):
            raise answer
        written[place] = not isinstance(answer, Exception) and answer != 0
    return written


def delete(here: Endpoint, there: Endpoint, number: int, record: Record, count: int, deadline: float) -> int:
    """Delete what the source does not have any more and nobody has touched in the destination; return how many keys."""
    deleted = 0
    with (
        connect(here, database=number, text=False) as reader,
        connect(there, database=number, text=False) as writer,
    ):
        for keys in _scan.batches(writer, there, None, count, deadline):
            copied = {key: before for key in keys if (before := record.find(number, key))}
            with errors(here):
                present = _each(reader, copied, lambda pipeline, key: pipeline.exists(key))
            gone = {key: before for (key, before), found in zip(copied.items(), present, strict=True) if not found}
            with errors(there):
                deleted += sum(_each(writer, gone, _unlink(gone)))
    return deleted


def _unlink(gone: dict[bytes, Copied]) -> t.Callable[[t.Any, bytes], object]:
    now = _now()
    return lambda pipeline, key: pipeline.execute_command("EVAL", _UNLESS_TOUCHED, 1, key, *_as_copied(gone[key], now))


def _each(client: t.Any, keys: t.Collection[bytes], ask: t.Callable[[t.Any, bytes], object]) -> list[t.Any]:
    pipeline = client.pipeline(transaction=False)
    for key in keys:
        ask(pipeline, key)
    return list(pipeline.execute()) if keys else []


def _as_copied(before: Copied, now: int) -> tuple[str, int, int]:
    # What has expired is gone, and is not touched by being so; but then there is nothing to act on either.
    return before.destination, max(before.expires - now, 0) if before.expires else -1, _TOLERANCE_MS


def _same(expires: int, lifetime: int, now: int) -> bool:
    """Return whether a key is to live as long as when it was copied."""
    if not expires or not lifetime:
        return not expires and not lifetime
    return abs(expires - now - lifetime) <= _TOLERANCE_MS


def _now() -> int:
    return int(time.time() * 1000)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
