# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the containers of a group run and stay running, and if not, why. Private to this collection.

States and events: U(https://learn.microsoft.com/azure/container-instances/container-state). "Succeeded" only says that
the
containers were started once; whether they keep running has to be watched.
"""

from __future__ import annotations

import re
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._errors import OperationsError

Body = dict[str, t.Any]

POLL_SECONDS = 1.0
CRASH_LOOP = 3
"""After so many restarts a container is taken to be in a crash loop."""
LOG_LINES = 30
_MISSING = re.compile(
    r"KeyError: '([A-Z][A-Z0-9_]+)'|\b([A-Z][A-Z0-9_]{2,}) (?:is |must be )?(?:missing|required|not set|unset|set)\b"
)


class Watch(t.Protocol):
    """What is needed to watch a group."""

    def read(self) -> Body | None:
        """Return the group, or None."""

    def logs(self, container: str) -> list[str]:
        """Return the last log lines of a container."""


def states(group: Body) -> dict[str, Body]:
    """Return the instance view of each container, by name."""
    containers = group["properties"].get("containers") or []
    return {one["name"]: one["properties"].get("instanceView") or {} for one in containers}


def starts(group: Body) -> dict[str, str]:
    """Return when each container that runs was started, by name."""
    current = {name: view.get("currentState") or {} for name, view in states(group).items()}
    return {name: str(state["startTime"]) for name, state in current.items() if state.get("startTime")}


def await_running(
    what: str, watch: Watch, stable_seconds: float, deadline: float, report: t.Callable[[str], None]
) -> None:
    """Wait until every container has run for a while without restarting, or has ended well where it may end.

    :param deadline: by time.monotonic().
    :raises OperationsError: with events, exit code and last log lines, when a container fails or does not become
        stable.
    """
    since: dict[str, tuple[tuple[t.Any, ...], float]] = {}
    while True:
        group = watch.read()
        if group is None:
            raise OperationsError(f"{what} was deleted meanwhile", code="ResourceNotFound")
        now = time.monotonic()
        left = []
        for name, view in states(group).items():
            policy = group["properties"].get("restartPolicy") or "Always"
            if _failed(view, policy):
                raise diagnose(what, group, name, watch)
            if _ended_well(view, policy):
                continue
            fingerprint = _fingerprint(view)
            if since.get(name, (None, 0.0))[0] != fingerprint:
                since[name] = (fingerprint, now)
            if not _running(view) or now - since[name][1] < stable_seconds:
                left.append((name, view))
        if not left:
            return
        if now >= deadline:
            raise diagnose(what, group, left[0][0], watch)
        report("; ".join(f"container {name}: {_state(view)}" for name, view in left))
        time.sleep(POLL_SECONDS)


def diagnose(what: str, group: Body, container: str, watch: Watch) -> OperationsError:
    """Return the error for a container that does not run: what happened, its events and its last words."""
    view = states(group)[container]
    current, previous = view.get("currentState") or {}, view.get("previousState") or {}
    ended = current if current.get("state") == "Terminated" else previous
    exit_code = ended.get("exitCode")
    events = [*(view.get("events") or []), *((group["properties"].get("instanceView") or {}).get("events") or [])]
    lines = watch.logs(container)
    restarts = view.get("restartCount") or 0
    text = f"Container {container} of {what} does not stay running: {_state(view)}"
    if exit_code is not None:
        text += f", last exit code {exit_code}"
    if restarts:
        text += f", restarted {restarts} time{'s' if restarts != 1 else ''}"
    if lines:
        text += f"; last log line: {lines[-1]}"
    return OperationsError(
        text,
        code="ContainerNotRunning",
        remedy=_remedy(exit_code, events, lines),
        details={
            "container": container,
            "state": current.get("state"),
            "exit_code": exit_code,
            "restart_count": restarts,
            "events": events[-10:],
            "log": lines,
        },
    )


def advice(group: Body, container: str, lines: list[str]) -> str:
    """Return what to do about a container that does not run or was restarted; nothing for one that just runs."""
    view = states(group).get(container) or {}
    if _running(view) and not view.get("restartCount"):
        return ""
    current, previous = view.get("currentState") or {}, view.get("previousState") or {}
    ended = current if current.get("state") == "Terminated" else previous
    return _remedy(ended.get("exitCode"), view.get("events") or [], lines)


def _remedy(exit_code: int | None, events: list[Body], lines: list[str]) -> str:
    if any("pull" in str(one.get("message", "")).lower() and one.get("type") == "Warning" for one in events):
        return "The image cannot be pulled: check that it exists and that the group may pull it."
    if exit_code == 137:
        return "The container was killed, most likely for lack of memory: give it more memory."
    if exit_code == 127:
        return "The command was not found in the image: check command and the image's entry point."
    if any(one.get("name") == "Unhealthy" for one in events):
        return "The liveness probe fails: check its path and port against what the container serves."
    if missing := next((name for line in reversed(lines) for name in _missing(line)), None):
        return f"The log names {missing} as missing: add it to the environment or the secret environment."
    if lines:
        return "See the log in the result (failure.details.log)."
    return "The container left no log: check its image and command."


def _fingerprint(view: Body) -> tuple[t.Any, ...]:
    current = view.get("currentState") or {}
    return (view.get("restartCount"), current.get("state"), current.get("startTime"))


def _running(view: Body) -> bool:
    return (view.get("currentState") or {}).get("state") == "Running"


def _ended_well(view: Body, policy: str) -> bool:
    current = view.get("currentState") or {}
    return policy != "Always" and current.get("state") == "Terminated" and current.get("exitCode") == 0


def _failed(view: Body, policy: str) -> bool:
    current = view.get("currentState") or {}
    if policy == "Never" and current.get("state") == "Terminated" and current.get("exitCode") != 0:
        return True
    return (view.get("restartCount") or 0) >= CRASH_LOOP and not _running(view)


def _state(view: Body) -> str:
    current = view.get("currentState") or {}
    state = str(current.get("state") or "Waiting")
    detail = current.get("detailStatus")
    return f"{state} ({detail})" if detail else state


def _missing(line: str) -> list[str]:
    """Return the environment variables a log line says are missing, as Python programs put it."""
    return [name for match in _MISSING.finditer(line) for name in match.groups() if name]
