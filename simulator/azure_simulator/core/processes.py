"""The system's processes: which ones run, since when, and ending a session of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path


async def pipe_reader(descriptor: int) -> asyncio.StreamReader:
    """The reading end of a pipe as a stream, closed when the pipe ends."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0)
    )
    return reader


def start_time(pid: int) -> int | None:
    """When a running process started, in clock ticks since boot; None if there is none. Unmistakable with the pid."""
    fields = status(pid)
    return int(fields[19]) if fields and fields[0] != "Z" else None


def end_session(session: int, environment_mark: bytes | None = None) -> int:
    """SIGKILL every process of a session; how many there were.

    `environment_mark`: end only processes whose environment contains it, where the session's number may have been
    given to somebody else since.
    """
    ended = 0
    for pid, fields in processes():
        if int(fields[3]) != session or fields[0] == "Z":
            continue
        try:
            if environment_mark is not None and environment_mark not in Path(f"/proc/{pid}/environ").read_bytes():
                continue
            os.kill(pid, signal.SIGKILL)
        except (ProcessLookupError, FileNotFoundError, PermissionError):
            continue  # gone meanwhile, or another user's and so not ours
        ended += 1
    return ended


def processes() -> Iterator[tuple[int, list[str]]]:
    """Every process with its `status`."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := status(int(entry.name))):
            yield int(entry.name), fields


def status(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the third on: state, parent, group, session, …"""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()


async def gone(pid: int, seconds: float) -> None:
    """Return when a process that is not our child has ended, at the latest after so many seconds."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
