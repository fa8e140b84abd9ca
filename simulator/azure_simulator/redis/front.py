"""What clients connect to: asks the firewall, ends TLS, and relays to the server that is the primary."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

from azure_simulator.core.firewall import Peer
from azure_simulator.core.front import Client, Front, Side


def tls_context(certificate: Path) -> ssl.SSLContext:
    """TLS as the service speaks it: older versions than 1.2 are gone, whatever a cache's minimum is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate)
    return context


class RedisFront(Front):
    """A listener before one cache.

    :param context: the certificate clients are shown; None: without TLS.
    :param backend: path of the primary's socket.
    :param admits: the firewall; a connection it does not admit is closed without a word.
    """

    hello_seconds = 15

    def __init__(
        self,
        address: str,
        port: int,
        context: ssl.SSLContext | None,
        backend: Callable[[], str],
        admits: Callable[[Peer], bool],
    ) -> None:
        super().__init__(address, port)
        self._context = context
        self._backend = backend
        self._admits = admits

    async def greet(self, sock: socket.socket, peer: Peer) -> bool:
        if not self._admits(peer):
            return False
        loop = asyncio.get_running_loop()
        client = Client(self.sides)
        await loop.connect_accepted_socket(lambda: client, sock, ssl=self._context)
        try:
            server = Side(self.sides)
            await loop.create_unix_connection(lambda: server, self._backend())
            client.pair(server)
        except BaseException:
            client.abort()
            raise
        return True
