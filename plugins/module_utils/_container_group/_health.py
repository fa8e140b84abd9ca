# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the containers of a group run and stay running, and if not, why. Private to this collection.

States and events: U(https://learn.microsoft.com/azure/container-instances/container-state). "Succeeded" only says that
the containers were started once; whether they keep running has to be watched.
"""

from __future__ import annotations

import re
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import _liveness
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError

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

    past: frozenset[tuple[str, ...]]
    """The events that came before what is watched, see event_keys()."""

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

    A container with a liveness probe has to pass it, too, since Azure kills it later otherwise.

    :param deadline: by time.monotonic().
    :raises OperationsError: with events, exit code and last log lines, when a container fails or does not become
        stable.
    """
    since: dict[str, tuple[tuple[t.Any, ...], float]] = {}
    proofs = _liveness.Proofs()
    while True:
        group = watch.read()
        if group is None:
            raise OperationsError(f"{what} was deleted meanwhile", code="ResourceNotFound")
        now = time.monotonic()
        left = []
        for container in group["properties"]["containers"]:
            name, view = container["name"], container["properties"].get("instanceView") or {}
            policy = group["properties"].get("restartPolicy") or "Always"
            if _failed(view, policy) or proofs.refuted(container, view, _events(group, view, watch.past), now):
                raise diagnose(what, group, name, watch, stable_seconds, proofs)
            if _ended_well(view, policy):
                continue
            fingerprint = _fingerprint(view)
            if since.get(name, (None, 0.0))[0] != fingerprint:
                since[name] = (fingerprint, now)
            if (
                not _running(view)
                or now - since[name][1] < stable_seconds
                or proofs.missing(group, container, since[name][1], now)
            ):
                left.append((name, view))
        if not left:
            return
        if now >= deadline:
            raise diagnose(what, group, left[0][0], watch, stable_seconds, proofs)
        report("; ".join(f"container {name}: {_state(view)}" for name, view in left))
        time.sleep(POLL_SECONDS)


def diagnose(
    what: str, group: Body, container: str, watch: Watch, stable_seconds: float, proofs: _liveness.Proofs
) -> OperationsError:
    """Return the error for a container that does not run: what happened, its events and its last words."""
    found = observe(group, container, watch)
    remedy = found.pop("remedy")
    exit_code, restarts, lines = found["exit_code"], found["restart_count"], found["log"]
    view = states(group)[container]
    body = next(one for one in group["properties"]["containers"] if one["name"] == container)
    answer = proofs.answers.get(container)
    if _running(view) and answer is not None and not answer.good:
        return _not_alive(what, group, body, answer, found)
    text = f"Container {container} of {what} does not stay running: {_state(view)}"
    if exit_code is not None:
        text += f", last exit code {exit_code}"
    if restarts:
        text += f", restarted {restarts} time{'s' if restarts != 1 else ''}"
    if answer is not None and not answer.good:
        text += f"; its liveness page answers: {answer.text}"
    answered = text
    if lines:
        text += f"; last log line: {lines[-1]}"
    expected = f"container {container} runs {stable_seconds:g} s without a restart"
    return OperationsError(
        text,
        code="ContainerNotRunning",
        remedy=remedy,
        details={**found, "expected": expected, "answered": answered},
    )


def _not_alive(
    what: str, group: Body, container: Body, answer: _liveness.Answer, found: dict[str, t.Any]
) -> OperationsError:
    """Return the error for a container that runs, and that Azure kills again and again."""
    probe = container["properties"]["livenessProbe"]
    path, port = _liveness.path_of(probe), probe["httpGet"]["port"]
    expected = f"{path} at port {port}: a status from 200 to 399, as the liveness probe asks for it"
    return OperationsError(
        f"Container {container['name']} of {what} runs, but its liveness probe fails, and Azure kills it again and"
        f" again: {path} at port {port} answers: {answer.text}",
        code="LivenessProbeFails",
        remedy=_REMEDIES["liveness"],
        details={**found, "cause": "liveness", "expected": expected, "answered": answer.text},
    )


def observe(group: Body, container: str, watch: Watch) -> dict[str, t.Any]:
    """Return how a container is: its state, exit code and restarts, its events, its last words, and what to do.

    That its log cannot be read is one of these facts and no error: it must not take the place of what is looked for.
    """
    view = states(group).get(container) or {}
    current = view.get("currentState") or {}
    events = _events(group, view, watch.past)
    problem = ""
    try:
        lines = watch.logs(container)
    except OperationsError as error:
        lines, problem = [], f"{error.message}{f' ({error.code})' if error.code else ''}"
    exit_code = _exit_code(view)
    cause, missing = _cause(exit_code, events, lines, problem)
    return {
        "container": container,
        "state": current.get("state") or "Waiting",
        "exit_code": exit_code,
        "restart_count": view.get("restartCount") or 0,
        "events": events[-10:],
        "log": lines,
        "log_problem": problem,
        "cause": cause,
        "missing_variable": missing,
        "remedy": _REMEDIES[cause].format(missing),
    }


def event_keys(group: Body | None) -> frozenset[tuple[str, ...]]:
    """Return what tells the events of a group from later ones: Azure goes on showing those of former content."""
    if group is None:
        return frozenset()
    views = [*states(group).values(), group["properties"].get("instanceView") or {}]
    return frozenset(_key(one) for view in views for one in view.get("events") or [])


def _events(group: Body, view: Body, past: frozenset[tuple[str, ...]]) -> list[Body]:
    whole = group["properties"].get("instanceView") or {}
    return [one for part in (view, whole) for one in part.get("events") or [] if _key(one) not in past]


def _key(event: Body) -> tuple[str, ...]:
    return tuple(str(event.get(name)) for name in ("name", "message", "firstTimestamp", "lastTimestamp"))


def healthy(group: Body, container: str) -> bool:
    """Return whether a container just runs."""
    view = states(group).get(container) or {}
    return _running(view) and not view.get("restartCount")


def runs(group: Body) -> bool:
    """Return whether every container runs, or has ended well where it may end."""
    policy = group["properties"].get("restartPolicy") or "Always"
    return all(_running(view) or _ended_well(view, policy) for view in states(group).values())


def stopped(group: Body) -> bool:
    """Return whether a group was stopped, by us or by somebody else."""
    return (group["properties"].get("instanceView") or {}).get("state") == "Stopped"


def advice(group: Body, container: str, lines: list[str]) -> str:
    """Return what to do about a container that does not run or was restarted; nothing for one that just runs."""
    if healthy(group, container):
        return ""
    view = states(group).get(container) or {}
    cause, missing = _cause(_exit_code(view), view.get("events") or [], lines, "")
    return _REMEDIES[cause].format(missing)


_REMEDIES = {
    "pull": "The image cannot be pulled: check that it exists and that the group may pull it (backend_image_tag,"
    " backend_pull).",
    "memory": "The container was killed, most likely for lack of memory: give it more memory (backend_memory).",
    "command": "The command was not found in the image: check command (backend_command) and the image's entry point.",
    "liveness": "The liveness probe fails: check its path and port against what the container serves"
    " (backend_liveness_path, backend_port).",
    "variable": "The log names {} as missing: add it to backend_environment or backend_secret_environment.",
    "log": "See the log: its last lines say why (failure.details.log).",
    "unread": "The log could not be read: show it with playbooks/show_logs.yml, or go by exit code and events, and mend"
    " the image or what it is given (backend_image_tag, backend_environment, backend_secret_environment).",
    "silent": "The container left no log: check the image and its command (backend_image_tag, backend_command).",
}
"""What to do, by cause, in the words of the inventory."""


def _cause(exit_code: int | None, events: list[Body], lines: list[str], problem: str) -> tuple[str, str]:
    """Return why a container does not run, and the variable it misses, if any."""
    if any("pull" in str(one.get("message", "")).lower() and one.get("type") == "Warning" for one in events):
        return "pull", ""
    if exit_code == 137 and not _liveness.killed(events):
        return "memory", ""
    if exit_code == 127:
        return "command", ""
    if exit_code in _liveness.ENDED_BY_OTHERS and (_liveness.failures(events) or _liveness.killed(events)):
        return "liveness", ""
    if missing := next((name for line in reversed(lines) for name in _missing(line)), None):
        return "variable", missing
    if lines:
        return "log", ""
    return ("unread" if problem else "silent"), ""


def _exit_code(view: Body) -> int | None:
    current, previous = view.get("currentState") or {}, view.get("previousState") or {}
    ended = current if current.get("state") == "Terminated" else previous
    code: int | None = ended.get("exitCode")
    return code


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
