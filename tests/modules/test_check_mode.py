"""What a module says under check mode of things that earlier tasks of the same run would make, or remove."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator_fixture import Simulator
from tests.support.backend import Backend, Platform

IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities/pull"
REGISTRY = "Microsoft.ContainerRegistry/registries/acrbackend"


@pytest.fixture(scope="module")
def platform(simulator_process: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """See Platform; beside the registry it has an identity."""
    made = Platform(simulator_process, tmp_path_factory.mktemp("cache"))
    made.run("user_assigned_identity", resource_group="rg", name="pull", location="eastus")
    return made


@pytest.mark.parametrize(
    ("removed", "left"),
    [
        ([], {"pull", "acrbackend"}),
        ([IDENTITY], {"acrbackend"}),
        ([IDENTITY.upper()], {"acrbackend"}),
        ([REGISTRY], {"pull"}),
        (["Microsoft.Cache/redis/pull", "Microsoft.Cache/redis/acrbackend"], {"pull", "acrbackend"}),
        ([IDENTITY + "-2", "Microsoft.ManagedIdentity/userAssignedIdentities/pul"], {"pull", "acrbackend"}),
        ([IDENTITY, REGISTRY], set()),
    ],
)
def test_what_a_run_removes_before_does_not_count(platform: Platform, removed: list[str], left: set[str]) -> None:
    params = {"name": "rg", "state": "absent", "removed": removed}
    result = platform.attempt("resource_group", True, params)
    assert bool(result.get("failed")) is bool(left)
    found = {name for name in ("pull", "acrbackend") if name in result.get("msg", "")}
    assert found == left
    if not left:
        assert (result["changed"], result["impact"]) == (True, "none")


def test_a_real_run_counts_what_is_there_whatever_it_was_told(platform: Platform) -> None:
    params = {"name": "rg", "state": "absent", "removed": [IDENTITY, REGISTRY]}
    result = platform.attempt("resource_group", False, params)
    assert result["failure"]["code"] == "ResourceGroupNotEmpty"


def test_an_identity_that_is_not_there_yet_gets_its_role(platform: Platform) -> None:
    scope = platform.run("container_registry", resource_group="rg", name="acrbackend")["container_registry"]["id"]
    params: dict[str, Any] = {"scope": scope, "principal_id": None, "role": "AcrPull"}
    checked = platform.run("role_assignment", check_mode=True, **params)
    assert (checked["changed"], checked["impact"]) == (True, "none")
    assert checked["diff"]["after"]["principal_id"] == "not known before"
    assert platform.attempt("role_assignment", False, params)["failure"]["code"] == "PrincipalRequired"


def test_an_admin_user_that_is_not_there_yet_has_a_name(platform: Platform) -> None:
    params: dict[str, Any] = {"resource_group": "rg", "name": "acrother", "return_credentials": True}
    platform.run("container_registry", **params, location="eastus")
    checked = platform.run("container_registry", **params, admin_user_enabled=True, check_mode=True)
    assert checked["container_registry"]["credentials"] == {"username": "acrother", "password": "not known before"}
    done = platform.run("container_registry", **params, admin_user_enabled=True)
    assert done["container_registry"]["credentials"]["username"] == "acrother"
    platform.run("container_registry", resource_group="rg", name="acrother", state="absent")


def test_a_group_that_is_not_there_yet_gets_its_tags(platform: Platform) -> None:
    params: dict[str, Any] = {"resource_group": "rg", "name": "api-new", "tags": {"release": "one"}}
    checked = platform.run("container_group", check_mode=True, planned=True, **params)
    assert (checked["changed"], checked["impact"]) == (True, "none")
    for planned, check_mode in ((False, True), (True, False)):
        result = platform.attempt("container_group", check_mode, {**params, "planned": planned})
        assert result["failure"]["code"] == "LocationRequired"


def test_a_change_of_a_group_is_shown_as_it_will_be(platform: Platform) -> None:
    backend = Backend(platform)
    changes = {"container": {"environment": {"PORT": "8001", "LOG": "x"}}, "tags": {"release": "one"}}
    checked, done = (backend.group(**changes, check_mode=check_mode) for check_mode in (True, False))
    assert checked["impact"] == done["impact"] == "restart"
    for key in ("tags", "containers"):
        here, there = checked["container_group"][key], done["container_group"][key]
        if key == "containers":
            here, there = ([(one["name"], one["image"]) for one in side] for side in (here, there))
        else:
            here, there = ({name: side[name] for name in ("owner", "release")} for side in (here, there))
        assert here == there
    backend.remove()


def test_another_name_of_a_profile_is_refused_before_anything_is_written(platform: Platform) -> None:
    profile: dict[str, Any] = {"resource_group": "rg", "name": "traffic", "relative_name": "codex-one"}
    platform.run("traffic_manager_profile", **profile)
    platform.simulator.forget()
    other = {**profile, "relative_name": "codex-two", "ttl": 5}
    results = [platform.attempt("traffic_manager_profile", check_mode, other) for check_mode in (True, False)]
    assert [result["failure"]["code"] for result in results] == ["RelativeNameNotChangeable"] * 2
    assert "codex-one" in results[0]["msg"] and "codex-two" in results[0]["msg"]
    assert platform.simulator.writes() == []
    same: dict[str, Any] = {**profile, "relative_name": "CODEX-ONE"}
    assert not platform.run("traffic_manager_profile", **same, check_mode=True)["changed"]
