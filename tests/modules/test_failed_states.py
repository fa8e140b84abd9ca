"""What Azure has failed to create is a difference: shown with its impact, and mended, or refused with the way out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.simulator_fixture import Simulator
from tests.support.fault_matrix import World, hurry
from tests.support.stack import Stack

pytestmark = pytest.mark.slow

FAILURE = {"kind": "operation_failure", "code": "InternalServerError", "message": "It broke."}


@pytest.fixture
def world(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """See World; nothing waits as long as for Azure."""
    hurry(monkeypatch.setattr)
    return World(simulator, tmp_path)


def broken(world: World, module: str, path: str, **params: Any) -> None:
    """Let a creation fail after Azure has accepted it."""
    world.simulator.fault(**FAILURE, method="PUT", path=path)
    result = world.attempt(module, **params)
    assert result["failed"] and "It broke" in result["msg"], result


def mended(world: World, module: str, impact: str, **params: Any) -> None:
    """Expect a failed state to be shown under check, with its impact and without a write, and to be mended."""
    world.simulator.forget()
    checked = world.attempt(module, check_mode=True, **params)
    assert not checked.get("failed"), checked
    assert checked["changed"] and checked["impact"] == impact
    assert "ailed" in checked["diff"]["before"]["provisioning_state"]
    assert checked["diff"]["after"]["provisioning_state"] == "Succeeded"
    assert [one for one in world.simulator.writes() if "list" not in one] == []
    done = world.run(module, **params)
    assert (done["changed"], done["impact"], done["diff"]) == (True, impact, checked["diff"])
    again = world.run(module, **params)
    assert not again["changed"] and again["diff"]["before"] == {}


def test_a_registry(world: World) -> None:
    params = world.here(name="acrfailed", location="eastus", sku="Standard", tags={"a": "b"})
    broken(world, "container_registry", "registries", **params)
    mended(world, "container_registry", "none", **params)
    found = world.run("container_registry", **params)["container_registry"]
    assert found["sku"]["name"] == "Standard" and found["tags"] == {"a": "b"}


def test_a_container_group(world: World) -> None:
    params = world.container_group(1)
    broken(world, "container_group", "containerGroups", **params)
    mended(world, "container_group", "restart", **params)
    found = world.run("container_group_info", **world.here(name=params["name"]))["container_groups"][0]
    assert found["containers"][0]["instance_view"]["current_state"]["state"] == "Running"


def test_a_failed_group_is_removed_like_any(world: World) -> None:
    params = world.container_group(1)
    broken(world, "container_group", "containerGroups", **params)
    assert world.run("container_group", **world.here(name=params["name"], state="absent"))["changed"]


def test_a_classic_cache(world: World) -> None:
    params = world.here(name="failed-cache", location="eastus", sku="Standard", tags={"a": "b"})
    broken(world, "redis_cache", "/redis/", **params)
    mended(world, "redis_cache", "restart", **params)
    found = world.run("redis_cache", **params)["redis_cache"]
    assert (found["sku"]["name"], found["minimum_tls_version"], found["tags"]) == ("Standard", "1.2", {"a": "b"})


@pytest.mark.parametrize("part", [r"redisEnterprise/[^/]+$", r"databases/"])
def test_a_managed_cache_is_created_anew_once_that_is_allowed(world: World, part: str) -> None:
    params = world.here(
        name="failed-managed", location="eastus", access_keys_authentication=True, eviction_policy="AllKeysLRU"
    )
    broken(world, "managed_redis", part, **params)
    world.simulator.forget()
    began = time.monotonic()
    for check_mode in (True, False):
        refused = world.attempt("managed_redis", check_mode=check_mode, **params)
        assert refused["failed"] and refused["failure"]["code"] == "ProvisioningFailed", refused
        assert "redis_confirmed" in refused["failure"]["remedy"]
        assert "CreateFailed" in refused["msg"] and "\n" not in refused["msg"]
    assert time.monotonic() - began < 600, "waiting does not end it"
    assert world.simulator.writes() == []
    mended(world, "managed_redis", "data_loss", **params, allow_recreate=True)
    found = world.run("managed_redis", **params)["managed_redis"]
    assert found["database"]["eviction_policy"] == "AllKeysLRU" and found["location"] == "East US"


def test_nothing_is_done_to_a_cache_that_has_failed(world: World) -> None:
    where = world.here(name="failed-cache")
    broken(world, "redis_cache", "/redis/", **where, location="eastus")
    for module, options in (
        ("redis_reboot", {"nodes": "all", "force": True}),
        ("redis_regenerate_key", {"key": "primary"}),
    ):
        refused = world.attempt(module, **where, **options)
        assert refused["failed"] and refused["failure"]["code"] == "ProvisioningFailed", refused
        assert "provision_cache" in refused["failure"]["remedy"]


def test_a_server_whose_creation_failed_is_created_by_the_next_run(world: World) -> None:
    new = {"administrator_login": "operator", "administrator_password": "Quiet-5ecret-8d1f"}
    params = world.here(name="failed-db", location="eastus", **new)
    broken(world, "postgresql_server", "flexibleServers/", **params)
    assert world.run("postgresql_server", **params)["changed"]
    assert not world.run("postgresql_server", **params)["changed"]


@pytest.mark.parametrize(
    "playbook",
    [
        "setup_stack",
        pytest.param("redeploy_backend", marks=pytest.mark.soak),
        pytest.param("update_env", marks=pytest.mark.soak),
    ],
)
def test_a_playbook_repairs_a_failed_creation(simulator: Simulator, tmp_path: Path, playbook: str) -> None:
    stack = Stack(simulator, tmp_path, "north", {"backend_stable_seconds": 0})
    assert stack.play("push_sample_image").code == 0
    simulator.fault(**FAILURE, method="PUT", path="containerGroups")
    assert stack.play("setup_stack").code != 0
    checked = stack.play(playbook, "--check", "--diff")
    assert "provisioning_state" in checked.output and "Failed" in checked.output, checked.output
    done = stack.play(playbook)
    assert done.code == 0, done.output
    assert "nothing written" not in done.output
    verified = stack.play("verify_stack")
    assert verified.code == 0, verified.output
