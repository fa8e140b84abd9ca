"""One run of a container: a real process in a session of its own."""

from __future__ import annotations

import asyncio
import json
import math
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from azure_simulator.containers.command import Command
from azure_simulator.containers.logs import RingLog

_LAUNCHER = str(Path(__file__).with_name("launcher.py"))


@dataclass(frozen=True)
class Limits:
    """What a container may use: memory in bytes, CPUs (fractions are rounded up to whole ones); 0 = no limit."""

    memory: int = 0
    cpu: float = 0


class ContainerProcess:
    """A running process; make one with `start`."""

    def __init__(
        self, process: asyncio.subprocess.Process, output: asyncio.StreamReader, log: RingLog, record: Path
    ) -> None:
        self._process = process
        self._output = output
        self._log = log
        self._record = record
        self._exited = asyncio.create_task(self._run(), name=f"container process {process.pid}")

    @classmethod
    async def start(cls, command: Command, limits: Limits, log: RingLog, record: Path) -> ContainerProcess:
        """Start the command. Its output goes to `log`; `record` notes the process for a simulator that is killed."""
        # A pipe of our own: asyncio's `wait` would last until every process that holds its pipe has ended as well.
        reading, writing = os.pipe()
        output = await _reader(reading)
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-S",
                _LAUNCHER,
                str(os.getpid()),
                str(limits.memory),
                str(math.ceil(limits.cpu)),
                "--",
                *command.argv,
                cwd=command.working_directory,
                env=command.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                start_new_session=True,
            )
        finally:
            os.close(writing)
        record.write_text(json.dumps({"pid": process.pid, "started": start_time(process.pid)}))
        return cls(process, output, log, record)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def wait(self) -> int:
        """Exit code; 128 + signal number if a signal ended it. Returns once its output is all in the log."""
        return await asyncio.shield(self._exited)

    async def stop(self, grace: float) -> int:
        """SIGTERM to the process, SIGKILL to its whole session if it is still there after `grace` seconds."""
        if not self._exited.done():
            self._signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(grace):
                    return await asyncio.shield(self._exited)
            except TimeoutError:
                self.kill()
        return await self.wait()

    def kill(self) -> None:
        """SIGKILL to everything the container started."""
        if not self._exited.done():
            end_session(self.pid)

    def _signal(self, number: signal.Signals) -> None:
        try:
            self._process.send_signal(number)
        except ProcessLookupError:
            return  # it ended by itself; `wait` tells how

    async def _run(self) -> int:
        reader = asyncio.create_task(self._copy_output())
        code = await self._process.wait()
        # A container ends with its first process: what that left behind goes too, and with it the pipe's other end.
        end_session(self.pid)
        await reader
        self._record.unlink(missing_ok=True)
        return code if code >= 0 else 128 - code

    async def _copy_output(self) -> None:
        while data := await self._output.read(65536):
            self._log.write(data)
        self._log.flush()


async def _reader(descriptor: int) -> asyncio.StreamReader:
    """The reading end of a pipe as a stream, closed when the pipe ends."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0)
    )
    return reader


def start_time(pid: int) -> int | None:
    """When a running process started, in clock ticks since boot; None if there is none. Unmistakable with the pid."""
    fields = _status(pid)
    return int(fields[19]) if fields and fields[0] != "Z" else None


def end_session(session: int, environment_mark: bytes | None = None) -> int:
    """SIGKILL every process of a session; how many there were.

    `environment_mark`: end only processes whose environment contains it, where the session's number may have been
    given to somebody else since.
    """
    ended = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        fields = _status(int(entry.name))
        if not fields or int(fields[3]) != session or fields[0] == "Z":
            continue
        try:
            if environment_mark is not None and environment_mark not in (entry / "environ").read_bytes():
                continue
            os.kill(int(entry.name), signal.SIGKILL)
        except (ProcessLookupError, FileNotFoundError, PermissionError):
            continue  # gone meanwhile, or another user's and so not ours
        ended += 1
    return ended


def _status(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the third on: state, parent, group, session, …"""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()
