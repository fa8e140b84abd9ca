"""HTTPS listeners on loopback addresses, several in one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

_SHUTDOWN_SECONDS = 2


class _Server(uvicorn.Server):
    """A server without a tick: signals belong to the process, the Date header to the applications."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stopping = asyncio.Event()
        self.ready = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def drop_idle(self) -> None:
        """Cut connections without a request: an orderly end of TLS would wait for the client's part in it."""
        for connection in list(self.server_state.connections):
            cycle = getattr(connection, "cycle", None)
            if connection.transport is not None and (cycle is None or cycle.response_complete):
                connection.transport.abort()

    async def main_loop(self) -> None:
        self.ready.set()
        await self.stopping.wait()


class Listeners:
    """Opens and closes listeners. TLS certificates come from the simulator's CA, one per address."""

    def __init__(self, leaf: Callable[..., Path]) -> None:
        self.leaf = leaf
        self._servers: dict[tuple[str, int], tuple[_Server, asyncio.Task[None]]] = {}

    async def open(
        self, address: str, port: int, app: ASGIApp, *, tls: bool = True, names: tuple[str, ...] = ()
    ) -> int:
        """Serve `app`; returns the bound port. OSError when the address is taken.

        :param names: host names that the certificate has beside the address.
        """
        sock = bind(address, port)
        bound: int = sock.getsockname()[1]
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            http="h11",
            ws="none",
            server_header=False,
            date_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
            ssl_certfile=str(self.leaf(address, names)) if tls else None,
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[sock]), name=f"listener {address}:{bound}")
        waiting = asyncio.create_task(server.ready.wait())
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        if not server.ready.is_set():
            waiting.cancel()
            await task
            raise OSError(errno.EADDRNOTAVAIL, f"cannot serve {address}:{port}")
        self._servers[address, bound] = (server, task)
        return bound

    async def close(self, address: str, port: int) -> None:
        """Stop serving; nothing happens if nobody listens there."""
        entry = self._servers.pop((address, port), None)
        if entry is not None:
            server, task = entry
            server.drop_idle()
            server.stopping.set()
            await task

    async def close_all(self) -> None:
        await asyncio.gather(*(self.close(address, port) for address, port in list(self._servers)))

    def abort(self, client: tuple[str, int]) -> None:
        """Cut the connection of a client without an answer (fault injection)."""
        for server, _ in self._servers.values():
            for connection in list(server.server_state.connections):
                transport = connection.transport
                if transport is not None and transport.get_extra_info("peername") == client:
                    transport.abort()


def bind(address: str, port: int) -> socket.socket:
    """A bound, listening-ready TCP socket; refuses addresses that are not loopback."""
    if not address.startswith("127."):
        raise ValueError(f"{address} is not a loopback address")
    # asyncio switches off Nagle's delay (40 ms an answer) only on sockets that name their protocol.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((address, port))
    except OSError as error:
        sock.close()
        reason = (error.strerror or str(error)).lower()
        raise OSError(error.errno, f"cannot listen on {address}:{port}, {reason}") from error
    return sock
