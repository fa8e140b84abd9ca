"""Runs at the start of every Python process of a container; imports nothing of the simulator.

1. A process that binds "all addresses" gets the group's own address: every group can listen on 8001, as in Azure.
2. Compiled modules of image files are kept beside the layer store: a restarted container does not compile again.
3. Libraries the image has installed for this version of Python are found, as its own Python would find them.
4. Running out of memory ends the process as the kernel ends a container's: by SIGKILL.
"""

from __future__ import annotations

import importlib._bootstrap_external as bootstrap
import os
import signal
import site
import socket
import sys
from types import TracebackType
from typing import Any

from _container import (  # type: ignore[import-not-found]  # written beside this file by interpreter.create
    BYTECODE,
    EXPOSED_PORTS,
    INTERNAL_ADDRESS,
    PUBLIC_ADDRESS,
    SITE_PACKAGES,
)

_bind = socket.socket.bind
_cache_from_source = bootstrap.cache_from_source


def _address_of(port: int) -> str:
    return str(PUBLIC_ADDRESS if PUBLIC_ADDRESS and port in EXPOSED_PORTS else INTERNAL_ADDRESS)


def _group_bind(self: socket.socket, address: Any) -> None:
    if isinstance(address, tuple) and len(address) >= 2 and address[0] in ("", "0.0.0.0", "::"):
        if self.family == socket.AF_INET:
            address = (_address_of(address[1]), address[1])
        elif self.family == socket.AF_INET6 and not self.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY):
            address = (f"::ffff:{_address_of(address[1])}", *address[1:])
        elif self.family == socket.AF_INET6:
            # Groups have no IPv6 address. A program that listens on IPv6 beside IPv4 goes on, unreachable on IPv6.
            address = ("::1", 0)
    _bind(self, address)


def _layer_cache(path: str, debug_override: bool | None = None, *, optimization: Any = None) -> str:
    usual = str(_cache_from_source(path, debug_override, optimization=optimization))
    try:
        status = os.stat(path)  # noqa: PTH116 - called for every import
    except OSError:
        return usual
    if status.st_nlink < 2 or optimization is not None or debug_override is not None or os.path.exists(usual):  # noqa: PTH110
        return usual  # not a file of the image, asked for in a special form, or compiled in the image already
    # A hard link into the layer store: the inode says which file of which layer it is, in every container.
    return f"{BYTECODE}/{status.st_ino:x}-{status.st_size:x}.{sys.implementation.cache_tag}-{sys.flags.optimize}.pyc"


def _on_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    sys.__excepthook__(kind, error, trace)
    if issubclass(kind, MemoryError):
        os.kill(os.getpid(), signal.SIGKILL)


for _folder in SITE_PACKAGES:
    site.addsitedir(_folder)
sys.excepthook = _on_exception
socket.socket.bind = _group_bind  # type: ignore[method-assign, assignment]
bootstrap.cache_from_source = _layer_cache  # type: ignore[assignment]
