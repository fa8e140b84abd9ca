"""One server of a cache: its files and its process."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from azure_simulator.containers.logs import RingLog
from azure_simulator.core.daemons import Daemon, DaemonFailed, Kind, end_leftover
from azure_simulator.core.sockets import Socket
from azure_simulator.redis import configuration
from azure_simulator.redis.errors import CacheFailed
from azure_simulator.redis.records import Record
from azure_simulator.redis.sessions import ask, contents

VALKEY = Kind(
    name="valkey-server",
    ready=b"Ready to accept connections",
    complaints=(b" # Fatal", b" # Failed", b"***", b">>>", b"Bad "),
    prefix_end=" # ",
    # On SIGTERM it writes its data, which stay for the next start.
    stop=((signal.SIGTERM, 8.0),),
    as_root=True,
)
# Real seconds a server may take to have what another one has, and between looks at it.
_PATIENCE_SECONDS, _LOOK_SECONDS = 10.0, 0.01


@dataclass(frozen=True)
class Host:
    """What the caches of a simulator share.

    :ivar program: the server's.
    :ivar leaf: names the certificate file of an address.
    """

    program: Path
    leaf: Callable[[str], Path]


class Node:
    """A server. Its data are in memory, and in a file only between an orderly stop and the next start.

    :param number: its place among the cache's servers.
    :param record: of the cache, as it is at any time.
    """

    def __init__(self, host: Host, folder: Path, number: int, record: Record) -> None:
        self.number = number
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self._host = host
        self._record = record
        self._log = RingLog(folder / "log", lambda: datetime.now(UTC))
        self._socket = Socket.of(folder, configuration.SOCKET)
        self._daemon: Daemon | None = None

    @property
    def path(self) -> str:
        """Of its socket."""
        return self._socket.path

    @property
    def running(self) -> bool:
        return self._daemon is not None

    async def start(self) -> None:
        """Start it, with the data of its orderly stop if there are any. CacheFailed when it ends instead."""
        await end_leftover(VALKEY, self._process)
        config = configuration.write(self.folder, self._record, self.number)
        words = [str(self._host.program), str(config)]
        try:
            self._daemon = await Daemon.start(VALKEY, words, self._log, self._process)
        except DaemonFailed as error:
            raise CacheFailed(str(error)) from error
        # They would come back after a crash, long out of date.
        self._data.unlink(missing_ok=True)
        # The keys may have changed meanwhile.
        await self.admit()

    async def admit(self) -> None:
        """Take the access keys of the record. Who is logged in stays so."""
        rules = configuration.rules(self._record.spec, self._record.access.keys)
        await self.ask((self.hidden("ACL"), "SETUSER", "default", *rules))

    async def stop(self, *, forget: bool = False) -> None:
        """End it in order; or with `forget` at once, its data being gone. Nothing happens if it does not run."""
        if self._daemon is not None:
            daemon, self._daemon = self._daemon, None
            await daemon.stop(at_once=forget)
            self._process.unlink(missing_ok=True)
        if forget:
            self._data.unlink(missing_ok=True)

    async def ended(self) -> str:
        """Return its last words once it has ended by itself."""
        daemon = self._daemon
        assert daemon is not None, "asked of a server that does not run"
        await daemon.wait()
        if self._daemon is daemon:
            self._daemon = None
        return daemon.last_words

    async def ask(self, *commands: tuple[str | bytes | int, ...]) -> list[Any]:
        """Send commands as the simulator's user; their answers."""
        return await ask(self.path, self._record.secret, *commands)

    async def contents(self) -> list[tuple[bytes, int, bytes]]:
        """All keys, with lifetimes and what they hold."""
        return await contents(self.path, self._record.secret)

    async def fields(self, *command: str) -> dict[str, str]:
        """The answer of a command such as INFO, by name."""
        text: str = (await self.ask(command))[0]
        lines = (line.partition(":") for line in text.splitlines())
        return {name: value for name, separator, value in lines if separator}

    async def until(self, holds: Callable[[dict[str, str]], bool], *command: str) -> None:
        """Return when the fields of an answer are as they should be. TimeoutError when that takes too long."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not holds(await self.fields(*command)):
                # The server has no command that waits for this.
                await asyncio.sleep(_LOOK_SECONDS)

    def hidden(self, name: str) -> str:
        """What a command clients must not use is called here."""
        return configuration.hidden(self._record.secret, name)

    def close(self) -> None:
        """Give up what is held open; the server is stopped."""
        self._log.close()
        self._socket.close()

    async def end_leftover(self) -> None:
        """End a process that outlived its simulator."""
        await end_leftover(VALKEY, self._process)

    @property
    def _process(self) -> Path:
        return self.folder / "process.json"

    @property
    def _data(self) -> Path:
        return self.folder / configuration.DATA
