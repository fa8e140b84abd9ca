"""What clients connect to: ends TLS, asks the firewall, and relays to the server's socket."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable

from azure_simulator.core.listeners import bind
from azure_simulator.core.streams import reset
from azure_simulator.postgresql import protocol
from azure_simulator.postgresql.configuration import SUPERUSER
from azure_simulator.postgresql.firewall import Peer

_log = logging.getLogger(__name__)
# As PostgreSQL's authentication_timeout: real seconds a client has to say who it is.
_HELLO_SECONDS = 60
# Bytes in flight in one direction of one connection, beyond which its sender has to wait.
_IN_FLIGHT = 256 * 1024
_BACKLOG = 512


class Front:
    """A listener with TLS before one server.

    :param context: the certificate clients are shown.
    :param backend: path of the server's socket.
    :param admits: the firewall, asked once for every connection.
    """

    def __init__(
        self, address: str, port: int, context: ssl.SSLContext, backend: str, admits: Callable[[Peer], bool]
    ) -> None:
        self._address = address
        self._port = port
        self._context = context
        self._backend = backend
        self._admits = admits
        self._listening: tuple[socket.socket, asyncio.Task[None]] | None = None
        self._greeting: set[asyncio.Task[None]] = set()
        self._sides: set[_Side] = set()

    def open(self) -> None:
        """Listen. OSError when the address is taken."""
        sock = bind(self._address, self._port)
        sock.listen(_BACKLOG)
        sock.setblocking(False)
        self._listening = sock, asyncio.create_task(self._accept(sock), name=f"postgresql {self._address}")

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
        clients = [side for side in self._sides if side.is_client]
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
                _log.warning("%s:%s: connection not accepted: %s", self._address, self._port, error)
                await asyncio.sleep(0)
                continue
            task = asyncio.create_task(self._greet(sock, (peer[0], peer[1])))
            self._greeting.add(task)
            task.add_done_callback(self._greeting.discard)

    async def _greet(self, sock: socket.socket, peer: Peer) -> None:
        # asyncio switches this off itself, but only on sockets that name their protocol.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            async with asyncio.timeout(_HELLO_SECONDS):
                if await self._encrypted(sock, peer[0]):
                    await self._connect(sock, peer)
                    return
        except (OSError, EOFError, protocol.ProtocolError, TimeoutError) as error:
            _log.debug("%s:%s: connection of %s given up: %s", self._address, self._port, peer, error)
        except asyncio.CancelledError:
            sock.close()
            raise
        sock.close()

    async def _encrypted(self, sock: socket.socket, host: str) -> bool:
        """Whether the client asked for TLS and was told to begin; everything else is answered here."""
        loop = asyncio.get_running_loop()
        while True:
            # Not a byte more than the message: what follows an unencrypted request must not pass for encrypted.
            first = await _receive(sock, 8)
            length, code = protocol.header(first)
            if code == protocol.GSS:
                await loop.sock_sendall(sock, b"N")
                continue
            if code == protocol.SSL:
                await loop.sock_sendall(sock, b"S")
                return True
            message = first + await _receive(sock, length - 8)
            if code == protocol.CANCEL:
                await self._cancel(message)
            else:
                answer = protocol.no_entry(host, protocol.parameters(message), encrypted=False)
                await loop.sock_sendall(sock, answer)
            return False

    async def _connect(self, sock: socket.socket, peer: Peer) -> None:
        loop = asyncio.get_running_loop()
        client = _Client(self._sides)
        await loop.connect_accepted_socket(lambda: client, sock, ssl=self._context)
        try:
            message = await client.first_message
            if protocol.header(message)[1] == protocol.CANCEL:
                await self._cancel(message)
                client.transport.close()
                return
            values = protocol.parameters(message)
            # The check may read much of /proc.
            if values.get("user") == SUPERUSER or not await asyncio.to_thread(self._admits, peer):
                client.transport.write(protocol.no_entry(peer[0], values, encrypted=True))
                client.transport.close()
                return
            server = _Side(self._sides)
            await loop.create_unix_connection(lambda: server, self._backend)
            client.pair(server)
        except BaseException:
            client.abort()
            raise

    async def _cancel(self, message: bytes) -> None:
        """Hand a request to cancel a statement on. The server checks it by the key only the session's owner has."""
        _, writer = await asyncio.open_unix_connection(self._backend)
        writer.write(message)
        await writer.drain()
        writer.close()


class _Side(asyncio.Protocol):
    """One of the two connections of a relay. What it reads, the other writes; a slow one slows the other."""

    is_client = False

    def __init__(self, sides: set[_Side]) -> None:
        self._sides = sides
        self._other: _Side | None = None
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(_IN_FLIGHT)
        self._sides.add(self)

    def data_received(self, data: bytes) -> None:
        if self._other is not None:
            self._other.transport.write(data)

    def pause_writing(self) -> None:
        if self._other is not None:
            self._other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self._other is not None:
            self._other.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        self._sides.discard(self)
        if self._other is not None:
            # An end is passed on when everything before it is written, a reset at once.
            if error is None:
                self._other.transport.close()
            else:
                self._other.abort()

    def abort(self) -> None:
        """Cut it with a reset, so that the other end does not take what it got for all there is."""
        reset(self.transport)

    def join(self, other: _Side) -> None:
        self._other = other
        if self.transport.is_closing():
            other.transport.close()


class _Client(_Side):
    """The client's connection: collects its first message before it is relayed."""

    is_client = True

    def __init__(self, sides: set[_Side]) -> None:
        super().__init__(sides)
        self._received = b""
        self.first_message: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        if self._other is not None:
            self._other.transport.write(data)
            return
        self._received += data
        if self.first_message.done() or len(self._received) < 8:
            return
        try:
            length, _ = protocol.header(self._received)
        except protocol.ProtocolError as error:
            self._fail(error)
            return
        if len(self._received) >= length:
            # Nothing more is taken in before there is somewhere to send it.
            self.transport.pause_reading()
            self.first_message.set_result(self._received[:length])

    def pair(self, server: _Side) -> None:
        """Relay from now on, beginning with what has been received."""
        server.join(self)
        self.join(server)
        server.transport.write(self._received)
        self._received = b""
        self.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(ConnectionResetError("the client went away"))
        super().connection_lost(error)

    def _fail(self, error: Exception) -> None:
        if not self.first_message.done():
            self.first_message.set_exception(error)
            # Nobody may be waiting any more; that is no news for the log.
            self.first_message.exception()


async def _receive(sock: socket.socket, count: int) -> bytes:
    loop, received = asyncio.get_running_loop(), b""
    while len(received) < count:
        data = await loop.sock_recv(sock, count - len(received))
        if not data:
            raise EOFError("the client went away")
        received += data
    return received
