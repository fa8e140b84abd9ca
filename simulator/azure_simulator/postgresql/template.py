"""The data directory every server begins with: made once, copied for each, and the base all of them restore from."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azure_simulator.containers.logs import RingLog
from azure_simulator.core.files import write_private
from azure_simulator.core.sockets import Socket
from azure_simulator.postgresql import configuration
from azure_simulator.postgresql.binaries import Binaries
from azure_simulator.postgresql.errors import ServerFailed
from azure_simulator.postgresql.programs import run, start
from azure_simulator.postgresql.records import Base
from azure_simulator.postgresql.sessions import session

if TYPE_CHECKING:
    from psycopg import AsyncConnection

# Azure's default, then what every machine has.
_LOCALES = ("en_US.utf8", "C.UTF-8", "C")
# Small segments of the write-ahead log keep an empty server small.
_SEGMENT_MB = 4

# Granted where the server has them: the last two came with PostgreSQL 16.
_GRANTED = (
    "pg_monitor",
    "pg_signal_backend",
    "pg_checkpoint",
    "pg_create_subscription",
    "pg_use_reserved_connections",
)
_ROLES = f"""
CREATE ROLE {configuration.ADMINISTRATORS} NOLOGIN CREATEDB CREATEROLE;
ALTER DATABASE postgres OWNER TO {configuration.ADMINISTRATORS};
"""


class Template:
    """The template of one state directory and one version of PostgreSQL.

    :param folder: the folder of all servers.
    :param now: machine time.
    """

    def __init__(self, folder: Path, binaries: Binaries, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._binaries = binaries
        self._now = now
        self._lock = asyncio.Lock()

    async def base(self) -> Base:
        """Its data directory, as what a new server is copied from and restored from; made on first use."""
        async with self._lock:
            version = (await run([self._binaries.program("postgres"), "--version"])).split()[2]
            folder = self._folder / "templates" / version
            if not folder.is_dir():
                await self._make(folder)
            lsn = (folder / "lsn").read_text()
        return Base(str(folder.relative_to(self._folder) / "data"), self._now(), lsn)

    @staticmethod
    def secret(folder: Path) -> str:
        """The password of the simulator's own role on all servers of a state directory."""
        path = folder / "superuser"
        if not path.exists():
            write_private(path, secrets.token_urlsafe(30))
        return path.read_text()

    async def _make(self, final: Path) -> None:
        making = final.with_name(f"{final.name}.new")
        if making.exists():
            shutil.rmtree(making)
        (making / "run").mkdir(parents=True)
        await self._initialise(making / "data")
        configuration.write(making / "data", {}, fresh=True)
        lsn = await self._furnish(making)
        (making / "lsn").write_text(lsn)
        making.rename(final)

    async def _initialise(self, data: Path) -> None:
        self.secret(self._folder)
        words = [self._binaries.program("initdb"), "-D", str(data), "-U", configuration.SUPERUSER]
        words += ["--pwfile", str(self._folder / "superuser"), "--auth", "scram-sha-256", "--encoding", "UTF8"]
        words += ["--wal-segsize", str(_SEGMENT_MB), "--no-sync", "--no-instructions"]
        for locale in _LOCALES:
            try:
                await run([*words, "--locale", locale])
                return
            except ServerFailed as error:
                if "locale" not in str(error) or locale == _LOCALES[-1]:
                    raise

    async def _furnish(self, folder: Path) -> str:
        """Make the roles and databases of Azure; where the log starts that a server needs to restore."""
        log = RingLog(folder / "log", self._now)
        words = [self._binaries.program("postgres"), "-D", str(folder / "data"), *configuration.arguments()]
        postmaster = await start(words, log, folder / "process.json")
        socket = Socket.of(folder / "run", configuration.SOCKET)
        try:
            async with session(socket, self.secret(self._folder)) as connection:
                await connection.execute(_ROLES.encode())
                await _grant_system_roles(connection)
                for name in configuration.SYSTEM_DATABASES:
                    await connection.execute(f"CREATE DATABASE {name}".encode())
                    await connection.execute(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC".encode())
                await connection.execute("CHECKPOINT")
                lsn = await reserve_log(connection)
        finally:
            socket.close()
            await postmaster.stop()
            log.close()
        return lsn


async def _grant_system_roles(connection: AsyncConnection[Any]) -> None:
    found = await connection.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)", [list(_GRANTED)])
    names = ", ".join(sorted(name for (name,) in await found.fetchall()))
    await connection.execute(f"GRANT {names} TO {configuration.ADMINISTRATORS} WITH ADMIN OPTION".encode())


async def reserve_log(connection: AsyncConnection[Any]) -> str:
    """Keep the write-ahead log from now on; where it starts."""
    answer = await connection.execute(
        "SELECT lsn::text FROM pg_create_physical_replication_slot(%s, true)", [configuration.SLOT]
    )
    row = await answer.fetchone()
    assert row is not None
    return str(row[0])
