# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deleting the keys of a cache, all of them or those that match a pattern, and counting what is left. Private.

All keys are deleted by the service itself, or through a client. A pattern needs a client: SCAN finds keys and UNLINK
takes them away in batches, so that other clients wait for no more than a batch.
"""

from __future__ import annotations

import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import finish, patiently
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import (
    _connection,
    _pattern,
    _scan,
    _target,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._connection import Endpoint

_TYPICAL = 60


def _problems(params: Params) -> t.Iterator[str]:
    yield from _scan.problems(params)
    if params["database"] is not None and params["database"] < 0:
        yield f"database: {params['database']} is negative"
    if params["method"] == "service":
        yield from (
            f"{option}: the service deletes everything; set method to client"
            for option in ("pattern", "database")
            if params[option] is not None
        )


SPEC = _target.SPEC.merge(
    ArgumentSpec(
        options={
            "method": {"type": "str", "default": "service", "choices": ["service", "client"]},
            "pattern": {"type": "str"},
            "database": {"type": "int"},
            "batch_size": {"type": "int", "default": 500},
            "force": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 900},
        },
        checks=(_common_specs.positive_timeout, _problems),
    )
)


def flush(ctx: Context) -> dict[str, t.Any]:
    """Delete keys and count what is left.

    :returns: C(changed), C(impact), C(diff), and the counts as C(redis_flush).
    :raises OperationsError: before anything is deleted if that is not allowed; C(NotConfirmed) if keys are left.
    """
    params = ctx.params
    target = _target.find(ctx, params["service"])
    if _pattern.is_broad(params["pattern"]) and not params["force"]:
        nearly = f"nearly every key of {_scope(params)}, by the pattern {params['pattern']}"
        raise OperationsError(
            f"{target.what} would lose {nearly if params['pattern'] else f'every key of {_scope(params)}'}",
            code="ForceRequired",
            remedy="Set force to true to delete them all, or pattern (and method to client) to what some of them are"
            " called.",
        )
    endpoint = target.endpoint()
    deadline = time.monotonic() + ctx.timeout
    before = _connection.sizes(endpoint, params["database"])
    found = sum(before.values())
    if params["pattern"] is not None and (ctx.check_mode or not found):
        found = sum(_each_batch(endpoint, before, params, deadline, unlink=False))
    result = {"changed": found > 0, "impact": "data_loss" if found else "none", "diff": _diff(params, found)}
    if ctx.check_mode or not found:
        return {**result, "redis_flush": _counts(found, before, before, 0.0)}
    began = time.monotonic()
    if params["method"] == "service":

        def done() -> bool:
            # Where keys are left, or are there again, flushing once more is what was asked for.
            target.settled(deadline)
            return sum(_connection.sizes(endpoint, None).values()) == 0

        answer = patiently(ctx, target.what, deadline, target.flush, done)
        if answer is not None:
            finish(ctx, answer, target.what, _TYPICAL, deadline)
    elif params["pattern"] is None:
        _flush_databases(endpoint, before)
    else:
        found = sum(_each_batch(endpoint, before, params, deadline, unlink=True))
        result |= {"changed": found > 0, "impact": "data_loss" if found else "none", "diff": _diff(params, found)}
    seconds = time.monotonic() - began
    after = _connection.sizes(endpoint, params["database"])
    if params["pattern"] is None and sum(after.values()) >= found:
        raise OperationsError(
            f"{target.what} had {found} keys and has {sum(after.values())} after it was flushed",
            code="NotConfirmed",
            remedy="Look whether clients write that much, then run again.",
        )
    return {**result, "redis_flush": _counts(found, before, after, seconds)}


def _scope(params: Params) -> str:
    return "all databases" if params["database"] is None else f"database {params['database']}"


def _diff(params: Params, found: int) -> dict[str, t.Any]:
    keys = f"{found} keys of {_scope(params)}" + (f" like {params['pattern']}" if params["pattern"] else "")
    return {"before": {"keys": keys}, "after": {}} if found else {"before": {}, "after": {}}


def _counts(found: int, before: dict[int, int], after: dict[int, int], seconds: float) -> dict[str, t.Any]:
    return {
        "keys_deleted": found,
        "keys_before": sum(before.values()),
        "keys": sum(after.values()),
        "seconds": round(seconds, 2),
    }


def _flush_databases(endpoint: Endpoint, databases: t.Iterable[int]) -> None:
    for number in databases:
        with _connection.connect(endpoint, database=number) as client:
            for member in _connection.members(client):
                client.flushdb(asynchronous=True, **member)


def _each_batch(
    endpoint: Endpoint, databases: t.Iterable[int], params: Params, deadline: float, *, unlink: bool
) -> t.Iterator[int]:
    """Go through all keys that match; yield how many a batch had, or how many of it were deleted.

    SCAN may return a key twice: only what UNLINK says it took away is counted, and without it every key is, once.
    """
    for number in databases:
        seen: set[str] = set()
        with _connection.connect(endpoint, database=number) as client:
            for keys in _scan.batches(client, endpoint, params["pattern"], params["batch_size"], deadline):
                if unlink:
                    yield int(client.unlink(*keys))
                else:
                    yield len(set(keys) - seen)
                    seen.update(keys)
