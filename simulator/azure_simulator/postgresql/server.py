"""One PostgreSQL server: its files, its process and what clients connect to."""

from __future__ import annotations

import asyncio
import logging
import shutil
import ssl
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azure_simulator.containers.logs import RingLog
from azure_simulator.core.daemons import Daemon, end_leftover
from azure_simulator.core.firewall import Firewall, InsideAzure, Peer
from azure_simulator.core.sockets import Socket
from azure_simulator.postgresql import configuration
from azure_simulator.postgresql.binaries import Binaries
from azure_simulator.postgresql.errors import PostgresError, ServerStopped
from azure_simulator.postgresql.front import PostgresFront
from azure_simulator.postgresql.programs import POSTGRES, start
from azure_simulator.postgresql.records import Record
from azure_simulator.postgresql.sessions import session

if TYPE_CHECKING:
    from psycopg import AsyncConnection

_log = logging.getLogger(__name__)
# A server that ends by itself this often in its first seconds has a reason to; it is left alone then.
_CRASHES = 3
_STABLE_SECONDS = 10.0


@dataclass(frozen=True)
class Host:
    """What the servers of a simulator share.

    :ivar folder: holds everything of all servers.
    :ivar secret: the password of the simulator's own role.
    :ivar leaf: names the certificate file of an address.
    :ivar now: machine time.
    """

    folder: Path
    secret: str
    binaries: Binaries
    leaf: Callable[[str], Path]
    is_azure: InsideAzure | None
    now: Callable[[], datetime]


class Server:
    """A server whose data directory exists. `lock` keeps whoever changes it from getting into each other's way."""

    def __init__(self, host: Host, folder: Path, record: Record) -> None:
        self.record = record
        self.folder = folder
        self.lock = asyncio.Lock()
        self._host = host
        self._log = RingLog(folder / "log", host.now)
        (folder / "run").mkdir(exist_ok=True)
        self._socket = Socket.of(folder / "run", configuration.SOCKET)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(host.leaf(record.address))
        self._front = PostgresFront(record.address, record.port, context, self._socket.path, self._admits)
        self._firewall = Firewall()
        self.apply_firewall()
        self._postmaster: Daemon | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def running(self) -> bool:
        return self._postmaster is not None

    @property
    def pid(self) -> int | None:
        """The server process."""
        return self._postmaster.pid if self._postmaster is not None else None

    @property
    def socket(self) -> Socket:
        return self._socket

    # -- its life ----------------------------------------------------------------------------------------------------

    async def start(self, settings: Mapping[str, str] | None = None) -> None:
        """Start, and let clients in. Nothing happens if it runs.

        :param settings: further parameters, for this start only.
        :raises ServerFailed: when it ends instead.
        """
        if self._postmaster is not None:
            return
        await self._launch(settings)
        self._watch = asyncio.create_task(self._restart_after_crash(), name=f"postgresql {self.record.id}")

    async def _launch(self, settings: Mapping[str, str] | None = None) -> None:
        await end_leftover(POSTGRES, self.folder / "process.json")
        # Its owner is known to be gone; PostgreSQL could take another process with that number for it.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        words = [self._host.binaries.program("postgres"), "-D", str(self.data), *configuration.arguments(settings)]
        self._postmaster = await start(words, self._log, self.folder / "process.json")
        try:
            self._front.open()
        except OSError:
            await self.stop()
            raise

    async def stop(self, *, at_once: bool = False) -> None:
        """Stop, telling clients; or `at_once`. Nothing happens if it does not run."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        await self._front.close()
        if self._postmaster is not None:
            postmaster, self._postmaster = self._postmaster, None
            await postmaster.stop(at_once=at_once)
            (self.folder / "process.json").unlink(missing_ok=True)

    async def close(self) -> None:
        """Give up what is held open; the server is stopped."""
        self.cut()
        self._log.close()
        self._socket.close()

    async def remove(self) -> None:
        """Stop it at once and delete its files."""
        await self.stop(at_once=True)
        await self.close()
        # First what says that it exists: without it the rest is rubbish, whoever finds it.
        (self.folder / "server.json").unlink(missing_ok=True)
        await asyncio.to_thread(shutil.rmtree, self.folder)

    async def _restart_after_crash(self) -> None:
        """Start it again when it ends by itself."""
        loop = asyncio.get_running_loop()
        crashes = 0
        while (postmaster := self._postmaster) is not None:
            began = loop.time()
            code = await postmaster.wait()
            async with self.lock:
                crashes = crashes + 1 if loop.time() - began < _STABLE_SECONDS else 1
                _log.warning("%s ended by itself (%d): %s", self.record.id, code, postmaster.last_words)
                self._postmaster = None
                await self._front.close()
                if crashes >= _CRASHES:
                    return
                try:
                    await self._launch()
                except (PostgresError, OSError) as error:
                    _log.error("%s cannot be started again: %s", self.record.id, error)
                    return

    # -- what it knows -----------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Keep the record."""
        self.record.save(self.folder / "server.json")

    def apply_firewall(self) -> None:
        """Take the rules of the record; ValueError for what is no address."""
        record = self.record
        self._firewall = Firewall.of(record.rules, record.azure_services, self._host.is_azure)

    def cut(self) -> int:
        """Cut all connections of clients with a reset; how many there were."""
        return self._front.cut()

    def session(self, database: str = "postgres") -> AbstractAsyncContextManager[AsyncConnection[Any]]:
        """A superuser's session. ServerStopped when it does not run."""
        if self._postmaster is None:
            raise ServerStopped(f"the server {self.record.id} is stopped")
        return session(self._socket, self._host.secret, database)

    def _admits(self, peer: Peer) -> bool:
        return self._firewall.admits(peer, (self.record.address, self.record.port))
