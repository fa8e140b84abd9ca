# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a cache for a key again and again, and judging how fast it answers. Private to this collection."""

from __future__ import annotations

import secrets
import statistics
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _checks
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _connection, _statistics, _target
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._target import Target

PREFIX = "codexdominion:check:"

_VALUE = "codexdominion"
_MOST = 10000
# What an interrupted check leaves is gone after this and a second for each query.
_EXPIRES = 60


def _problems(params: Params) -> t.Iterator[str]:
    if params["queries"] not in range(1, _MOST + 1):
        yield f"queries: {params['queries']} is not a number from 1 to {_MOST}"
    if params["max_average_ms"] <= 0:
        yield f"max_average_ms: {params['max_average_ms']:g} is not positive"


SPEC = _target.SPEC.merge(
    ArgumentSpec(
        options={
            "queries": {"type": "int", "default": 50},
            "max_average_ms": {"type": "float", "default": 10},
            **_checks.TARGETS,
            "fail": {"type": "bool", "default": True},
        },
        checks=(_problems,),
    )
)


def check(ctx: Context) -> dict[str, t.Any]:
    """Ask and judge.

    :returns: C(ok), C(checks), and what was found as C(redis_check), None if the cache does not answer.
    :raises OperationsError: when there is no such cache, or an expectation is not met and C(fail) is set.
    """
    with ctx.session.kept():
        target = _target.find(ctx, ctx.params["service"])
    remedy, found = "", None
    try:
        found, checks = _ask(ctx, target)
    except OperationsError as error:
        remedy = error.remedy
        checks = [_checks.row("answer", "yes", error.message, ok=False)]
    if ctx.params["service"] == "classic":
        checks.append(_plain_port(target.body))
    ok = all(one["ok"] for one in checks)
    if not ok and ctx.params["fail"]:
        raise OperationsError(
            f"{target.what}: {_checks.summary(checks)}",
            code="CheckFailed",
            remedy=remedy,
            details={"checks": checks, "redis_check": found},
        )
    return {"changed": False, "ok": ok, "checks": checks, "redis_check": found}


def _plain_port(cache: Body) -> _checks.Row:
    is_open = bool(cache["properties"].get("enableNonSslPort"))
    return _checks.row("port without TLS", "closed", "open" if is_open else "closed", ok=not is_open)


def _ask(ctx: Context, target: Target) -> tuple[dict[str, t.Any], list[_checks.Row]]:
    params, endpoint = ctx.params, target.endpoint()
    with _connection.connect(endpoint) as client:
        if ctx.check_mode:
            hits, milliseconds = None, [_timed(client.ping)[1] for _number in range(params["queries"])]
        else:
            hits, milliseconds = _get(client, params["queries"])
        version = _statistics.version(_statistics.info(client, endpoint))
    average, p95 = statistics.fmean(milliseconds), _checks.latency(milliseconds)["p95"]
    latency = _checks.at_most("average", params["max_average_ms"], average, params["targets"])
    latency["found"] += f", p95 {p95} ms" + (" (of PING, as check mode writes no key)" if ctx.check_mode else "")
    checks = [_checks.row("answer", "yes", "yes", ok=True), latency]
    if hits is not None:
        wanted = len(milliseconds)
        checks.append(_checks.row("hits", f"{wanted} of {wanted}", f"{hits} of {wanted}", ok=hits == wanted))
    found = {
        "average_ms": round(average, 1),
        "p95_ms": p95,
        "queries": len(milliseconds),
        "redis_version": version,
    }
    return found, checks


def _get(client: t.Any, queries: int) -> tuple[int, list[float]]:
    """Write a key and get it so many times; return how often it was there, and how many milliseconds each took."""
    key = PREFIX + secrets.token_hex(8)
    try:
        client.set(key, _VALUE, ex=_EXPIRES + queries)
        answers = [_timed(lambda: client.get(key)) for _number in range(queries)]
    finally:
        client.unlink(key)
    return sum(value == _VALUE for value, _milliseconds in answers), [milliseconds for _value, milliseconds in answers]


def _timed(ask: t.Callable[[], t.Any]) -> tuple[t.Any, float]:
    began = time.perf_counter()
    answer = ask()
    return answer, (time.perf_counter() - began) * 1000
