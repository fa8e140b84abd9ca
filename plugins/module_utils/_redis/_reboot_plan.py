# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which nodes of a cache are rebooted in which order, and what that does to data and clients. Pure; private."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import NOT_KNOWN, Impact
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._serving import KINDS

NODES = ("primary", "secondary", "all")
CHOICES = ("rolling", *NODES)
UNKNOWN = f"{NOT_KNOWN}: for how long each node is away, and which keys it keeps"
"""What a reboot that is not done yet is told with."""


class RebootPlan(t.TypedDict):
    """What a reboot does; C(problem) is empty where nothing stands against it."""

    order: list[str]
    loses_data: bool
    impact: str
    problem: str


def is_alone(sku: str) -> bool:
    """Return whether a cache of this size, such as C(Basic C0), has one node only."""
    return sku.split()[:1] == ["Basic"]


def order(nodes: str, alone: bool) -> list[str]:
    """Return one reboot after the other: rolling is the replica, then the primary."""
    if nodes != "rolling":
        return [nodes]
    return ["primary"] if alone else ["secondary", "primary"]


def impact(nodes: str, alone: bool) -> Impact:
    """Return what rebooting nodes does: without one that is left, the data is lost."""
    return Impact.DATA_LOSS if alone or nodes == "all" else Impact.RESTART


def plan(sku: str, *, service: str, nodes: str, name: str, host: str, confirmed: bool) -> RebootPlan:
    """Return the plan.

    :param sku: the size, such as C(Standard C1).
    :param service: C(classic) or C(managed).
    :param nodes: one of C(CHOICES).
    :param host: the inventory's host, which another playbook is limited to.
    :param confirmed: whether losing data is meant, or nothing is written.
    """
    alone = is_alone(sku)
    steps, loses_data = order(nodes, alone), impact(nodes, alone) is Impact.DATA_LOSS
    if loses_data:
        does = "All its data is lost, and it is away for minutes."
    elif "primary" in steps:
        does = "The data stays; clients are disconnected for a moment, and connect again."
    else:
        does = "The data stays, and clients notice nothing."
    problem = ""
    if service == "managed":
        problem = (
            f"An {KINDS['managed']} cannot be rebooted. To empty it run: "
            f"ansible-playbook playbooks/flush_cache.yml --limit {host}"
        )
    elif alone and nodes == "secondary":
        problem = f"{name} is a Basic cache, and has no secondary node."
    elif loses_data and not confirmed:
        problem = (
            f"This reboots {', then '.join(steps)} of {name}. {does} If that is meant, run it again with: "
            f"-e confirm={name}"
        )
    return {"order": steps, "loses_data": loses_data, "impact": does, "problem": problem}


def report(reboots: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    """Return what was seen, a line for each reboot that was proven."""
    return "\n".join(_line(seen) for seen in reboots if seen["verified"])


def _line(seen: t.Mapping[str, t.Any]) -> str:
    node = "another node serves now" if seen["run_id"] != seen["run_id_before"] else "the same node serves"
    return (
        f"{seen['nodes']:<9}  away for {seen['away_seconds']} s, proven after {seen['seconds']} s; {node}, "
        f"up for {seen['uptime_seconds']} s; keys {seen['keys_before']} before, {seen['keys']} after"
    )
