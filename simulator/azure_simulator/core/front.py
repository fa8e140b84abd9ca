"""Listeners that hand connections on to a server's Unix socket."""

from __future__ import annotations

import abc
import asyncio
import contextlib
import logging
import socket

from azure_simulator.core.firewall import Peer
from azure_simulator.core.listeners import bind
from azure_simulator.core.streams import reset

_log = logging.getLogger(__name__)
# Bytes in flight in one direction of one connection, beyond which its sender has to wait.
_IN_FLIGHT = 256 * 1024
_BACKLOG = 512


class Front(abc.ABC):
    """A listener before a server; subclasses say how a new connection is greeted.

    :cvar hello_seconds: real seconds a client has to get through the greeting.
    :cvar refusals: errors that end a greeting.
    """

    hello_seconds: float
    refusals: tuple[type[Exception], ...] = (OSError, EOFError, TimeoutError)

    def __init__(self, address: str, port: int) -> None:
        self.address = address
        self.port = port
        self.sides: set[Side] = set()
        self._listening: tuple[socket.socket, asyncio.Task[None]] | None = None
        self._greeting: set[asyncio.Task[None]] = set()

    @abc.abstractmethod
    async def greet(self, sock: socket.socket, peer: Peer) -> bool:
        """Begin to relay a new connection; False when it was refused and is to be closed."""

    def open(self) -> None:
        """Listen. OSError when the address is taken."""
        sock = bind(self.address, self.port)
        sock.listen(_BACKLOG)
        sock.setblocking(False)
        self._listening = sock, asyncio.create_task(self._accept(sock), name=f"front {self.address}:{self.port}")

    async def close(self) -> None:
        """Stop listening. Connections go on until the server ends them."""
        if self._listening is not None:
            sock, task = self._listening
            self._listening = None
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            sock.close()

    def cut(self) -> int:
        """Cut all connections with a reset; how many there were."""
        for task in self._greeting:
            task.cancel()
        clients = [side for side in self.sides if side.is_client]
        for side in clients:
            side.abort()
        return len(clients)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                sock, peer = await loop.sock_accept(listener)
            except OSError as error:
                # The client was gone already, or the process has no descriptor left: the next one may fare better.
                _log.warning("%s:%s: connection not accepted: %s", self.address, self.port, error)
                await asyncio.sleep(0)
                continue
            task = asyncio.create_task(self._begin(sock, (peer[0], peer[1])))
            self._greeting.add(task)
            task.add_done_callback(self._greeting.discard)

    async def _begin(self, sock: socket.socket, peer: Peer) -> None:
        # asyncio switches this off itself, but only on sockets that name their protocol.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            async with asyncio.timeout(self.hello_seconds):
                if await self.greet(sock, peer):
                    return
        except self.refusals as error:
            _log.debug("%s:%s: connection of %s given up: %s", self.address, self.port, peer, error)
        except asyncio.CancelledError:
            sock.close()
            raise
        sock.close()


class Side(asyncio.Protocol):
    """One of the two connections of a relay. What it reads, the other writes; a slow one slows the other."""

    is_client = False

    def __init__(self, sides: set[Side]) -> None:
        self._sides = sides
        self.other: Side | None = None
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(_IN_FLIGHT)
        self._sides.add(self)

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            self.other.transport.write(data)

    def pause_writing(self) -> None:
        if self.other is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None:
            self.other.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        self._sides.discard(self)
        if self.other is not None:
            # A client's reset is passed on at once. Whatever ends the server's side, its last words are written first:
            # a server that had not read everything its client sent ends with a reset, too.
            if error is not None and self.is_client:
                self.other.abort()
            else:
                self.other.transport.close()

    def abort(self) -> None:
        """Cut it with a reset, so that the other end does not take what it got for all there is."""
        reset(self.transport)

    def join(self, other: Side) -> None:
        self.other = other
        if self.transport.is_closing():
            other.transport.close()


class Client(Side):
    """A client's connection, of which nothing is taken in before there is somewhere to send it."""

    is_client = True

    def __init__(self, sides: set[Side]) -> None:
        super().__init__(sides)
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            self.other.transport.write(data)
        else:
            self.received += data

    def pair(self, server: Side) -> None:
        """Relay from now on, beginning with what has been received."""
        server.join(self)
        self.join(server)
        server.transport.write(self.received)
        self.received = b""
        self.transport.resume_reading()
