# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replacing an access key of a cache, and proof by a client that the old one is worth nothing. Private."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Impact
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import finish, patiently
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _connection, _target
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._connection import Endpoint
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._target import Target

OTHER = {"primary": "secondary", "secondary": "primary"}

SPEC = _target.SPEC.merge(
    ArgumentSpec(
        options={
            # Which of the two, and not a key itself.
            "key": {"type": "str", "required": True, "choices": list(OTHER), "no_log": False},
            "verify": {"type": "bool", "default": True},
            "timeout": {"type": "int", "default": 900},
        },
        checks=(_common_specs.positive_timeout,),
    )
)

_TYPICAL = 30
_PAUSE = 0.2


def regenerate(ctx: Context) -> dict[str, t.Any]:
    """Replace the key and prove it.

    :returns: C(changed), C(impact), C(diff), and what was seen as C(redis_regenerate_key).
    :raises OperationsError: before anything is sent if that is not allowed; code C(NotConfirmed) without the proof.
    """
    params, key = ctx.params, str(ctx.params["key"])
    target = _target.find(ctx, params["service"])
    target.require_idle("given a new key")
    if params["verify"]:
        target.address()
    result = {"changed": True, "impact": str(Impact.RESTART), "diff": {"before": {}, "after": {"regenerated": key}}}
    if ctx.check_mode:
        return {**result, "redis_regenerate_key": None}
    deadline = time.monotonic() + ctx.timeout
    before = _working(target) if params["verify"] else None
    old = target.api.keys()[key]
    began = time.monotonic()

    def done() -> bool:
        # A key that is regenerated twice would lock out whoever has been given the first of them meanwhile.
        target.settled(deadline)
        return target.api.keys()[key] != old

    answer = patiently(ctx, target.what, deadline, lambda: target.api.regenerate_key(key), done)
    if answer is not None:
        finish(ctx, answer, f"{target.what}: its {key} key", _TYPICAL, deadline)
    if before:
        _prove(ctx, target, before, deadline)
    seen = {"key": key, "verified": before is not None, "seconds": round(time.monotonic() - began, 1)}
    return {**result, "redis_regenerate_key": seen}


def _working(target: Target) -> dict[str, Endpoint]:
    """Return where to connect with both keys, each tried: otherwise a refusal afterwards would prove nothing."""
    endpoints = target.endpoints()
    for endpoint in endpoints.values():
        with _connection.connect(endpoint):
            pass
    return endpoints


def _prove(ctx: Context, target: Target, before: dict[str, Endpoint], deadline: float) -> None:
    """Wait until the old key is refused, and the new one and the other one answer.

    :raises OperationsError: with code C(NotConfirmed) and what is not so, when the deadline comes first.
    """
    key = str(ctx.params["key"])
    other, now = OTHER[key], target.endpoints()
    wanted = (
        (f"the old {key} key", before[key], "is refused"),
        (f"the new {key} key", now[key], "answers"),
        (f"the {other} key", now[other], "answers"),
    )
    while True:
        states = [(name, _state(endpoint), good) for name, endpoint, good in wanted]
        doubts = [f"{name} {state}" for name, state, good in states if state != good]
        if not doubts:
            return
        found = f"{target.what}: its {key} key was regenerated, but {' and '.join(doubts)}"
        if time.monotonic() + _PAUSE > deadline:
            raise OperationsError(
                found, code="NotConfirmed", remedy="Look who uses the cache with which key before anything else."
            )
        ctx.report(found)
        time.sleep(_PAUSE)


def _state(endpoint: Endpoint) -> str:
    """Return what becomes of a client with this key: it answers, is refused, or is not heard of for now."""
    try:
        with _connection.connect(endpoint):
            return "answers"
    except OperationsError as error:
        if error.code == "AccessKeyWrong":
            return "is refused"
        if error.code in _connection.AWAY:
            return f"gets no answer ({error.code})"
        raise
