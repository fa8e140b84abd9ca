# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applying migration files to a database. Private to this collection.

Of the libraries looked at, none fits: yoyo-migrations and alembic keep no checksum of what was applied, pogo-migrate
needs asyncpg, sqlstep (0.1) writes to the database when asked what it would do.
"""

from __future__ import annotations

import contextlib
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _contents
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import (
    _connection as _postgresql_connection,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql._errors import explain
from ansible_collections.codexdominion.azure.plugins.module_utils._schema import (
    _history,
    _migration_files,
    _migration_plan,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._schema._migration_plan import Plan, plan
from ansible_collections.codexdominion.azure.plugins.module_utils._schema._statements import Statement

if t.TYPE_CHECKING:
    import psycopg

_PAUSE = 0.25


def _numbers(params: Params) -> t.Iterator[str]:
    for option in ("wait_timeout", "lock_timeout"):
        if params[option] < 0:
            yield f"{option}: {params[option]} is negative"
    if params["target"] is not None and params["target"] < 0:
        yield f"target: {params['target']} is negative"


SPEC = _postgresql_connection.SPEC.merge(
    ArgumentSpec(
        options={
            "directory": {"type": "path", "required": True},
            "table": {"type": "str", "default": "schema_migrations"},
            "target": {"type": "int"},
            "baseline": {"type": "str"},
            "wait_timeout": {"type": "int", "default": 60},
            "lock_timeout": {"type": "int", "default": 30},
            "assume_empty": {"type": "bool", "default": False},
        },
        rules={"table": _history.problem_with_table},
        checks=(_numbers,),
    )
)


def migrate(ctx: Context) -> dict[str, t.Any]:
    """Apply what is pending.

    :returns: C(applied), C(adopted), C(pending), C(current_version), C(empty), beside C(changed), C(impact) and
        C(diff).
    :raises OperationsError: with file, line, and SQLSTATE in its details when a statement fails.
    """
    params = ctx.params
    migrations = _migration_files.read(params["directory"])
    baseline = _migration_plan.baseline(migrations, params["baseline"])
    if ctx.assumes_empty():
        return _result(plan(migrations, [], params["target"]), [], empty=True)
    with contextlib.closing(_postgresql_connection.connect(params, autocommit=True)) as connection:
        import psycopg

        try:
            history = _history.History(connection, params["table"])
            empty = _contents.is_empty(connection)

            def look() -> Plan:
                records = history.read()
                # A table of ours says that files are applied from the first one on, also where none has succeeded yet.
                adopts = records is None and not empty
                return plan(migrations, records or [], params["target"], baseline if adopts else 0)

            todo = look()
            applied: list[dict[str, t.Any]] = []
            if (todo.apply or todo.adopt) and not ctx.check_mode:
                _await_turn(ctx, connection, str(history))
                todo = look()  # another run may have applied some of them while this one waited
                applied = _apply(ctx, connection, history, todo)
        except psycopg.Error as exc:
            raise explain(exc, params, f"Migrating {_postgresql_connection.label(params)}") from exc
    return _result(todo, applied, empty=empty, written=not ctx.check_mode)


def _result(todo: Plan, applied: list[dict[str, t.Any]], *, empty: bool, written: bool = False) -> dict[str, t.Any]:
    rows = [(migration, "taken as applied, not run") for migration in todo.adopt]
    rows += [(migration, str(migration)) for migration in todo.apply]
    changes = _plan.update(_plan.Change((migration.file,), None, how) for migration, how in rows)
    current = todo.adopt[-1].version if written and todo.adopt else todo.current
    return {
        "changed": changes.changed,
        "impact": str(changes.impact),
        "diff": changes.diff(),
        "applied": applied,
        "adopted": [_describe(migration) for migration in todo.adopt],
        "pending": [_describe(migration) for migration in [*todo.apply, *todo.later][len(applied) :]],
        "current_version": applied[-1]["version"] if applied else current,
        "empty": empty,
    }


def _describe(migration: _migration_files.Migration) -> dict[str, t.Any]:
    return {
        "version": migration.version,
        "name": migration.name,
        "file": migration.file,
        "sha256": migration.sha256,
        "transaction": migration.transaction,
    }


def _await_turn(ctx: Context, connection: psycopg.Connection[t.Any], table: str) -> None:
    """Take the lock that one run at a time holds until its connection ends.

    Asked for again and again instead of waited for: a session that waits inside a statement keeps its snapshot, and
    CREATE INDEX CONCURRENTLY of the run that holds the lock waits for every older snapshot.
    """
    deadline = time.monotonic() + ctx.params["wait_timeout"]
    query = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
    while not connection.execute(query, (f"codexdominion.azure {table}",)).fetchone()[0]:  # type: ignore[index]
        if time.monotonic() + _PAUSE > deadline:
            raise OperationsError(
                f"Another run is migrating {_postgresql_connection.label(ctx.params)}"
                f" and has not ended within {ctx.params['wait_timeout']} s",
                code="MigrationRunning",
                remedy="Run again when it has ended, or set wait_timeout higher.",
            )
        ctx.report(f"{_postgresql_connection.label(ctx.params)}: waiting for another run that migrates it")
        time.sleep(_PAUSE)


def _apply(
    ctx: Context, connection: psycopg.Connection[t.Any], history: _history.History, todo: Plan
) -> list[dict[str, t.Any]]:
    applied: list[dict[str, t.Any]] = []
    if todo.apply or todo.adopt:
        with connection.transaction():
            history.create()
            for migration in todo.adopt:
                history.add(migration, 0, ", taken as applied")
    for migration in todo.apply:
        ctx.report(f"{migration.file}: {migration}")
        began = time.monotonic()
        try:
            with connection.transaction() if migration.transaction else contextlib.nullcontext():
                _run(ctx, connection, migration)
                history.add(migration, time.monotonic() - began)
        except OperationsError as error:
            error.details["applied"] = applied
            raise
        applied.append({**_describe(migration), "seconds": round(time.monotonic() - began, 3)})
    return applied


def _run(ctx: Context, connection: psycopg.Connection[t.Any], migration: _migration_files.Migration) -> None:
    import psycopg

    # Index builds without a transaction wait for whole transactions of others by design, so there is no limit for them.
    seconds = ctx.params["lock_timeout"] if migration.transaction else 0
    connection.execute(
        "SELECT set_config('lock_timeout', %s, false), set_config('standard_conforming_strings', 'on', false),"
        " set_config('client_encoding', 'UTF8', false)",
        (f"{seconds}s",),
    )
    for number, statement in enumerate(migration.statements):
        try:
            connection.execute(statement.text.encode())
        except psycopg.Error as exc:
            raise _failure(ctx.params, migration, exc, number) from exc
    if migration.transaction:
        try:  # what is deferred to the end fails here, where the file is known
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except psycopg.Error as exc:
            raise _failure(ctx.params, migration, exc) from exc
    else:
        _refuse_invalid_indexes(connection, migration)
    # What a file sets for its session is not for the next one, nor for the record.
    connection.execute("RESET ROLE")
    connection.execute("RESET ALL")


def _failure(
    params: Params, migration: _migration_files.Migration, exc: psycopg.Error, number: int | None = None
) -> OperationsError:
    """Say what failed.

    :param number: of the statement, counted from 0; the end of the file when None.
    """
    line = None if number is None else _line(migration.statements[number], exc)
    cause = explain(exc, params, f"{migration.file}, {'its end' if line is None else f'line {line}'}")
    if migration.transaction:
        kept = "Nothing of this file is kept."
    else:
        kept = f"{number} of its {len(migration.statements)} statements are kept; all of them run again next time."
    return OperationsError(
        cause.message,
        code=cause.code if cause.code == "ConnectionLost" else "MigrationFailed",
        remedy=f"{kept} {cause.remedy or 'Correct the file and run again.'}",
        details={
            "file": migration.file,
            "line": line,
            "sqlstate": exc.sqlstate or "",
            "message": exc.diag.message_primary or "",
            "hint": exc.diag.message_hint or "",
        },
    )


def _line(statement: Statement, exc: psycopg.Error) -> int:
    """Return the line of the file an error is in: of its position where it has one, else of the statement."""
    position = int(exc.diag.statement_position or 1)
    return statement.line + statement.text.count("\n", 0, position - 1)


def _refuse_invalid_indexes(connection: psycopg.Connection[t.Any], migration: _migration_files.Migration) -> None:
    """An index build that was cut off leaves an index that IF NOT EXISTS takes for a good one."""
    rows = connection.execute(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE NOT i.indisvalid"
    )
    text = "\n".join(statement.text for statement in migration.statements)
    if invalid := sorted(name for (name,) in rows if name in text):
        raise OperationsError(
            f"{migration.file} leaves an invalid index: {', '.join(invalid)}",
            code="InvalidIndex",
            remedy="It is not recorded: begin the file with DROP INDEX CONCURRENTLY IF EXISTS and run again.",
            details={"file": migration.file, "indexes": invalid},
        )
