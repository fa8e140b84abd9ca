"""The administrator's role and the databases of a server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azure_simulator.postgresql.configuration import ADMINISTRATORS

if TYPE_CHECKING:
    from psycopg import AsyncConnection

# What Azure's databases have if nothing else is asked for. A machine may not know this locale.
DEFAULT_CHARSET, DEFAULT_COLLATION = "UTF8", "en_US.utf8"


@dataclass(frozen=True)
class Database:
    """A database; `charset` and `collation` as PostgreSQL names them."""

    name: str
    charset: str
    collation: str
    owner: str


async def create_administrator(connection: AsyncConnection[Any], login: str, password: str) -> None:
    """Make the administrator's role, with the rights Azure gives it: no superuser's."""
    from psycopg import sql

    role = sql.Identifier(login)
    await connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE").format(role))
    group = sql.SQL("GRANT {} TO {} WITH ADMIN OPTION").format(sql.Identifier(ADMINISTRATORS), role)
    await connection.execute(group)
    await set_password(connection, login, password)


async def set_password(connection: AsyncConnection[Any], login: str, password: str) -> None:
    """Give a role a new password; the server only ever sees what SCRAM-SHA-256 makes of it."""
    from psycopg import sql

    verifier = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(login), sql.Literal(verifier))
    await connection.execute(statement)


async def create(connection: AsyncConnection[Any], name: str, charset: str, collation: str) -> None:
    """Make a database, owned by the administrators.

    A machine that lacks the locale of Azure's default collation gets the template's instead, which sorts by code
    point; any other locale it lacks is refused, with everything else PostgreSQL refuses, as Refused.
    """
    from psycopg import sql

    statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING {}").format(
        sql.Identifier(name), sql.Identifier(ADMINISTRATORS), sql.Literal(charset)
    )
    if collation != DEFAULT_COLLATION or await _has_locale(connection):
        statement += sql.SQL(" LOCALE {}").format(sql.Literal(collation))
    elif charset.upper() not in ("UTF8", "UTF-8"):
        statement += sql.SQL(" LOCALE 'C'")
    await connection.execute(statement)


async def drop(connection: AsyncConnection[Any], name: str) -> None:
    """Remove a database and cut whoever uses it. Refused when there is none."""
    from psycopg import sql

    await connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


async def read(connection: AsyncConnection[Any]) -> list[Database]:
    """All databases that can be connected to; the template's collation goes by the name of Azure's default."""
    answer = await connection.execute(
        b"SELECT datname, pg_encoding_to_char(encoding), datcollate, pg_get_userbyid(datdba),"
        b" datcollate = (SELECT datcollate FROM pg_database WHERE datname = 'template1')"
        b" FROM pg_database WHERE NOT datistemplate ORDER BY datname"
    )
    return [
        Database(name, charset, DEFAULT_COLLATION if default else collation, owner)
        for name, charset, collation, owner, default in await answer.fetchall()
    ]


async def _has_locale(connection: AsyncConnection[Any]) -> bool:
    """Whether the machine has Azure's default locale: then the template has it."""
    row = await (await connection.execute(b"SELECT datcollate FROM pg_database WHERE datname = 'template1'")).fetchone()
    return row is not None and row[0] == DEFAULT_COLLATION
