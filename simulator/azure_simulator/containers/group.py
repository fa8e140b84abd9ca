"""The containers of one group: init containers one after the other, then all the others, sharing an address."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from azure_simulator.containers.events import EventLog
from azure_simulator.containers.interpreter import Network
from azure_simulator.containers.state import RestartPolicy, group_state
from azure_simulator.containers.supervisor import ContainerSpec, ContainerSupervisor, Host


class GroupSupervisor:
    """Runs a group in `folder`. `changed` is called after every change of what its instance view shows.

    By container name: `snapshots`, what a supervisor of an earlier simulator remembered and this one goes on with, and
    `events`, where a new deployment of a group goes on noting events.
    """

    def __init__(
        self,
        folder: Path,
        containers: Iterable[ContainerSpec],
        init_containers: Iterable[ContainerSpec],
        policy: RestartPolicy,
        network: Network,
        host: Host,
        changed: Callable[[], None],
        *,
        snapshots: Mapping[str, Mapping[str, Any]] | None = None,
        events: Mapping[str, EventLog] | None = None,
    ) -> None:
        def supervise(spec: ContainerSpec, policy: RestartPolicy) -> ContainerSupervisor:
            return ContainerSupervisor(
                spec,
                folder / spec.name,
                policy,
                network,
                host,
                changed,
                snapshot=(snapshots or {}).get(spec.name),
                events=(events or {}).get(spec.name),
            )

        # An init container has done its work when it ends well; it is repeated until then unless the policy is Never.
        init_policy = RestartPolicy.NEVER if policy is RestartPolicy.NEVER else RestartPolicy.ON_FAILURE
        self.init_containers = {spec.name: supervise(spec, init_policy) for spec in init_containers}
        self.containers = {spec.name: supervise(spec, policy) for spec in containers}
        self._changed = changed
        self._init_failed = False
        self._stopped = False
        self._task: asyncio.Task[None] | None = None

    @property
    def state(self) -> str:
        """`instanceView.state`: Pending, Running, Stopped, Succeeded or Failed."""
        if self._stopped:
            return "Stopped"
        if self._init_failed:
            return "Failed"
        containers = self.containers.values()
        return group_state(
            (container.current for container in containers), any(container.will_restart for container in containers)
        )

    @property
    def every(self) -> dict[str, ContainerSupervisor]:
        """Init containers and containers by name."""
        return {**self.init_containers, **self.containers}

    def snapshots(self) -> dict[str, dict[str, Any]]:
        """Instance views by container name."""
        return {name: container.snapshot() for name, container in self.every.items()}

    def start(self) -> None:
        """Start the group; returns at once."""
        self._task = asyncio.create_task(self._start(), name="container group")

    async def started(self) -> None:
        """Return once every container has been started, or cannot be because an init container failed."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def stop(self) -> None:
        """Stop all containers, as the stop action does."""
        await self._end(lambda container: container.stop())
        self._stopped = True
        self._changed()

    async def abandon(self, *, silently: bool) -> None:
        """End all processes; the group's state stays as it was (see `ContainerSupervisor.abandon`)."""
        await self._end(lambda container: container.abandon(silently=silently))

    def mark_stopped(self) -> None:
        """Say of a group that is not started that it was stopped."""
        self._stopped = True

    async def _start(self) -> None:
        for container in self.init_containers.values():
            # After a restart of the simulator some may have done their work already.
            if container.completed and container.current.exit_code == 0:
                continue
            container.start()
            if await container.finished() != 0:
                self._init_failed = True
                self._changed()
                return
        due = [container for container in self.containers.values() if not container.completed]
        for container in due:
            container.start()
        await asyncio.gather(*(container.started() for container in due))

    async def _end(self, end: Callable[[ContainerSupervisor], Any]) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.gather(*(end(container) for container in self.every.values()))
