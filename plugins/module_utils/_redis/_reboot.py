# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rebooting the nodes of a cache, and proof that they were rebooted and serve again. Private to this collection.

Azure answers a reboot before it happens and shows nothing of it: neither the provisioning state nor an operation. What
shows it is the cache itself: another C(run_id), a fresh uptime, a replica that has attached itself anew.
"""

from __future__ import annotations

import dataclasses
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Impact
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import patiently
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import (
    _connection,
    _reboot_plan,
    _rules,
    _target,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._api import CacheApi
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._connection import Endpoint
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._target import Target

SPEC = (
    _common_specs.AZURE.merge(_common_specs.IN_GROUP)
    .merge(_connection.SPEC)
    .merge(
        ArgumentSpec(
            options={
                "name": {"type": "str", "required": True},
                "nodes": {"type": "str", "required": True, "choices": list(_reboot_plan.CHOICES)},
                "verify": {"type": "bool", "default": True},
                "force": {"type": "bool", "default": False},
                "timeout": {"type": "int", "default": 900},
            },
            rules={"name": _rules.name},
            checks=(_common_specs.positive_timeout,),
        )
    )
)

_PAUSE = 0.2
SHOWS_SECONDS = 30.0
"""For how long a reboot that may have been asked for is waited for before it is asked for again."""
_SECONDS = 2.0


@dataclasses.dataclass(frozen=True)
class Seen:
    """What a cache says of its primary node.

    :param attached: how often a replica has attached itself to it.
    :param uptime: seconds.
    """

    run_id: str
    uptime: int
    replicas: int
    attached: int
    keys: int


def reboot(ctx: Context) -> dict[str, t.Any]:
    """Reboot the nodes and prove it, one after the other; after a failure none of the others.

    :returns: C(changed), C(impact), C(diff), C(msg), what was seen as C(reboots), the last of it as C(redis_reboot).
    :raises OperationsError: before anything is sent if that is not allowed; code C(Timeout) without the proof.
    """
    params, nodes = ctx.params, str(ctx.params["nodes"])
    api = CacheApi(ctx.session, params["resource_group"], params["name"])
    target = _target.of(ctx, api)
    target.require_idle("rebooted")
    alone = _reboot_plan.is_alone(target.body["properties"]["sku"]["name"])
    steps, impact = _reboot_plan.order(nodes, alone), _reboot_plan.impact(nodes, alone)
    _refuse(target, nodes, alone, impact, params["force"])
    diff = {"before": {}, "after": {"rebooted": ", then ".join(steps)}}
    result = {"changed": True, "impact": str(impact), "diff": diff}
    reboots: list[dict[str, t.Any]] = []
    for step in [] if ctx.check_mode else steps:
        try:
            if reboots:
                target = _target.of(ctx, api)
                target.require_idle("rebooted")
            reboots.append(_reboot(ctx, api, target, step))
        except OperationsError as error:
            error.details["reboots"] = reboots
            raise
    seen = reboots[-1] if reboots else None
    message = _reboot_plan.UNKNOWN if ctx.check_mode else _reboot_plan.report(reboots)
    return {**result, "redis_reboot": seen, "reboots": reboots, "msg": message}


def _reboot(ctx: Context, api: CacheApi, target: Target, nodes: str) -> dict[str, t.Any]:
    """Reboot nodes of a kind; return what was seen.

    :raises OperationsError: code C(Timeout) without the proof.
    """
    deadline = time.monotonic() + ctx.timeout
    endpoint = target.endpoint() if ctx.params["verify"] else None
    before = look(endpoint, _connection.SECONDS) if endpoint else None
    sent = time.monotonic()
    patiently(ctx, api.what, deadline, lambda: api.reboot(nodes), lambda: _shows(api.what, endpoint, before, deadline))
    if endpoint is None or before is None:
        return {"nodes": nodes, "verified": False}
    after, away = _proof(ctx, nodes, endpoint, before, sent, deadline)
    return {
        "nodes": nodes,
        "verified": True,
        "run_id_before": before.run_id,
        "run_id": after.run_id,
        "uptime_seconds": after.uptime,
        "keys_before": before.keys,
        "keys": after.keys,
        "away_seconds": round(away, 1),
        "seconds": round(time.monotonic() - sent, 1),
    }


def _shows(what: str, endpoint: Endpoint | None, before: Seen | None, deadline: float) -> bool:
    """Return whether a reboot whose answer was lost is under way: a second one could lose what the first has kept.

    :raises OperationsError: with code C(OutcomeUnknown) where nobody may ask the cache.
    """
    if endpoint is None or before is None:
        raise OperationsError(
            f"Azure's answer to the reboot of {what} was lost, and without verify nothing tells whether it happens",
            code="OutcomeUnknown",
            remedy="Look at the cache, and run again to reboot it once more.",
        )
    until = min(deadline, time.monotonic() + SHOWS_SECONDS)
    while True:
        try:
            now = look(endpoint)
        except OperationsError as error:
            if error.code not in _connection.AWAY:
                raise
            return True
        if now.run_id != before.run_id or now.attached > before.attached or now.replicas < before.replicas:
            return True
        if time.monotonic() + _PAUSE > until:
            return False
        time.sleep(_PAUSE)


def _refuse(target: Target, nodes: str, alone: bool, impact: Impact, force: bool) -> None:
    """Refuse what cannot be done, and what was not asked for in earnest."""
    if alone and nodes == "secondary":
        raise OperationsError(
            f"{target.what} is Basic, and has no secondary node", code="NoSecondaryNode", remedy="Set nodes to primary."
        )
    if impact is Impact.DATA_LOSS and not force:
        raise OperationsError(
            f"{target.what} would lose all its data, and be away for minutes: none of its nodes would be left",
            code="ForceRequired",
            remedy="Set force to true to reboot it nevertheless; redis_flush deletes data without that.",
        )


def look(endpoint: Endpoint, seconds: float = _SECONDS) -> Seen:
    """Return what the cache says of its primary node.

    :raises OperationsError: when it does not answer.
    """
    with _connection.connect(endpoint._replace(is_cluster=False), seconds=seconds) as client:
        found = client.info("server") | client.info("replication") | client.info("stats")
        keyspace = client.info("keyspace")
    return Seen(
        run_id=str(found["run_id"]),
        uptime=int(found["uptime_in_seconds"]),
        replicas=int(found.get("connected_slaves", 0)),
        attached=int(found.get("sync_full", 0)) + int(found.get("sync_partial_ok", 0)),
        keys=sum(int(one["keys"]) for one in keyspace.values()),
    )


def proves(nodes: str, before: Seen, now: Seen, elapsed: float) -> bool:
    """Return whether what is seen now can only be so after the reboot, and the cache is whole again.

    :param elapsed: seconds since the reboot was asked for.
    """
    if now.replicas < before.replicas:
        return False
    if nodes == "secondary":
        # A failover meanwhile gives another primary, to which a replica has attached itself as well.
        return now.attached > before.attached or now.run_id != before.run_id
    fresh = nodes == "primary" or now.uptime <= elapsed + 1
    return now.run_id != before.run_id and fresh


def _proof(
    ctx: Context, nodes: str, endpoint: Endpoint, before: Seen, sent: float, deadline: float
) -> tuple[Seen, float]:
    """Watch until the reboot is proven; return what was seen last, and for how many seconds nothing answered."""
    away, last = 0.0, sent
    while True:
        try:
            now: Seen | None = look(endpoint)
        except OperationsError as error:
            if error.code not in _connection.AWAY:
                raise
            now = None
        moment = time.monotonic()
        if now is None:
            away += moment - last
        last = moment
        if now and proves(nodes, before, now, moment - sent):
            return now, away
        if moment + _PAUSE > deadline:
            state = "does not answer" if now is None else "answers as before"
            raise OperationsError(
                f"Redis at {endpoint} {state} {ctx.timeout:.0f} seconds after the reboot was accepted",
                code="Timeout",
                remedy="Look at the cache in the portal before anything else is done to it, or raise timeout.",
            )
        ctx.report(f"Redis at {endpoint}: {'away' if now is None else 'not yet rebooted'}")
        time.sleep(_PAUSE)
