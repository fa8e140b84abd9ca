# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copying the keys of one cache with their remaining lifetimes into another, batch by batch. Private.

DUMP and RESTORE carry any type of key as it is, also to a newer Redis. Memory is bounded by a batch.
"""

from __future__ import annotations

import collections
import contextlib
import random
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import (
    _connection,
    _copy_follow,
    _copy_record,
    _key_comparison,
    _scan,
    _target,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._connection import (
    Endpoint,
    connect,
    errors,
    members,
)

REPLACE, KEEP, MIRROR, FOLLOW = "replace", "keep", "mirror", "follow"


def _problems(params: Params) -> t.Iterator[str]:
    if params["existing"] in (MIRROR, FOLLOW) and params["pattern"] is not None:
        yield f"pattern: existing {params['existing']} is about all keys"
    yield from _scan.problems(params)
    if params["compare"] < 0:
        yield f"compare: {params['compare']} is negative"
    if (params["name"], params["service"]) == (params["destination_name"], params["destination_service"]):
        yield "destination_name: it is the cache to copy from"


SPEC = _target.SPEC.merge(
    ArgumentSpec(
        options={
            "destination_name": {"type": "str", "required": True},
            "destination_service": {"type": "str", "default": "managed", "choices": list(_target.SERVICES)},
            "existing": {"type": "str", "default": "replace", "choices": [REPLACE, KEEP, MIRROR, FOLLOW]},
            "pattern": {"type": "str"},
            "batch_size": {"type": "int", "default": 500},
            "compare": {"type": "int", "default": 100},
            "assume_empty": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 3600},
        },
        checks=(_common_specs.positive_timeout, _problems),
    )
)


def copy(ctx: Context) -> dict[str, t.Any]:
    """Copy the keys and compare some of them.

    :returns: C(changed), C(impact), C(diff), and what was counted as C(redis_copy).
    :raises OperationsError: before anything is written if the destination cannot take them; C(NotConfirmed) if a key
        that nobody has changed differs in the end.
    """
    params = ctx.params
    source = _target.find(ctx, params["service"])
    here = source.endpoint()
    sizes = {number: size for number, size in _connection.sizes(here).items() if size}
    deadline = time.monotonic() + ctx.timeout
    if ctx.assumes_empty():
        _require_databases(f"{params['destination_service']} Redis {params['destination_name']}", params, sizes)
        ctx.warn(f"Not known before: whether {params['destination_name']}, once it is there, has room for the keys")
        counts = collections.Counter(keys=_count(here, sizes, params, deadline))
        return _result(counts, counts["keys"], 0.0)
    destination = _target.find(ctx, params["destination_service"], params["destination_name"])
    there = destination.endpoint()
    _require_databases(destination.what, params, sizes)
    _require_room(destination.what, here, there)
    if ctx.check_mode:
        counts = collections.Counter(keys=_count(here, sizes, params, deadline))
        return _result(counts, counts["keys"], 0.0)
    began = time.monotonic()
    counts, sample = collections.Counter[str](), list[tuple[int, bytes]]()
    with _record(ctx, here, there) as record:
        if params["existing"] == MIRROR:
            _copy_follow.empty(there, _connection.sizes(there))
        for number in sizes:
            _copy_database(ctx, here, there, number, deadline, counts, sample, record)
        if params["existing"] == FOLLOW and record:
            _delete(ctx, here, there, record, counts, deadline)
            sample.clear()  # clients have both: what differs now may be theirs
    seconds = time.monotonic() - began
    counts.update(_key_comparison.compare(here, there, sample))
    if counts["differing"]:
        raise OperationsError(
            f"{counts['differing']} of {counts['compared']} compared keys differ between {here} and {there}",
            code="NotConfirmed",
            remedy="Look whether clients write to the destination already, then run again.",
        )
    return _result(counts, counts["copied"], seconds)


@contextlib.contextmanager
def _record(ctx: Context, here: Endpoint, there: Endpoint) -> t.Iterator[_copy_record.Record | None]:
    """Begin or take up the record of the run, if what is done needs one."""
    existing = ctx.params["existing"]
    if existing not in (MIRROR, FOLLOW):
        yield None
        return
    path = ctx.run_file(f"copy of {here} to {there}")
    if existing == MIRROR and path:
        with _copy_record.new(path, _copy_follow.state(here)) as record:
            yield record
    elif existing == FOLLOW and path and path.exists():
        with _copy_record.existing(path) as record:
            yield record
    else:
        raise OperationsError(
            f"What the first copy of {here} to {there} had is not known"
            if existing == FOLLOW
            else "A copy that another one is to follow needs the private folder of a run on the controller",
            code="CopyNotKnown",
            remedy="Copy with existing mirror before, in the same run and on the controller.",
        )


def _delete(
    ctx: Context,
    here: Endpoint,
    there: Endpoint,
    record: _copy_record.Record,
    counts: collections.Counter[str],
    deadline: float,
) -> None:
    if _copy_follow.state(here) != record.source:
        ctx.warn(f"Redis at {here} has restarted or run out of memory: keys deleted there since the copy are not told")
        return
    for number in _connection.sizes(there):
        counts["deleted"] += _copy_follow.delete(here, there, number, record, ctx.params["batch_size"], deadline)


def _require_databases(what: str, params: Params, sizes: dict[int, int]) -> None:
    others = [number for number in sizes if number]
    if others and params["destination_service"] == "managed":
        raise OperationsError(
            f"{what} has database 0 only, and there are keys in {', '.join(map(str, others))} too",
            code="DatabasesNotSupported",
            remedy="Move them to database 0, or delete them.",
        )


def _require_room(what: str, here: Endpoint, there: Endpoint) -> None:
    with connect(here) as client:
        needed = _memory(client, "used_memory_dataset")
    with connect(there) as client:
        limit = _memory(client, "maxmemory")
    if limit and needed > limit:
        raise OperationsError(
            f"{what} holds {limit // 2**20} MB, and the keys take {needed // 2**20} MB",
            code="DestinationTooSmall",
            remedy="Choose a larger size.",
        )


def _memory(client: t.Any, field: str) -> int:
    """Return what all members together say, in bytes."""
    return sum(int(client.info("memory", **member).get(field, 0)) for member in members(client))


def _count(here: Endpoint, sizes: dict[int, int], params: Params, deadline: float) -> int:
    if params["pattern"] is None:
        return sum(sizes.values())
    found = 0
    for number in sizes:
        with connect(here, database=number, text=False) as reader:
            batches = _scan.batches(reader, here, params["pattern"], params["batch_size"], deadline)
            found += len({key for keys in batches for key in keys})
    return found


def _copy_database(
    ctx: Context,
    here: Endpoint,
    there: Endpoint,
    number: int,
    deadline: float,
    counts: collections.Counter[str],
    sample: list[tuple[int, bytes]],
    record: _copy_record.Record | None,
) -> None:
    """Copy one database; count what happens, and leave a fair choice of what was copied in C(sample)."""
    params = ctx.params
    with (
        connect(here, database=number, text=False) as reader,
        connect(there, database=number, text=False) as writer,
    ):
        for keys in _scan.batches(reader, here, params["pattern"], params["batch_size"], deadline):
            with errors(here):
                values = _read(reader, keys)
            alive = [value for value in values if value[2] is not None]
            counts["expired"] += len(values) - len(alive)
            with errors(there):
                if record is None:
                    written = _write(writer, alive, replace=params["existing"] == REPLACE)
                else:
                    act = _copy_follow.write if params["existing"] == MIRROR else _copy_follow.update
                    written = act(writer, alive, record, number)
            for (key, _lifetime, content), is_new in zip(alive, written, strict=True):
                counts["copied" if is_new else "kept"] += 1
                if not is_new:
                    continue
                counts["bytes"] += len(content or b"")
                place = len(sample) if len(sample) < params["compare"] else random.randrange(counts["copied"])
                if place < params["compare"]:
                    sample[place : place + 1] = [(number, key)]
            counts["keys"] += len(values)
            ctx.report(f"Redis at {here}: {counts['keys']} keys")


def _read(reader: t.Any, keys: list[bytes]) -> list[tuple[bytes, int, bytes | None]]:
    """Return each key with its remaining lifetime in milliseconds, 0 for ever, and its content, None if it is gone."""
    pipeline = reader.pipeline(transaction=False)
    for key in keys:
        pipeline.pttl(key)
        pipeline.dump(key)
    answers = pipeline.execute()
    return [
        # A lifetime of 0 would be one without end: such a key is as good as gone.
        (key, max(lifetime, 0), None if lifetime in (0, -2) else content)
        for key, lifetime, content in zip(keys, answers[::2], answers[1::2], strict=True)
    ]


def _write(writer: t.Any, values: list[tuple[bytes, int, bytes | None]], *, replace: bool) -> list[bool]:
    """Write the keys; return for each whether it was, or else is there already."""
    pipeline = writer.pipeline(transaction=False)
    for key, lifetime, content in values:
        pipeline.restore(key, lifetime, content, replace=replace)
    answers = pipeline.execute(raise_on_error=False)
    for answer in answers:
        if isinstance(answer, Exception) and not str(answer).startswith("BUSYKEY"):
            raise answer
    return [not isinstance(answer, Exception) for answer in answers]


def _result(counts: collections.Counter[str], copied: int, seconds: float) -> dict[str, t.Any]:
    after = {"copied": f"{copied} keys"} if copied else {}
    if counts["deleted"]:
        after["deleted"] = f"{counts['deleted']} keys"
    names = ("keys", "copied", "kept", "deleted", "expired", "compared", "differing", "changed_meanwhile", "bytes")
    rate = round(counts["keys"] / seconds) if seconds else None
    return {
        "changed": bool(after),
        "impact": "none",
        "diff": {"before": {}, "after": after},
        "redis_copy": {
            **{name: counts[name] for name in names},
            "seconds": round(seconds, 2),
            "keys_per_second": rate,
        },
    }
