# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a database and judging its answers. Private to this collection."""

from __future__ import annotations

import contextlib
import statistics
import threading
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _checks
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _contents
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _connection

if t.TYPE_CHECKING:
    import psycopg

_PAUSE = 0.25
# Waiting helps where the server is on its way, and nowhere else.
_PASSING = frozenset({"ConnectionLost", "ConnectionRefused", "ConnectionTimeout", "HostNameNotFound", "ServerNotReady"})


def _numbers(params: Params) -> t.Iterator[str]:
    if params["queries"] < 1:
        yield f"queries: {params['queries']} is less than 1"
    if params["wait_timeout"] < 0:
        yield f"wait_timeout: {params['wait_timeout']} is negative"
    for option in ("max_average_ms", "max_p95_ms", "query_timeout", "count_timeout"):
        if params[option] is not None and params[option] <= 0:
            yield f"{option}: {params[option]:g} is not positive"


def _tables(params: Params) -> t.Iterator[str]:
    for table in params["tables"]:
        if not all(table.split(".")) or table.count(".") > 1:
            yield f"tables: {table!r} is not valid: a name, or a schema and a name with a period between them"


SPEC = _connection.SPEC.merge(
    ArgumentSpec(
        options={
            "queries": {"type": "int", "default": 10},
            "max_average_ms": {"type": "float"},
            "max_p95_ms": {"type": "float"},
            **_checks.TARGETS,
            "tables": {"type": "list", "elements": "str", "default": []},
            "row_counts": {"type": "bool", "default": False},
            "wait_timeout": {"type": "int", "default": 0},
            "query_timeout": {"type": "float", "default": 10},
            "count_timeout": {"type": "float"},
            "fail": {"type": "bool", "default": True},
        },
        checks=(_numbers, _tables),
    )
)


def check(ctx: Context) -> dict[str, t.Any]:
    """Ask and judge.

    :returns: C(ok), C(checks), C(latency), C(server_version), C(tls_version), and C(row_counts) with
        C(unlogged_tables) if asked for.
    :raises OperationsError: when an expectation is not met and C(fail) is set.
    """
    params = ctx.params
    remedy, found = "", dict[str, t.Any]()
    try:
        connection, milliseconds = _connect(ctx)
        with contextlib.closing(connection), _contents.errors(params, f"Asking {_place(params)}"):
            found, checks = _ask(params, connection)
            found["latency"]["connect"] = round(milliseconds, 1)
    except OperationsError as error:
        remedy = error.remedy
        checks = [_checks.row("answer", "yes", error.message, ok=False)]
    ok = all(one["ok"] for one in checks)
    if not ok and params["fail"]:
        raise OperationsError(
            f"{_place(params)}: {_checks.summary(checks)}",
            code="CheckFailed",
            remedy=remedy,
            details={"checks": checks, **found},
        )
    return {"changed": False, "ok": ok, "checks": checks, **found}


def _place(params: Params) -> str:
    return _connection.label(params)


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def _connect(ctx: Context) -> tuple[psycopg.Connection[t.Any], float]:
    """Return the first connection that succeeds, and how many milliseconds it took."""
    deadline = time.monotonic() + ctx.params["wait_timeout"]
    while True:
        began = time.perf_counter()
        try:
            return _connection.connect(ctx.params, autocommit=True), _since(began)
        except OperationsError as error:
            if error.code not in _PASSING or time.monotonic() + _PAUSE > deadline:
                raise
            ctx.report(f"{error.message}, waiting")
        time.sleep(_PAUSE)


def _ask(params: Params, connection: psycopg.Connection[t.Any]) -> tuple[dict[str, t.Any], list[_checks.Row]]:
    timeout = f"{params['query_timeout'] * 1000:.0f}ms"
    connection.execute(
        "SELECT set_config('default_transaction_read_only', 'on', false), set_config('statement_timeout', %s, false)",
        (timeout,),
    )
    milliseconds = []
    for _number in range(params["queries"]):
        began = time.perf_counter()
        connection.execute("SELECT 1").fetchone()
        milliseconds.append(_since(began))
    latency = {"average": round(statistics.fmean(milliseconds), 1), **_checks.latency(milliseconds)}
    checks = [_checks.row("answer", "yes", "yes", ok=True)]
    for check, limit, figure in (
        ("average", params["max_average_ms"], statistics.fmean(milliseconds)),
        ("p95", params["max_p95_ms"], latency["p95"]),
    ):
        if limit is not None:
            checks.append(_checks.at_most(check, limit, figure, params["targets"]))
    for table in params["tables"]:
        there = _exists(connection, table)
        checks.append(_checks.row(f"table {table}", "exists", "exists" if there else "missing", ok=there))
    found = {
        "latency": latency,
        "server_version": _contents.value(connection, "SHOW server_version"),
        "tls_version": _contents.value(connection, "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"),
    }
    if params["row_counts"]:
        counting = _contents.Counting(connection, params)
        counting.start()
        try:
            found["row_counts"] = counting.result(params["count_timeout"] or threading.TIMEOUT_MAX)
            found["unlogged_tables"] = _contents.unlogged(connection)
        finally:
            counting.cancel()
    return found, checks


def _exists(connection: psycopg.Connection[t.Any], table: str) -> bool:
    from psycopg import sql

    quoted = sql.Identifier(*table.split(".")).as_string(connection)
    return bool(_contents.value(connection, "SELECT to_regclass(%s) IS NOT NULL", quoted))
