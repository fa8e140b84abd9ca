"""Health checks of all endpoints: one task for each endpoint that is probed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from azure_simulator.services.traffic_manager import status
from azure_simulator.services.traffic_manager.probes import Probe

_log = logging.getLogger(__name__)

# An endpoint is never probed more often than this, in real seconds: a time scale of 0 must not turn probing into a busy
# loop. A healthy one is probed less often, or the log of what it serves would hold little else.
SHORTEST_INTERVAL, SHORTEST_HEALTHY_INTERVAL = 0.1, 1.0


@dataclass(frozen=True)
class Plan:
    """How one endpoint is probed. `interval` in unscaled seconds."""

    probe: Probe
    interval: int
    tolerated: int


class Monitor:
    """Keeps a task for each endpoint that is to be probed.

    :param scale: the time scale, a factor on intervals.
    :param wait: waits so many simulated seconds.
    :param found: called with profile id, endpoint id and monitor status when checks come to a result.
    """

    def __init__(
        self, scale: float, wait: Callable[[float], Awaitable[None]], found: Callable[[str, str, str], None]
    ) -> None:
        self._scale = scale
        self._wait = wait
        self._found = found
        self._tasks: dict[tuple[str, str], tuple[Plan, asyncio.Task[None]]] = {}

    def follow(self, profile: Mapping[str, Any]) -> None:
        """Probe what a profile as it is now asks for; checks that go on as before are not interrupted."""
        properties = profile["properties"]
        config = properties["monitorConfig"]
        wanted = {
            (profile["id"], one["id"]): Plan(
                Probe.of(config, one["properties"]), config["intervalInSeconds"], config["toleratedNumberOfFailures"]
            )
            for one in properties["endpoints"]
            if status.is_probed(properties, one["properties"])
        }
        for key in [key for key in self._tasks if key[0] == profile["id"]]:
            if self._tasks[key][0] != wanted.get(key):
                self._tasks.pop(key)[1].cancel()
        for key, plan in wanted.items():
            if key not in self._tasks:
                task = asyncio.create_task(self._run(key, plan), name=f"traffic manager probe {key[1]}")
                self._tasks[key] = (plan, task)

    def forget(self, profile_id: str) -> None:
        """Probe nothing of a profile any more."""
        for key in [key for key in self._tasks if key[0] == profile_id]:
            self._tasks.pop(key)[1].cancel()

    async def close(self) -> None:
        """End all checks."""
        tasks = [task for _, task in self._tasks.values()]
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, key: tuple[str, str], plan: Plan) -> None:
        failures = 0
        while True:
            problem = await plan.probe.problem()
            if problem is None:
                failures = 0
                self._found(*key, status.ONLINE)
            else:
                failures += 1
                if failures == plan.tolerated + 1:
                    _log.info("%s is degraded: %s", key[1], problem)
                if failures > plan.tolerated:
                    self._found(*key, status.DEGRADED)
            shortest = SHORTEST_INTERVAL if problem else SHORTEST_HEALTHY_INTERVAL
            await self._wait(max(shortest, plan.interval * self._scale))
