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
from azure_simulator.core.processes import end_session, pipe_reader, start_time

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
        output = await pipe_reader(reading)
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
