"""Who serves as the backend of a stack."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _state
from ansible_collections.codexdominion.azure.plugins.module_utils._backend._state import Backend


def group(name: str, image: str = "reg/app@sha256:1") -> dict[str, Any]:
    """Return a container group as a list of them shows it."""
    return {
        "name": name,
        "ip_address": {"fqdn": f"{name}.example", "ip": "192.0.2.1"},
        "containers": [{"name": "api", "image": image}],
    }


def profile(*endpoints: tuple[str, str, int]) -> dict[str, Any]:
    """Return a Traffic Manager profile by the names, the status, and the priorities of its endpoints."""
    return {
        "dns_config": {"fqdn": "api.trafficmanager.net"},
        "endpoints": [
            {"name": name, "target": f"{name}.example", "endpoint_status": status, "priority": priority}
            for name, status, priority in endpoints
        ],
    }


BLUE, GREEN = group("api-blue", "reg/app@sha256:b"), group("api-green", "reg/app@sha256:g")
OTHER = group("somebody-else", "reg/other@sha256:9")

SERVING: dict[str, tuple[Backend, str, str]] = {
    "nothing": (Backend("api"), "", ""),
    "somebody else": (Backend("api", [OTHER]), "", ""),
    "the only group": (Backend("api", [OTHER, group("api")]), "", "reg/app@sha256:1"),
    "a colour without a profile": (Backend("api", [BLUE]), "", ""),
    "the colour with the traffic": (
        Backend("api", [BLUE, GREEN], profile(("green", "Enabled", 1))),
        "green",
        "reg/app@sha256:g",
    ),
    "the one ranked first": (
        Backend("api", [BLUE, GREEN], profile(("green", "Enabled", 2), ("blue", "Enabled", 1))),
        "blue",
        "reg/app@sha256:b",
    ),
    "the one that may get traffic": (
        Backend("api", [BLUE, GREEN], profile(("blue", "Disabled", 1), ("green", "Enabled", 2))),
        "green",
        "reg/app@sha256:g",
    ),
    "the one that has a group": (
        Backend("api", [GREEN], profile(("blue", "Enabled", 1), ("green", "Enabled", 2))),
        "green",
        "reg/app@sha256:g",
    ),
    "a colour that goes before the group it replaces": (
        Backend("api", [group("api"), BLUE], profile(("blue", "Enabled", 1))),
        "blue",
        "reg/app@sha256:b",
    ),
}


@pytest.mark.parametrize("case", SERVING)
def test_who_serves(case: str) -> None:
    backend, colour, image = SERVING[case]
    assert backend.colour == colour
    assert _state.image_of(backend.serving) == image
    assert backend.serving_name == ("api" if not colour else f"api-{colour}")
    assert (backend.serving is None) == (not image)
    assert backend.next_colour == ("green" if colour == "blue" else "blue")


def test_what_gets_the_traffic_and_what_does_not_any_more() -> None:
    backend = Backend("api", [BLUE, GREEN], profile(("blue", "Enabled", 1), ("green", "Enabled", 2)))
    assert backend.serving_endpoints == [{"name": "blue", "target": "blue.example", "priority": 1}]
    assert backend.other_endpoints == [{"name": "green", "target": "green.example", "enabled": False, "priority": 2}]
    assert backend.host == "api.trafficmanager.net"
    alone = Backend("api", [group("api")])
    assert alone.serving_endpoints == alone.other_endpoints == []
    assert (alone.host, alone.serves) == ("api.example", True)
    assert not Backend("api", [BLUE]).serves


def test_a_group_without_a_name_is_reached_by_its_address() -> None:
    assert _state.host_of({"ip_address": {"ip": "192.0.2.1", "fqdn": None}}) == "192.0.2.1"
    assert _state.host_of({"ip_address": None}) == _state.host_of(None) == ""


def test_what_there_is_of_it() -> None:
    backend = Backend("api", [OTHER, GREEN, group("api")])
    assert backend.group_names == ["api-green", "api"]
    assert backend.colour_names == ["api-green"]
    assert backend.deployed_digests == ["sha256:9", "sha256:g", "sha256:1"]
    assert backend.resources("in_place")[-1] == "Microsoft.Network/trafficManagerProfiles/api-traffic"
    assert [one.split("/")[-1] for one in Backend("api").resources("in_place")] == ["api", "api-blue", "api-green"]
    assert Backend("api").has_profile("blue_green")


@pytest.mark.parametrize("strategy", _state.STRATEGIES)
def test_a_strategy_of_its_own_means_nothing(strategy: str) -> None:
    groups = [BLUE] if strategy == "blue_green" else [group("api")]
    assert _state.switch_of_strategy(Backend("api", groups), strategy, 60) == ""
    assert _state.switch_of_strategy(Backend("api"), strategy, 60) == ""


def test_another_strategy_says_what_goes_and_when() -> None:
    text = _state.switch_of_strategy(Backend("api", [group("api")]), "blue_green", 30)
    assert "gets another address: that of a Traffic Manager profile" in text
    assert text.endswith("another 30 s have passed, and is removed then: api. Impact: recreate.")
    text = _state.switch_of_strategy(Backend("api", [BLUE, GREEN]), "in_place", 30)
    assert "gets another address: that of its container group" in text
    assert text.endswith("removed then: api-blue, api-green, api-traffic. Impact: recreate.")


def test_what_is_missing_and_what_brings_it() -> None:
    said = "The stack s has no container group api in the resource group rg"
    setup = ": ansible-playbook playbooks/setup_stack.yml --limit h"
    assert _state.missing(Backend("api"), "rg", "s", "h") == said + setup
    idle = _state.missing(Backend("api", [BLUE, GREEN]), "rg", "s", "h")
    assert idle == f"{said}, and api-traffic sends nobody to api-blue or api-green{setup}"
    assert _state.missing(Backend("api", [group("api")]), "rg", "s", "h") == ""
