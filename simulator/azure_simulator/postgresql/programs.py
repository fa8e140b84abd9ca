"""Runs PostgreSQL's programs: the short ones to their end, and the server itself."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from azure_simulator.containers.logs import RingLog
from azure_simulator.core.daemons import Daemon, DaemonFailed, Kind, command, environment
from azure_simulator.postgresql.errors import ServerFailed

# SIGINT: clients are cut, data are written; SIGQUIT: everything ends at once, and the next start recovers.
POSTGRES = Kind(
    name="postgres",
    ready=b"database system is ready to accept connections",
    complaints=(b" FATAL: ", b" PANIC: "),
    prefix_end="] ",
    stop=((signal.SIGINT, 6.0), (signal.SIGQUIT, 1.5)),
    as_root=False,
)


async def run(words: Sequence[str], variables: Mapping[str, str] | None = None, keep: Sequence[int] = ()) -> str:
    """Run a program to its end; what it printed.

    :param words: the program's path and its arguments.
    :param variables: added to the bare environment it gets; may hold secrets.
    :param keep: file descriptors it inherits.
    :raises ServerFailed: with its last line, when its exit code is not 0.
    """
    process = await asyncio.create_subprocess_exec(
        *command(POSTGRES, words),
        env=environment(**(variables or {})),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        pass_fds=keep,
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    text = output.decode(errors="replace").strip()
    if process.returncode:
        raise ServerFailed(f"{Path(words[0]).name}: {text.splitlines()[-1] if text else f'exit {process.returncode}'}")
    return text


async def start(words: Sequence[str], log: RingLog, record: Path) -> Daemon:
    """Start a server and return once it accepts connections; see `Daemon.start`. Raises ServerFailed."""
    try:
        return await Daemon.start(POSTGRES, words, log, record)
    except DaemonFailed as error:
        raise ServerFailed(str(error)) from error
