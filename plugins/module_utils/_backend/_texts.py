# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators read about a backend: what a deployment did, and the log. Pure; private to this collection."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import NOT_KNOWN

Facts = t.Mapping[str, t.Any]

_STEPS = {
    "provide": "provide the Traffic Manager profile {name}",
    "create": "create {name}",
    "update": "change {name} without a restart",
    "change": "change {name} in place, with one restart",
    "recreate": "delete {name} and create it again",
    "probe": "let the probes of Azure find {name}",
    "switch": "give {name} the traffic, in one write",
    "watch": "watch {name} for {seconds} s while clients forget the former address",
    "drain": "send traffic to {name} alone",
    "forget": "leave {name} alone in the Traffic Manager profile",
    "stop": "stop {name} and keep it",
    "remove": "remove {name}",
    "restart": "restart {name}",
}


def steps(deployment: Facts) -> list[str]:
    """Return the steps of a deployment in words, numbered."""
    words = [_STEPS[one["operation"]].format(**one) for one in deployment.get("steps") or []]
    return [f"{number}. {text}" for number, text in enumerate(words, start=1)]


def url(host: str, port: int) -> str:
    """Return the address of a backend; an empty text where there is no host, or words in its place."""
    return f"http://{host}:{port}" if host and " " not in host else ""


def summary(deployment: Facts, name: str, stack: str, port: int, *, check: bool = False) -> str:
    """Return what a deployment did, where the backend is reached, and what it runs.

    :param deployment: the result of M(codexdominion.azure.backend_deployment).
    :param check: whether it was a rehearsal.
    """
    if deployment["changed"]:
        change = f"{'would be' if check else 'was'} changed (impact: {deployment['impact']})"
        if unknown := deployment.get("unknown_environment"):
            change += f", unless {' and '.join(unknown)}, {NOT_KNOWN}, {'stay' if unknown[1:] else 'stays'} the same"
    else:
        change = "is as the inventory says, nothing written"
    host = str(deployment["host"])
    address = url(host, port) or host
    done = steps(deployment)
    lines = [
        f"{stack}: {name} {change}",
        f"  address  {address or 'none'}",
        f"  image    {deployment['image']}",
        *(f"  {'steps' if not number else '':<7}  {text}" for number, text in enumerate(done if len(done) > 1 else [])),
    ]
    return "\n".join(lines)


def log(serving: Facts, lines: t.Sequence[str] | None, stack: str) -> str:
    """Return the state, the events and the last lines of a container.

    :param serving: as M(codexdominion.azure.backend_info) has it.
    :param lines: of its log; None where it cannot be read.
    """
    events = [
        f"  {one['last_timestamp']}  {one['name']:<8} {one['message']}"
        for one in serving["instance_view"].get("events") or []
    ]
    told = ["could not be read"] if lines is None else lines
    return "\n".join(
        [
            f"{stack}: {serving['name']} is {serving['state']}, {serving['restart_count']} restarts",
            "events:",
            *(events or ["  none"]),
            f"last {len(lines or [])} lines of its log:",
            *(f"  {line}" for line in told),
        ]
    )
