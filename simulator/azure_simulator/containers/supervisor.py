"""Keeps one container running as its restart policy and probes say, and remembers what happened to it."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from azure_simulator.containers import command as commands
from azure_simulator.containers import interpreter, rootfs
from azure_simulator.containers.events import WARNING, EventLog
from azure_simulator.containers.image import Image
from azure_simulator.containers.layers import remove_tree
from azure_simulator.containers.logs import RingLog
from azure_simulator.containers.probes import Check, Probe, ProbeLoop, http_get
from azure_simulator.containers.process import ContainerProcess, Limits
from azure_simulator.containers.state import RUNNING, TERMINATED, ContainerState, RestartPolicy
from azure_simulator.core.clock import isoformat

_log = logging.getLogger(__name__)

# A program gets this many real seconds between SIGTERM and SIGKILL; it is the program's own work, so it is not scaled.
STOP_GRACE_SECONDS = 5.0
# Kubernetes, which ACI's behaviour follows: the delay doubles up to five minutes, and a run of ten minutes resets it.
_BACKOFF_LIMIT = 30
_BACKOFF_RESET_SECONDS = 600.0
# A container that ends at once must not become a busy loop when the time scale is 0: real seconds for the shortest
# delay, and for a run that counts as a long one.
_SHORTEST_BACKOFF = 0.1
_SHORTEST_BACKOFF_RESET = 5.0
_START_ERROR = 128


@dataclass(frozen=True)
class ContainerSpec:
    """What to run. `environment` holds secure values; `mounts` maps mount paths to folders."""

    name: str
    image: Image
    command: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    limits: Limits = field(default_factory=Limits)
    mounts: Mapping[str, Path] = field(default_factory=dict)
    liveness: Probe | None = None
    readiness: Probe | None = None


@dataclass(frozen=True)
class Host:
    """What containers share: time, its scale, the place of compiled modules, variables before those of their image."""

    now: Callable[[], datetime]
    wait: Callable[[float], Awaitable[None]]
    scale: float
    backoff: float
    bytecode: Path
    environment: tuple[tuple[str, str], ...] = ()


class ContainerSupervisor:
    """One container of a group. `changed` is called after every change of its view."""

    def __init__(
        self,
        spec: ContainerSpec,
        folder: Path,
        policy: RestartPolicy,
        network: interpreter.Network,
        host: Host,
        changed: Callable[[], None],
        *,
        snapshot: Mapping[str, Any] | None = None,
        events: EventLog | None = None,
    ) -> None:
        self.spec = spec
        self.events = events or EventLog(host.now, list((snapshot or {}).get("events", [])))
        self.log = RingLog(folder, host.now)
        if snapshot is None:
            self.log.clear()
        self.restart_count = int((snapshot or {}).get("restartCount", 0))
        self.current = ContainerState()
        self.previous: ContainerState | None = None
        if snapshot:
            self.current = ContainerState.from_view(snapshot["currentState"])
            if "previousState" in snapshot:
                self.previous = ContainerState.from_view(snapshot["previousState"])
        self._folder = folder
        self._policy = policy
        self._network = network
        self._host = host
        self._changed = changed
        self._process: ContainerProcess | None = None
        self._command: commands.Command | None = None
        self._task: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[int] | None = None
        self._probes: list[asyncio.Task[None]] = []
        self._executions = itertools.count()
        self._started = asyncio.Event()
        self._stopping = asyncio.Event()

    # -- what the group does with it -----------------------------------------------------------------------------

    def start(self) -> None:
        """Start and keep running; returns at once."""
        self._stopping.clear()
        self._task = asyncio.create_task(self._supervise(), name=f"container {self.spec.name}")

    async def started(self) -> None:
        """Return once the process has been started for the first time, or could not be."""
        await self._started.wait()

    async def finished(self) -> int:
        """Return once it will not be started again, with its exit code."""
        if self._task is not None:
            await asyncio.shield(self._task)
        return self.current.exit_code or 0

    async def stop(self) -> None:
        """Stop it and do not start it again; returns once it is gone. One that had ended by itself stays as it is."""
        ended_before = self.completed
        await self._halt()
        if not ended_before:
            # Azure forgets start time and exit code of a container it stopped.
            finished = isoformat(self._host.now(), 3)
            self.current = ContainerState(TERMINATED, "Container stopped per client request", finished=finished)
        self.log.trim()
        self._changed()

    async def abandon(self, *, silently: bool) -> None:
        """End the process; states stay as they were.

        `silently` when the simulator ends and the container will go on later, else (it makes room for a new
        deployment) with an event.
        """
        kept = self.current, self.previous
        self._changed, changed = _nothing, self._changed
        await self._halt(silently=silently)
        self.current, self.previous = kept
        self.log.close()
        if not silently:
            changed()

    async def _halt(self, *, silently: bool = False) -> None:
        self._stopping.set()
        # A program that is being stopped may well answer no more; that is no failed probe.
        await self._end_probes()
        if self._process is not None:
            if not silently:
                self.events.add("Killing", f"Killing container with id {self.spec.name}.")
            await self._process.stop(STOP_GRACE_SECONDS)
        if self._task is not None:
            await self._task

    def crash(self) -> bool:
        """Kill its process as a fault; whether there was one. The restart policy decides what follows."""
        if self._process is None:
            return False
        self._process.kill()
        return True

    @property
    def completed(self) -> bool:
        """Whether it has ended and its restart policy leaves it at that."""
        code = self.current.exit_code
        return self.current.state == TERMINATED and code is not None and not self._policy.restarts(code)

    @property
    def will_restart(self) -> bool:
        """Whether it is being kept running, so that a terminated state is not its last."""
        return self._started.is_set() and self._task is not None and not self._task.done()

    def snapshot(self) -> dict[str, Any]:
        """Its `instanceView`; also what a new supervisor takes up after the simulator was restarted."""
        view: dict[str, Any] = {"restartCount": self.restart_count, "currentState": self.current.view()}
        if self.previous is not None:
            view["previousState"] = self.previous.view()
        if events := self.events.views():
            view["events"] = events
        return view

    async def execute(self, words: tuple[str, ...]) -> str | None:
        """Run a command in the container, as an exec probe does; None for exit code 0, else what it answered."""
        if self._command is None:
            return "the container is not running"
        command = commands.Command(
            commands.on_host(words, self._root), self._command.environment, self._command.working_directory
        )
        number = next(self._executions)
        folder = self._folder / f"exec-{number}"
        output = RingLog(folder, self._host.now)
        output.clear()
        record = self._folder / f"process.exec-{number}.json"
        process = await ContainerProcess.start(command, self.spec.limits, output, record)
        try:
            code = await process.wait()
            text = output.read(tail=5).strip()
        finally:
            process.kill()
            await process.wait()
            output.close()
            remove_tree(folder)
        return None if code == 0 else text or f"command ended with exit code {code}"

    # -- its life ------------------------------------------------------------------------------------------------

    @property
    def _root(self) -> Path:
        return self._folder / "rootfs"

    async def _supervise(self) -> None:
        try:
            await self._keep_running()
        except Exception:
            _log.exception("container %s is no longer looked after", self.spec.name)
            self._not_started("the simulator broke; its log says where")
        finally:
            # Whoever waits for the start must not wait for ever.
            self._started.set()

    async def _keep_running(self) -> None:
        delays = 0
        while not self._stopping.is_set():
            began = self._host.now()
            exit_code = await self._run_once()
            if self._stopping.is_set() or not self._policy.restarts(exit_code):
                return
            lasted = (self._host.now() - began).total_seconds()
            if lasted >= max(_SHORTEST_BACKOFF_RESET, _BACKOFF_RESET_SECONDS * self._host.scale):
                delays = 0
            self.previous = self.current
            if delays:
                self.events.add("BackOff", "Back-off restarting failed container", WARNING)
                self.current = ContainerState(detail="CrashLoopBackOff: Back-off restarting failed")
                self._changed()
            await self._back_off(delays)
            delays += 1
            if not self._stopping.is_set():
                self.restart_count += 1

    async def _back_off(self, delays: int) -> None:
        factor = min(2 ** (delays - 1), _BACKOFF_LIMIT) if delays else 0
        delay = max(_SHORTEST_BACKOFF * max(factor, 1), self._host.backoff * factor)
        waiting = asyncio.ensure_future(self._host.wait(delay))
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait([waiting, stopping], return_when=asyncio.FIRST_COMPLETED)
        for task in (waiting, stopping):
            task.cancel()

    async def _run_once(self) -> int:
        """Run the container until it ends; its exit code."""
        moment = isoformat(self._host.now(), 3)
        try:
            process = await self._start_process()
        except (commands.CommandError, rootfs.MountError, OSError, ValueError) as error:
            # ValueError: what no process can be given, such as a NUL in its environment or its arguments.
            self._not_started(str(error), moment)
            return _START_ERROR
        self._process = process
        if self._stopping.is_set():
            process.kill()
        self.events.add("Started", "Started container")
        self.current = ContainerState(RUNNING, "", isoformat(self._host.now(), 3))
        self._started.set()
        self._changed()
        self._probes = [asyncio.create_task(loop.run()) for loop in self._probe_loops()]
        try:
            exit_code = await process.wait()
        finally:
            await self._end_probes()
            self._process = None
        self.current = ContainerState(
            TERMINATED,
            "Completed" if exit_code == 0 else "Error",
            self.current.started,
            isoformat(self._host.now(), 3),
            exit_code,
        )
        self._changed()
        return exit_code

    def _not_started(self, problem: str, began: str | None = None) -> None:
        ended = isoformat(self._host.now(), 3)
        self.events.add("Failed", f"Error: failed to start container: {problem}", WARNING)
        self.current = ContainerState(TERMINATED, "Error", began or ended, ended, _START_ERROR)
        self._started.set()
        self._changed()

    async def _end_probes(self) -> None:
        probes, self._probes = self._probes, []
        for task in probes:
            task.cancel()
        await asyncio.gather(*probes, return_exceptions=True)

    async def _start_process(self) -> ContainerProcess:
        programs = await asyncio.to_thread(self._build_file_system)
        config = self.spec.image.config
        config = replace(config, environment=(*self._host.environment, *config.environment))
        self._command = commands.build(config, self.spec.command, self.spec.environment, self._root, programs)
        self.events.add("Created", "Created container")
        return await ContainerProcess.start(self._command, self.spec.limits, self.log, self._folder / "process.json")

    def _build_file_system(self) -> Path:
        """A fresh one for each run: what a container wrote is gone when it is started again, as in Azure."""
        rootfs.assemble(self.spec.image.layers, self.spec.mounts, self._root)
        return interpreter.create(self._folder / "interpreter", self._root, self._network, self._host.bytecode)

    def _probe_loops(self) -> list[ProbeLoop]:
        loops = []
        if (probe := self.spec.liveness) is not None:
            loops.append(self._probe_loop(probe, "Liveness", self._not_alive))
        if (probe := self.spec.readiness) is not None:
            # Azure keeps sending requests to the only container there is; a failure shows as an event.
            loops.append(self._probe_loop(probe, "Readiness", _nothing))
        return loops

    def _probe_loop(self, probe: Probe, kind: str, exhausted: Callable[[], None]) -> ProbeLoop:
        def failed(problem: str) -> None:
            self.events.add("Unhealthy", f"{kind} probe failed: {problem}", WARNING)
            self._changed()

        return ProbeLoop(probe, self._check(probe), self._host.scale, self._host.wait, failed, exhausted)

    def _check(self, probe: Probe) -> Check:
        async def execute() -> str | None:
            return await self.execute(probe.command)

        async def get() -> str | None:
            return await http_get(probe, self._network.address_of(probe.http_port))

        return execute if probe.command else get

    def _not_alive(self) -> None:
        process = self._process
        if process is None or (self._ending is not None and not self._ending.done()):
            return
        self.events.add("Killing", f"Killing container with id {self.spec.name}: Container failed liveness probe")
        self._changed()
        self._ending = asyncio.create_task(process.stop(STOP_GRACE_SECONDS))


def _nothing() -> None:
    """For callers that want no word of a change."""
