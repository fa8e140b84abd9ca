# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in a database: its tables with their rows, its schema's version. Private."""

from __future__ import annotations

import contextlib
import datetime
import threading
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import load
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import Params
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _errors as _postgresql_errors

if t.TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[t.Any]

_SECONDS_TO_CANCEL = 10.0

# What ends a session or its work after a while, and the version of the server that has it first.
_LIMITS = {
    "statement_timeout": 0,
    "lock_timeout": 0,
    "idle_in_transaction_session_timeout": 0,
    "idle_session_timeout": 140000,
    "transaction_timeout": 170000,
}

# What pg_dump dumps rows of: tables and partitions that are neither temporary, nor an extension's, nor the system's.
_TABLES = """
SELECT format('%I.%I', n.nspname, c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
ORDER BY c.relpages DESC, 1
"""

_OBJECTS = """
SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
"""

_HAS_VERSIONS = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute a
               WHERE a.attrelid = to_regclass(%s) AND a.attname = 'version' AND NOT a.attisdropped)
"""


@contextlib.contextmanager
def errors(params: Params, doing: str) -> t.Iterator[None]:
    """Turn what psycopg raises into our error.

    :raises OperationsError: with the server's code in its details.
    """
    try:
        yield
    except load("psycopg", "Error") as exc:
        raise _postgresql_errors.explain(exc, params, doing) from exc


def value(connection: Connection, query: str, *arguments: t.Any) -> t.Any:
    """Return the single value of a query, None when there is no row."""
    # Without arguments nothing in a query is a placeholder: names of tables may hold a percent sign.
    row = connection.execute(t.cast("t.Any", query), arguments or None).fetchone()
    return row[0] if row else None


def be_patient(connection: Connection) -> None:
    """Lift what a server may have set to end long statements, transactions and idle sessions."""
    known = [name for name, since in _LIMITS.items() if connection.info.server_version >= since]
    connection.execute(t.cast("t.Any", "; ".join(f"SET {name} = 0" for name in known)))


def clock(connection: Connection) -> tuple[datetime.datetime, float]:
    """Return the server's time in UTC, and by how many seconds it is ahead of ours, give or take half the answer's."""
    asked = time.time()
    seconds = float(value(connection, "SELECT extract(epoch FROM clock_timestamp())"))
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment, round(seconds - (asked + time.time()) / 2, 3)


def rows(connection: Connection) -> dict[str, int]:
    """Return how many rows each table has, by its quoted name, in the order of the names."""
    connection.execute("SET row_security = off")  # rather an error than a part, as pg_dump does it
    tables = [row[0] for row in connection.execute(t.cast("t.Any", _TABLES))]
    return dict(sorted((table, value(connection, f"SELECT count(*) FROM ONLY {table}")) for table in tables))


def unlogged(connection: Connection) -> list[str]:
    """Return the quoted names of the tables that are in no log: a server that Azure restores has them empty."""
    found = connection.execute(t.cast("t.Any", _TABLES.replace("c.relpersistence <> 't'", "c.relpersistence = 'u'")))
    return sorted(row[0] for row in found)


def is_empty(connection: Connection) -> bool:
    """Return whether there is nothing in the database but what every new one has."""
    return not value(connection, _OBJECTS)


def schema_version(connection: Connection, table: str) -> str | None:
    """Return the newest migration in a table of migrations, or None where there is no such table or it is empty.

    :param table: its name, which may have a schema before a period.
    """
    quote = "SELECT string_agg(quote_ident(one), '.') FROM unnest(string_to_array(%s::text, '.')) one"
    quoted = t.cast("str", value(connection, quote, table))
    if not value(connection, _HAS_VERSIONS, quoted):
        return None
    # Numbers are compared as numbers even where they are stored as text.
    newest = f"SELECT version::text FROM {quoted} ORDER BY length(version::text) DESC, version::text DESC LIMIT 1"
    return t.cast("str | None", value(connection, newest))


def is_newer(one: str | None, other: str | None) -> bool:
    """Return whether a schema's version is newer than another."""
    return _order(one) > _order(other)


def _order(version: str | None) -> tuple[int, str]:
    return (len(version), version) if version is not None else (-1, "")


class Counting(threading.Thread):
    """Counts the rows that a connection's transaction sees, while something else goes on.

    Nothing else may use the connection until C(result) has returned or C(cancel) has.
    """

    def __init__(self, connection: Connection, params: Params) -> None:
        super().__init__(daemon=True)
        self._connection, self._params = connection, params
        self._rows: dict[str, int] | None = None
        self._error: OperationsError | None = None
        self._when_failed: t.Callable[[], None] = lambda: None

    def run(self) -> None:
        """Count; called by the thread."""
        try:
            with errors(self._params, "Counting the rows"):
                be_patient(self._connection)
                self._rows = rows(self._connection)
        except OperationsError as error:
            self._error = error
            self._when_failed()

    def watch(self, when_failed: t.Callable[[], None]) -> None:
        """Have something called as soon as the counting fails, if it has not yet."""
        self._when_failed = when_failed
        if self._error:
            when_failed()

    def check(self) -> None:
        """Raise what went wrong so far."""
        if self._error:
            raise self._error

    def result(self, timeout: float) -> dict[str, int]:
        """Wait for the end.

        :raises OperationsError: what went wrong; C(Timeout) when it takes longer than so many seconds.
        """
        self.join(timeout)
        self.check()
        if self._rows is None:
            self.cancel()
            raise OperationsError(
                "Counting the rows failed: it has not ended in time", code="Timeout", remedy="Set a longer timeout."
            )
        return self._rows

    def cancel(self) -> None:
        """Have the server stop counting; what it says about that is of no interest."""
        if self.is_alive():
            with contextlib.suppress(load("psycopg", "Error")):
                self._connection.cancel_safe(timeout=_SECONDS_TO_CANCEL)
            self.join(_SECONDS_TO_CANCEL)
