"""States of a container and of a group, as their instance views show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class RestartPolicy(StrEnum):
    """When a container that ended is started again."""

    ALWAYS = "Always"
    ON_FAILURE = "OnFailure"
    NEVER = "Never"

    def restarts(self, exit_code: int) -> bool:
        return self is self.ALWAYS or (self is self.ON_FAILURE and exit_code != 0)


WAITING, RUNNING, TERMINATED = "Waiting", "Running", "Terminated"


@dataclass(frozen=True)
class ContainerState:
    """One `ContainerState`; times as Azure writes them."""

    state: str = WAITING
    detail: str = ""
    started: str | None = None
    finished: str | None = None
    exit_code: int | None = None

    def view(self) -> dict[str, Any]:
        """As Azure serialises it, in its order."""
        view: dict[str, Any] = {"state": self.state}
        if self.started is not None:
            view["startTime"] = self.started
        if self.exit_code is not None:
            view["exitCode"] = self.exit_code
        if self.finished is not None:
            view["finishTime"] = self.finished
        view["detailStatus"] = self.detail
        return view

    @classmethod
    def from_view(cls, view: dict[str, Any]) -> ContainerState:
        return cls(
            view["state"], view["detailStatus"], view.get("startTime"), view.get("finishTime"), view.get("exitCode")
        )


def group_state(states: Iterable[ContainerState], restarting: bool) -> str:
    """State of a group that is not stopped; `restarting`: a container that is not running will be started again.

    As of a pod: running as long as a container runs or is to run again, else how its containers ended.
    """
    current = list(states)
    if any(state.state == RUNNING for state in current):
        return "Running"
    if any(state.state == WAITING for state in current):
        return "Running" if restarting else "Pending"
    if restarting:
        return "Running"
    return "Failed" if any(state.exit_code for state in current) else "Succeeded"
