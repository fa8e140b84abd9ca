"""What DNS would answer for a profile, and for how long a client's resolver keeps an answer."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from azure_simulator.services.traffic_manager.status import AVAILABLE, DEGRADED


def choose(properties: Mapping[str, Any], draw: Callable[[], float] = random.random) -> str | None:
    """The target of the endpoint a profile (its properties) answers with; None when it has nothing to answer.

    When all endpoints are degraded they count as available, because some answer is better than none.
    `draw` gives a number from 0 to below 1.
    """
    if properties["profileStatus"] == "Disabled":
        return None
    endpoints = [one["properties"] for one in properties["endpoints"]]
    eligible = [one for one in endpoints if one["endpointMonitorStatus"] in AVAILABLE]
    eligible = eligible or [one for one in endpoints if one["endpointMonitorStatus"] == DEGRADED]
    if not eligible:
        return None
    if properties["trafficRoutingMethod"] == "Priority":
        return str(min(eligible, key=lambda one: one["priority"])["target"])
    left = draw() * sum(one["weight"] for one in eligible)
    for one in eligible:
        left -= one["weight"]
        if left < 0:
            break
    return str(one["target"])


@dataclass(frozen=True)
class _Answer:
    target: str
    expires: float


class Resolver:
    """One caching resolver for all clients: it asks again only when the TTL of what it has is over.

    :param now: simulated time in seconds.
    :param scale: the time scale, a factor on TTLs.
    """

    def __init__(self, now: Callable[[], float], scale: float) -> None:
        self._now = now
        self._scale = scale
        self._answers: dict[str, _Answer] = {}

    def resolve(self, profile: Mapping[str, Any]) -> str | None:
        """The target clients of a profile connect to now. That there is none is not kept."""
        key, now = profile["id"].lower(), self._now()
        kept = self._answers.get(key)
        if kept is not None and now < kept.expires:
            return kept.target
        target = choose(profile["properties"])
        if target is None:
            self.forget(profile["id"])
        else:
            self._answers[key] = _Answer(target, now + profile["properties"]["dnsConfig"]["ttl"] * self._scale)
        return target

    def forget(self, profile_id: str) -> None:
        """Drop the answer for a profile that is gone."""
        self._answers.pop(profile_id.lower(), None)
