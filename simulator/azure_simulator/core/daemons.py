"""Server programs the simulator runs: start until ready, stop, and what a killed simulator left of them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from azure_simulator.containers.logs import RingLog
from azure_simulator.core.processes import gone, pipe_reader, start_time

_LAUNCHER = str(Path(__file__).with_name("launcher.py"))
# Real seconds before a server that is neither ready nor gone is given up; recovery of much data takes its time.
_START_SECONDS = 600.0


class DaemonFailed(Exception):
    """A server program ended instead of serving; the message is its last word."""


@dataclass(frozen=True)
class Kind:
    """What is known of a server program.

    :ivar name: as it is called in messages.
    :ivar ready: in the line that says that clients may come.
    :ivar complaints: in lines worth to be repeated when it ends.
    :ivar prefix_end: ends what comes before the message of such a line.
    :ivar stop: signals with the real seconds each is given, in order: orderly, at once; then it is killed.
    :ivar as_root: whether it may run as root if the simulator does.
    """

    name: str
    ready: bytes
    complaints: tuple[bytes, ...]
    prefix_end: str
    stop: tuple[tuple[signal.Signals, float], ...]
    as_root: bool


def command(kind: Kind, words: Sequence[str]) -> list[str]:
    """The words that run a program which ends with the simulator."""
    user = "root" if kind.as_root else "nobody"
    launcher = [_LAUNCHER, str(os.getpid()), str(int(kind.stop[0][0])), user]
    return [sys.executable, "-I", "-S", *launcher, "--", *words]


def environment(**more: str) -> dict[str, str]:
    """Nothing of the simulator's own environment: PGDATA, PGHOST and their like would be obeyed."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC", **more}


class Daemon:
    """A running server process; make one with `start`."""

    def __init__(
        self, kind: Kind, process: asyncio.subprocess.Process, output: asyncio.StreamReader, log: RingLog
    ) -> None:
        self._kind = kind
        self._process = process
        self._ready = asyncio.Event()
        self._last: list[str] = []
        self._output = asyncio.create_task(self._copy(output, log), name=f"{kind.name} {process.pid} log")

    @classmethod
    async def start(cls, kind: Kind, words: Sequence[str], log: RingLog, record: Path) -> Daemon:
        """Start it and return once it accepts connections.

        :param words: program and arguments.
        :param record: where the process is noted, for a simulator that is killed.
        :raises DaemonFailed: with its last message, when it ends instead.
        """
        reading, writing = os.pipe()
        output = await pipe_reader(reading)
        try:
            process = await asyncio.create_subprocess_exec(
                *command(kind, words),
                env=environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                start_new_session=True,
            )
        finally:
            os.close(writing)
        record.write_text(json.dumps({"pid": process.pid, "started": start_time(process.pid)}))
        daemon = cls(kind, process, output, log)
        try:
            await daemon._wait_ready()
        except BaseException:
            await daemon.stop(at_once=True)
            raise
        return daemon

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
            raise DaemonFailed(self.last_words)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def last_words(self) -> str:
        """Its last errors, in one line."""
        return "; ".join(self._last) or f"{self._kind.name} ended without a word"

    async def wait(self) -> int:
        """Return its exit code once it has ended; negative for a signal."""
        return await self._process.wait()

    async def stop(self, *, at_once: bool = False) -> None:
        """End it: in order, clients being told; or `at_once`, without its orderly way."""
        for number, seconds in self._kind.stop[1:] if at_once else self._kind.stop:
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
            self._look_at(lines)
        log.flush()

    def _look_at(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            if self._kind.ready in line:
                self._ready.set()
            elif any(mark in line for mark in self._kind.complaints):
                text = line.decode(errors="replace")
                self._last = [*self._last[-2:], text.partition(self._kind.prefix_end)[2] or text]


async def end_leftover(kind: Kind, record: Path) -> None:
    """End a server that outlived its simulator: it has been told to, so wait; then by force. Removes the record."""
    try:
        noted = json.loads(record.read_text())
        pid, started = int(noted["pid"]), noted["started"]
    except (FileNotFoundError, ValueError, KeyError):
        # No record, or one cut while it was written: then the process had been told to end with the simulator.
        record.unlink(missing_ok=True)
        return
    steps = [(None, kind.stop[0][1]), *kind.stop[1:], (signal.SIGKILL, 1.0)]
    for number, seconds in steps:
        if start_time(pid) != started:
            break
        with contextlib.suppress(ProcessLookupError):
            if number is not None:
                os.kill(pid, number)
        await gone(pid, seconds)
    record.unlink()
