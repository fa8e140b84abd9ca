"""The simulator's own sessions on its servers: as superuser, through the server's socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from azure_simulator.core.sockets import Socket
from azure_simulator.postgresql.configuration import SUPERUSER
from azure_simulator.postgresql.errors import Refused

if TYPE_CHECKING:
    from psycopg import AsyncConnection

_CONNECT_SECONDS = 10


@asynccontextmanager
async def session(socket: Socket, secret: str, database: str = "postgres") -> AsyncIterator[AsyncConnection[Any]]:
    """A session in which every statement commits; what PostgreSQL refuses is raised as Refused."""
    # Imported when needed: it takes longer than everything else the simulator imports.
    import psycopg

    try:
        connection = await psycopg.AsyncConnection.connect(
            host=socket.host,
            port=5432,
            user=SUPERUSER,
            password=secret,
            dbname=database,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            application_name="azure-simulator",
            # Whatever the customer has set for everybody.
            options="-c statement_timeout=0 -c lock_timeout=0 -c synchronous_commit=local -c search_path=pg_catalog",
        )
        async with connection:
            yield connection
    except psycopg.Error as error:
        message = error.diag.message_primary or str(error).strip().splitlines()[-1]
        raise Refused(message, error.sqlstate) from error
