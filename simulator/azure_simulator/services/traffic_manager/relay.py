"""The address of a profile: each new connection goes to the endpoint DNS would have named, and stays with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from azure_simulator.core.listeners import bind
from azure_simulator.core.streams import reset
from azure_simulator.services.traffic_manager.probes import is_reachable

_log = logging.getLogger(__name__)
_CHUNK = 64 * 1024
_CONNECT_SECONDS = 10


class Relay:
    """A TCP listener that hands connections on, byte by byte.

    :param resolve: names the target of a new connection, or None for none.
    """

    def __init__(self, address: str, port: int, resolve: Callable[[], str | None]) -> None:
        self.address = address
        self.port = port
        self._resolve = resolve
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def busy(self) -> bool:
        """Whether connections are open."""
        return bool(self._writers)

    async def open(self) -> None:
        """Listen. OSError when the address is taken."""
        sock = bind(self.address, self.port)
        self._server = await asyncio.start_server(self._connected, sock=sock, backlog=512)

    def close(self) -> None:
        """Stop listening. Connections go on: a name that goes away cuts nobody off."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def abort(self) -> None:
        """Stop listening and cut all connections."""
        self.close()
        for writer in list(self._writers):
            reset(writer.transport)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await self._serve(reader, writer)
        except OSError as error:
            _log.debug("%s:%s: connection cut: %s", self.address, self.port, error)
            reset(writer.transport)
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = self._resolve()
        if target is None:
            raise ConnectionRefusedError("the profile has no endpoint to answer with")
        if not is_reachable(target):
            raise ConnectionRefusedError(f"{target} is not a loopback address; the simulator connects to no other")
        async with asyncio.timeout(_CONNECT_SECONDS):
            far_reader, far_writer = await asyncio.open_connection(target, self.port)
        try:
            async with asyncio.TaskGroup() as directions:
                directions.create_task(_pump(reader, far_writer))
                directions.create_task(_pump(far_reader, writer))
        except* OSError:
            reset(far_writer.transport)
            reset(writer.transport)
        finally:
            far_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One direction, until its end, which is passed on while the other direction goes on."""
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
