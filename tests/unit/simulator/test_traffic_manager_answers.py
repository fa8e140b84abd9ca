"""Whom DNS would name, for how long, and what the statuses say."""

from __future__ import annotations

from typing import Any

import pytest

from azure_simulator.services.traffic_manager import status
from azure_simulator.services.traffic_manager.answers import Resolver, choose


def endpoint(target: str, found: str, priority: int = 1, weight: int = 1) -> dict[str, Any]:
    return {
        "properties": {
            "target": target,
            "endpointStatus": "Enabled",
            "endpointMonitorStatus": found,
            "priority": priority,
            "weight": weight,
        }
    }


def properties(*endpoints: dict[str, Any], method: str = "Priority") -> dict[str, Any]:
    return {
        "profileStatus": "Enabled",
        "trafficRoutingMethod": method,
        "dnsConfig": {"ttl": 30},
        "monitorConfig": {},
        "endpoints": list(endpoints),
    }


@pytest.mark.parametrize(
    ("blue", "green", "answer"),
    [
        ("Online", "Online", "blue"),
        ("CheckingEndpoint", "Online", "blue"),
        ("Unmonitored", "Online", "blue"),
        ("Degraded", "Online", "green"),
        ("Degraded", "CheckingEndpoint", "green"),
        ("Disabled", "Degraded", "green"),
        ("Degraded", "Degraded", "blue"),
        ("Disabled", "Disabled", None),
        ("Inactive", "Inactive", None),
    ],
)
def test_priority(blue: str, green: str, answer: str | None) -> None:
    assert choose(properties(endpoint("green", green, 2), endpoint("blue", blue, 1))) == answer


def test_a_disabled_profile_has_no_answer() -> None:
    assert choose({**properties(endpoint("blue", "Online")), "profileStatus": "Disabled"}) is None


@pytest.mark.parametrize(
    ("drawn", "answer"), [(0.0, "blue"), (0.249, "blue"), (0.25, "green"), (0.9999999999999999, "green")]
)
def test_weighted(drawn: float, answer: str) -> None:
    profile = properties(
        endpoint("blue", "Online", weight=1),
        endpoint("out", "Degraded", weight=1000),
        endpoint("green", "Online", weight=3),
        method="Weighted",
    )
    assert choose(profile, lambda: drawn) == answer


def test_an_answer_is_kept_for_its_scaled_ttl() -> None:
    now = 1000.0
    resolver = Resolver(lambda: now, 0.5)
    profile: dict[str, Any] = {
        "id": "/Profile",
        "properties": properties(endpoint("blue", "Online", 1), endpoint("green", "Online", 2)),
    }
    assert resolver.resolve(profile) == "blue"
    profile["properties"]["endpoints"][0] = endpoint("blue", "Degraded", 1)
    now += 14.9
    assert resolver.resolve(profile) == "blue"
    now += 0.2
    assert resolver.resolve(profile) == "green"
    resolver.forget("/profile")
    profile["properties"]["endpoints"][0] = endpoint("blue", "Online", 1)
    assert resolver.resolve(profile) == "blue"


def test_having_no_answer_is_not_kept() -> None:
    resolver = Resolver(lambda: 0.0, 1)
    profile: dict[str, Any] = {"id": "p", "properties": properties(endpoint("blue", "Disabled"))}
    assert resolver.resolve(profile) is None
    profile["properties"] = properties(endpoint("blue", "Online"))
    assert resolver.resolve(profile) == "blue"


@pytest.mark.parametrize(
    ("found", "profile_status"),
    [
        ((), "Inactive"),
        (("Disabled",), "Inactive"),
        (("CheckingEndpoint", "Disabled"), "CheckingEndpoints"),
        (("CheckingEndpoint", "Online"), "Online"),
        (("Online", "Degraded"), "Degraded"),
    ],
)
def test_profile_monitor_status(found: tuple[str, ...], profile_status: str) -> None:
    profile = properties(*(endpoint(str(index), one) for index, one in enumerate(found)))
    for one in profile["endpoints"]:
        if one["properties"]["endpointMonitorStatus"] == "Disabled":
            one["properties"]["endpointStatus"] = "Disabled"
    status.settle(profile)
    assert profile["monitorConfig"]["profileMonitorStatus"] == profile_status


def test_a_disabled_profile_makes_its_endpoints_inactive_until_it_is_enabled() -> None:
    profile = properties(endpoint("blue", "Online"), endpoint("always", "Online"))
    profile["endpoints"][1]["properties"]["alwaysServe"] = "Enabled"
    profile["profileStatus"] = "Disabled"
    status.settle(profile)
    assert [one["properties"]["endpointMonitorStatus"] for one in profile["endpoints"]] == ["Inactive", "Inactive"]
    assert profile["monitorConfig"]["profileMonitorStatus"] == "Disabled"
    profile["profileStatus"] = "Enabled"
    status.settle(profile)
    found = [one["properties"]["endpointMonitorStatus"] for one in profile["endpoints"]]
    assert found == ["CheckingEndpoint", "Unmonitored"]
