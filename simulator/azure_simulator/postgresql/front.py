"""What clients connect to: ends TLS, asks the firewall, and relays to the server's socket."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable

from azure_simulator.core.firewall import Peer
from azure_simulator.core.front import Client, Front, Side
from azure_simulator.postgresql import protocol
from azure_simulator.postgresql.configuration import SUPERUSER


class PostgresFront(Front):
    """A listener with TLS before one server.

    :param context: the certificate clients are shown.
    :param backend: path of the server's socket.
    :param admits: the firewall, asked once for every connection.
    """

    # As PostgreSQL's authentication_timeout.
    hello_seconds = 60
    refusals = (*Front.refusals, protocol.ProtocolError)

    def __init__(
        self, address: str, port: int, context: ssl.SSLContext, backend: str, admits: Callable[[Peer], bool]
    ) -> None:
        super().__init__(address, port)
        self._context = context
        self._backend = backend
        self._admits = admits

    async def greet(self, sock: socket.socket, peer: Peer) -> bool:
        if not await self._encrypted(sock, peer[0]):
            return False
        await self._connect(sock, peer)
        return True

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
        client = _Client(self.sides)
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
            server = Side(self.sides)
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


class _Client(Client):
    """The client's connection: collects its first message before it is relayed."""

    def __init__(self, sides: set[Side]) -> None:
        super().__init__(sides)
        self.first_message: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.other is not None or self.first_message.done() or len(self.received) < 8:
            return
        try:
            length, _ = protocol.header(self.received)
        except protocol.ProtocolError as error:
            self._fail(error)
            return
        if len(self.received) >= length:
            # Nothing more is taken in before there is somewhere to send it.
            self.transport.pause_reading()
            self.first_message.set_result(self.received[:length])

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
