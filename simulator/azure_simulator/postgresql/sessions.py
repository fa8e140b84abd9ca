"""The simulator's own sessions on its servers: as superuser, through the server's socket."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azure_simulator.postgresql.configuration import SOCKET, SUPERUSER
from azure_simulator.postgresql.errors import Refused

if TYPE_CHECKING:
    from psycopg import AsyncConnection

_CONNECT_SECONDS = 10


@dataclass(frozen=True)
class Socket:
    """The socket of a server, held open by its folder: the path through a descriptor is short wherever the folder is.

    :ivar descriptor: of the folder, or None where the system has no such paths.
    """

    folder: Path
    descriptor: int | None

    @classmethod
    def of(cls, folder: Path) -> Socket:
        """The socket in this folder."""
        return cls(folder, os.open(folder, os.O_PATH | os.O_DIRECTORY) if sys.platform == "linux" else None)

    @property
    def host(self) -> str:
        """The folder, as clients take it for a host."""
        return str(self.folder) if self.descriptor is None else f"/proc/self/fd/{self.descriptor}"

    @property
    def path(self) -> str:
        return f"{self.host}/{SOCKET}"

    @property
    def inherited(self) -> tuple[int, ...]:
        """What a child process needs for `host` to mean the same."""
        return () if self.descriptor is None else (self.descriptor,)

    def close(self) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)


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
