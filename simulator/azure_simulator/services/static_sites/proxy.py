"""An HTTPS proxy that leads to the local Azure and nowhere else.

Programs that talk to fixed names of the real service, such as the Static Web Apps CLI, come here by the ordinary
variable HTTPS_PROXY, and trust what they find by NODE_EXTRA_CA_CERTS.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

_log = logging.getLogger(__name__)
_HEAD_BYTES = 16 * 1024
_HEAD_SECONDS = 30
_CHUNK = 64 * 1024

Target = tuple[str, int]


class Proxy:
    """Tunnels by CONNECT. `target` says where a host and port are, or None where this proxy does not lead."""

    def __init__(self, target: Callable[[str, int], Target | None]) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._tunnels: set[asyncio.Task[None]] = set()

    async def open(self, address: str, port: int) -> None:
        """Listen; OSError when the address is taken."""
        self._server = await asyncio.start_server(self._accept, address, port, limit=_HEAD_BYTES)

    async def close(self) -> None:
        """Stop listening, and cut what is open."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in list(self._tunnels):
            task.cancel()
        await asyncio.gather(*self._tunnels, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tunnels.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError) as error:
            _log.info("proxy: a connection ended: %r", error)
        finally:
            self._tunnels.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        words = head.split(b"\r\n", 1)[0].decode("latin-1").split()
        if len(words) != 3 or words[0] != "CONNECT":
            await _refuse(writer, 405, "Method Not Allowed", "This proxy tunnels HTTPS only, by CONNECT.")
            return
        host, _, port = words[1].rpartition(":")
        target = self._target(host.strip("[]").lower(), int(port)) if port.isdigit() else None
        if target is None:
            reason = (
                f"The proxy of the local Azure leads to the local Azure only, not to {words[1]}: unset HTTPS_PROXY, or "
                "name the host in NO_PROXY."
            )
            await _refuse(writer, 502, "Bad Gateway", reason)
            return
        there_reader, there_writer = await asyncio.open_connection(*target)
        try:
            writer.write(b"HTTP/1.1 200 Connection Established\r\n\r\n")
            await asyncio.gather(_pipe(reader, there_writer), _pipe(there_reader, writer))
        finally:
            there_writer.close()


async def _refuse(writer: asyncio.StreamWriter, status: int, phrase: str, reason: str) -> None:
    _log.info("proxy: %s", reason)
    body = f"{reason}\n".encode()
    head = f"HTTP/1.1 {status} {phrase}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close"
    writer.write(f"{head}\r\n\r\n".encode() + body)
    with contextlib.suppress(OSError):
        await writer.drain()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hand on what comes, then the end of it: half a tunnel is not left open."""
    try:
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
