"""Which service is the cache of a stack, why, and what stands against connecting to it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._redis._serving import Serving, serving

READY = {"provisioning_state": "Succeeded", "access_keys_authentication": True, "tags": {}, "sku": "Standard C0"}
COPYING = {**READY, "tags": {"codex-migration": "copying"}}
SWITCHED = {**READY, "tags": {"codex-migration": "switched"}}


def choose(classic: Any = None, managed: Any = None, *, expected: str = "auto", others: int = 0) -> Serving:
    """Return what is chosen for a cache of one name."""
    return serving(classic, managed, in_subscription=others, expected=expected, name="cache", group="rg")


@pytest.mark.parametrize(
    ("classic", "managed", "service", "why", "is_plain"),
    [
        (READY, None, "classic", "it is there", True),
        (None, READY, "managed", "it is there", True),
        (None, COPYING, "managed", "it is there", True),
        (READY, COPYING, "classic", "keys are still being copied to its successor", False),
        (READY, SWITCHED, "managed", "it is there, and what it replaces is not used any more", False),
        (READY, READY, "managed", "it is there, and what it replaces is not used any more", False),
    ],
)
def test_the_one_that_serves(classic: Any, managed: Any, service: str, why: str, is_plain: bool) -> None:
    found = choose(classic, managed)
    assert (found["service"], found["why"], found["is_plain"]) == (service, why, is_plain)


@pytest.mark.parametrize(
    ("others", "why"),
    [
        (0, "If Azure makes none any more for this subscription, it will be Azure Managed Redis"),
        (2, "this subscription has 2 such: it may make more"),
    ],
)
def test_without_one_a_classic_cache_is_asked_for(others: int, why: str) -> None:
    found = choose(others=others)
    assert (found["service"], found["kind"]) == ("classic", "Azure Cache for Redis")
    assert why in found["why"] and not found["is_plain"] and not found["is_ready"]


@pytest.mark.parametrize("expected", ["classic", "managed"])
def test_what_was_asked_for_is_chosen_whatever_there_is(expected: str) -> None:
    for classic, managed in ((READY, COPYING), (READY, None), (None, None), (None, READY)):
        found = choose(classic, managed, expected=expected)
        assert found["service"] == expected and found["is_plain"]


@pytest.mark.parametrize(
    ("cache", "lacks"),
    [
        (None, "There is no cache in rg. Provide it:"),
        ({**READY, "provisioning_state": "Creating"}, "cache is Creating, and has no access keys."),
        ({**READY, "access_keys_authentication": False}, "cache takes no access keys"),
        (READY, ""),
    ],
)
def test_why_it_shows_no_key(cache: Any, lacks: str) -> None:
    found = choose(cache)["lacks"]
    assert found.startswith(lacks) and bool(found) is bool(lacks)


@pytest.mark.parametrize("state", ["CreateFailed", "Failed", "Succeeded", "Updating"])
def test_a_cache_that_has_failed_is_told_of(state: str) -> None:
    found = choose({**READY, "provisioning_state": state})
    assert bool(found["trouble"]) is state.endswith("Failed")
    assert not found["trouble"] or f"cache is {state} in Azure, and may serve nobody" in found["trouble"]
    assert found["is_ready"] is (state == "Succeeded")


def test_no_access_key_rides_along() -> None:
    assert "s3cret" not in str(choose({**READY, "keys": {"primary": "s3cret", "secondary": "s3cret"}}))
