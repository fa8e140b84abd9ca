"""What relays of connections share."""

from __future__ import annotations

import asyncio
import socket
import struct


def reset(transport: asyncio.WriteTransport) -> None:
    """Cut a connection with a reset, so that the other side does not take what it got for all there is."""
    if not transport.is_closing():
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
