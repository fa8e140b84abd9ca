# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that records which migrations a database has. Private to this collection."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _operator
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._schema._migration_files import Migration

if t.TYPE_CHECKING:
    import psycopg

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}(?:\.[a-z_][a-z0-9_]{0,62})?")


def problem_with_table(value: str) -> str | None:
    """Return what is wrong with the table's name, or None. It may have a schema before a period."""
    if _NAME.fullmatch(value):
        return None
    return f"{value!r} is not valid: lower-case letters, digits and underscores, at most one period between two names"


class Record(t.NamedTuple):
    """A migration that was applied."""

    version: int
    name: str
    sha256: str


class History:
    """The recorded migrations of the connected database.

    The table is named with its schema from the start, for a migration may change the search path.
    """

    def __init__(self, connection: psycopg.Connection[t.Any], table: str) -> None:
        """:raises OperationsError: when there is no schema to keep the table in."""
        from psycopg import sql

        self._connection = connection
        schema, _period, name = table.rpartition(".")
        if not schema:
            row = connection.execute("SELECT coalesce(current_schema(), '')").fetchone()
            schema = str(row[0]) if row else ""
        if not schema:
            raise OperationsError(
                "The search path of this role names no schema that exists",
                code="SchemaMissing",
                remedy="Set table to one with its schema, such as public.schema_migrations.",
            )
        self._names = (schema, name)
        self._table = sql.Identifier(schema, name)

    def __str__(self) -> str:
        return ".".join(self._names)

    def read(self) -> list[Record] | None:
        """Return what was applied, in its order; None where there is no table yet.

        :raises OperationsError: C(TableNotOurs) when something else bears its name.
        """
        from psycopg import errors, sql

        exists = self._connection.execute(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND c.relname = %s)",
            self._names,
        ).fetchone()
        if not (exists and exists[0]):
            return None
        query = sql.SQL("SELECT version, name, sha256 FROM {} ORDER BY version").format(self._table)
        try:
            return [Record(*row) for row in self._connection.execute(query)]
        except (errors.UndefinedColumn, errors.WrongObjectType) as exc:
            raise OperationsError(
                f"{self} is not a table of this module: {exc.diag.message_primary}",
                code="TableNotOurs",
                remedy="It belongs to another program, and stays: set table to another name.",
            ) from exc

    def create(self) -> None:
        """Create the table where it is missing."""
        from psycopg import sql

        self._connection.execute(
            sql.SQL(
                "CREATE TABLE IF NOT EXISTS {} ("
                " version integer PRIMARY KEY CHECK (version > 0),"
                " name text NOT NULL,"
                " sha256 text NOT NULL,"
                " applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),"
                " applied_by text NOT NULL,"
                " duration interval NOT NULL)"
            ).format(self._table)
        )

    def add(self, migration: Migration, seconds: float, how: str = "") -> None:
        """Record a migration, in the transaction that is open if there is one.

        :param seconds: how long it took.
        :param how: stands beside who it was that applied it.
        """
        from psycopg import sql

        self._connection.execute(
            sql.SQL(
                "INSERT INTO {} (version, name, sha256, applied_by, duration)"
                " VALUES (%s, %s, %s, %s, make_interval(secs => %s))"
            ).format(self._table),
            (
                migration.version,
                migration.name,
                migration.sha256,
                f"{_operator.user()}@{_operator.host()}{how}",
                round(seconds, 6),
            ),
        )
