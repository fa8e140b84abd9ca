"""Runs PostgreSQL's programs: the short ones to their end, and the server itself."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from azure_simulator.containers.logs import RingLog
from azure_simulator.core.processes import pipe_reader, start_time
from azure_simulator.postgresql.errors import ServerFailed

_LAUNCHER = str(Path(__file__).with_name("launcher.py"))
_READY = b"database system is ready to accept connections"
# Real seconds between SIGINT (clients are cut, data are written), SIGQUIT (everything ends at once) and SIGKILL.
_STOP_SECONDS = (6.0, 1.5)
# A server that is neither ready nor gone by then; recovery of much WAL takes its time.
_START_SECONDS = 600.0


def _command(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-I", "-S", _LAUNCHER, str(os.getpid()), "--", *words]


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    # Nothing of the simulator's own environment: PGDATA, PGHOST and their like would be obeyed.
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC", **more}


async def run(words: Sequence[str], environment: Mapping[str, str] | None = None, keep: Sequence[int] = ()) -> str:
    """Run a program to its end; what it printed.

    :param words: the program's path and its arguments.
    :param environment: variables added to the bare environment it gets; may hold secrets.
    :param keep: file descriptors it inherits.
    :raises ServerFailed: with its last line, when its exit code is not 0.
    """
    process = await asyncio.create_subprocess_exec(
        *_command(words),
        env=_environment(environment or {}),
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


class Postmaster:
    """A running server process; make one with `start`."""

    def __init__(self, process: asyncio.subprocess.Process, output: asyncio.StreamReader, log: RingLog) -> None:
        self._process = process
        self._ready = asyncio.Event()
        self._last: list[str] = []
        self._output = asyncio.create_task(self._copy(output, log), name=f"postgres {process.pid} log")

    @classmethod
    async def start(cls, words: Sequence[str], log: RingLog, record: Path) -> Postmaster:
        """Start it and return once it accepts connections.

        :param words: program and arguments.
        :param record: where the process is noted, for a simulator that is killed.
        :raises ServerFailed: with its last message, when it ends instead.
        """
        reading, writing = os.pipe()
        output = await pipe_reader(reading)
        try:
            process = await asyncio.create_subprocess_exec(
                *_command(words),
                env=_environment({}),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                start_new_session=True,
            )
        finally:
            os.close(writing)
        record.write_text(json.dumps({"pid": process.pid, "started": start_time(process.pid)}))
        postmaster = cls(process, output, log)
        try:
            await postmaster._wait_ready()
        except BaseException:
            await postmaster.stop(at_once=True)
            raise
        return postmaster

    async def _wait_ready(self) -> None:
        waits = [asyncio.create_task(self._ready.wait()), asyncio.create_task(self._process.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED, timeout=_START_SECONDS)
        finally:
            for wait in waits:
                wait.cancel()
        if self._process.returncode is not None:
            await self._output
        if not self._ready.is_set() or self._process.returncode is not None:
            raise ServerFailed(self.last_words)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def last_words(self) -> str:
        """Its last errors, in one line."""
        return "; ".join(self._last) or "postgres ended without a word"

    async def wait(self) -> int:
        """Return its exit code once it has ended; negative for a signal."""
        return await self._process.wait()

    async def stop(self, *, at_once: bool = False) -> None:
        """End it: in order, clients being told; or `at_once`, leaving recovery to the next start."""
        steps = [(signal.SIGINT, _STOP_SECONDS[0]), (signal.SIGQUIT, _STOP_SECONDS[1])]
        for number, seconds in steps[1:] if at_once else steps:
            self._signal(number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._process.wait()
                    break
        else:
            self._signal(signal.SIGKILL)
            await self._process.wait()
        await self._output

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def _copy(self, output: asyncio.StreamReader, log: RingLog) -> None:
        rest = b""
        while data := await output.read(65536):
            log.write(data)
            *lines, rest = (rest + data).split(b"\n")
            rest = rest[-65536:]
            for line in lines:
                if _READY in line:
                    self._ready.set()
                elif b" FATAL: " in line or b" PANIC: " in line:
                    self._last = [*self._last[-2:], line.decode(errors="replace").partition("] ")[2]]
        log.flush()


async def end_leftover(record: Path) -> None:
    """End a server that outlived its simulator: it has been told to, so wait; then by force. Removes the record."""
    try:
        noted = json.loads(record.read_text())
        pid, started = int(noted["pid"]), noted["started"]
    except (FileNotFoundError, ValueError, KeyError):
        # No record, or one cut while it was written: then the process had been told to end with the simulator.
        record.unlink(missing_ok=True)
        return
    for number, seconds in ((None, _STOP_SECONDS[0]), (signal.SIGQUIT, _STOP_SECONDS[1]), (signal.SIGKILL, 1.0)):
        if start_time(pid) != started:
            break
        with contextlib.suppress(ProcessLookupError):
            if number is not None:
                os.kill(pid, number)
        await _gone(pid, seconds)
    record.unlink()


async def _gone(pid: int, seconds: float) -> None:
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
