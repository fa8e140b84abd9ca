"""Which connections come out of containers. All of them come from 127.0.0.1, so it takes a look at the processes."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from azure_simulator.core.processes import processes, start_time

_SOCKETS = Path("/proc/net/tcp")


def is_from_container(folder: Path, client: tuple[str, int], server: tuple[str, int]) -> bool:
    """Whether a process of a container holds the client's end of a TCP connection.

    :param folder: holds the groups, with the records (`process.json`) of what runs in them.
    :param client: address and port of the client's end.
    :param server: address and port of the other end.
    """
    inode = _inode(client, server)
    if inode is None:
        return False
    target = f"socket:[{inode}]"
    return any(_holds(pid, target) for pid in _members(folder))


def _inode(client: tuple[str, int], server: tuple[str, int]) -> str | None:
    if not _SOCKETS.exists():
        return None
    wanted = [_written(*client), _written(*server)]
    for line in _SOCKETS.read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1:3] == wanted:
            return fields[9]
    return None


def _written(address: str, port: int) -> str:
    """An end of a connection as /proc/net/tcp writes it: hexadecimal, the address in the machine's byte order."""
    number = int.from_bytes(socket.inet_aton(address), sys.byteorder)
    return f"{number:08X}:{port:04X}"


def _members(folder: Path) -> Iterator[int]:
    """Processes of containers: those of their sessions, and those that left it but still have their environment."""
    sessions = {pid for pid in map(_running, folder.glob("*/*/process*.json")) if pid is not None}
    mark = str(folder).encode()
    for pid, fields in processes():
        if int(fields[3]) in sessions or _environment_has(pid, mark):
            yield pid


def _running(record: Path) -> int | None:
    try:
        noted = json.loads(record.read_text())
    except (FileNotFoundError, ValueError):
        return None  # it has just ended, or is about to start
    pid = int(noted["pid"])
    return pid if start_time(pid) == noted["started"] else None


def _environment_has(pid: int, mark: bytes) -> bool:
    try:
        return mark in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False  # gone, or another user's and so no container's


def _holds(pid: int, target: str) -> bool:
    try:
        # os.scandir and os.readlink: a server may hold thousands.
        with os.scandir(f"/proc/{pid}/fd") as entries:
            return any(_link(entry.path) == target for entry in entries)
    except OSError:
        return False


def _link(path: str) -> str | None:
    try:
        return os.readlink(path)  # noqa: PTH115
    except OSError:
        return None  # closed meanwhile
