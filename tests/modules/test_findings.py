"""What the official collection does wrong with container groups and registries; each finding is shown to be right here.

They were found by running its modules against a server that logs every request. The number is that of the finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator_fixture import Simulator
from tests.support.backend import SECRET, Backend, Platform
from tests.support.sample import push_sample


@pytest.fixture(scope="module")
def platform(simulator_process: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """See Platform."""
    return Platform(simulator_process, tmp_path_factory.mktemp("cache"))


@pytest.fixture
def backend(platform: Platform) -> Iterator[Backend]:
    """A running group of this test's own, and an empty log of requests."""
    running = Backend(platform)
    yield running
    running.remove()


def test_3_a_changed_image_variable_or_size_is_a_change(backend: Backend) -> None:
    assert not backend.group()["changed"]
    assert backend.writes() == []
    assert backend.group(container={"environment": {"PORT": "8001", "LOG": "x"}}, check_mode=True)["changed"]
    assert backend.group(container={"memory": 2}, allow_recreate=True, check_mode=True)["changed"]
    push_sample(backend.simulator, backend.server, "codex-backend", "two", "--version", "2.0.0")
    backend.simulator.forget()
    assert backend.group(container={"image": f"{backend.server}/codex-backend:two"}, check_mode=True)["changed"]
    assert backend.writes() == []


def test_3_another_image_under_the_same_tag_is_a_change(backend: Backend) -> None:
    push_sample(backend.simulator, backend.server, "codex-backend", "one", "--version", "2.0.0")
    backend.simulator.forget()
    assert backend.group(check_mode=True)["impact"] == "restart"
    assert backend.group()["changed"]
    assert backend.writes() == ["PUT"]


def test_4_a_change_is_made_in_place(backend: Backend) -> None:
    result = backend.group(container={"environment": {"PORT": "8001", "LOG": "x"}})
    assert result["impact"] == "restart"
    assert backend.writes() == ["PUT"]


def test_4_a_delete_is_awaited_before_the_group_is_created_again(backend: Backend) -> None:
    backend.group(container={"memory": 2}, allow_recreate=True)
    log = [(one["method"], one["status"]) for one in backend.simulator.requests() if backend.path in one["path"]]
    deleted, created = log.index(("DELETE", 200)), log.index(("PUT", 201))
    assert ("GET", 404) in log[deleted:created]


def test_4_a_delete_that_is_asked_for_is_over_when_the_task_is(backend: Backend) -> None:
    result = backend.run("container_group", resource_group="rg", name=backend.name, state="absent")
    assert result["changed"] and result["container_group"] is None
    assert backend.simulator.requests()[-1]["status"] == 404


def test_5_a_secret_is_in_no_result(backend: Backend) -> None:
    changed = backend.group(container={"secret_environment": {"TOKEN": SECRET, "OTHER": SECRET + "2"}})
    assert changed["diff"]["after"]["containers"]["api"]["secret_environment"] == {"OTHER": "(secret)"}
    for result in (changed, backend.group(container={"secret_environment": {"TOKEN": SECRET, "OTHER": SECRET + "2"}})):
        assert SECRET not in str(result)
        assert str(backend.platform.credential["password"]) not in str(result)


def test_7_a_check_of_a_registry_says_what_the_run_does(backend: Backend) -> None:
    new: dict[str, Any] = {"resource_group": "rg", "name": "acranother", "location": "eastus"}
    assert backend.run("container_registry", **new, check_mode=True)["changed"]
    assert backend.writes() == []
    assert backend.run("container_registry", **new)["changed"]
    backend.writes()
    changes: list[dict[str, Any]] = [{"admin_user_enabled": True}, {"tags": {"a": "b"}}, {"sku": "Standard"}]
    for change in changes:
        checked = backend.run("container_registry", **new, **change, check_mode=True)
        assert backend.writes() == []
        done = backend.run("container_registry", **new, **change)
        assert checked["changed"] and done["changed"]
        assert checked["diff"] == done["diff"]
        assert backend.writes() == ["PATCH"]
        assert not backend.run("container_registry", **new, **change)["changed"]
        assert backend.writes() == []


def test_9_a_group_without_an_address_can_be_looked_at(backend: Backend) -> None:
    found = backend.look()
    assert "ip_address" not in found
    assert found["instance_view"]["state"] == "Running"
    container = found["containers"][0]["instance_view"]
    assert container["restart_count"] == 0
    assert {event["name"] for event in container["events"]} >= {"Pulling", "Pulled", "Started"}


def test_a1_tags_are_kept_and_a_change_of_tags_restarts_nothing(backend: Backend) -> None:
    before = backend.look()
    result = backend.group(tags={"cost": "none"})
    assert result["impact"] == "none"
    assert backend.writes() == ["PATCH"]
    after = result["container_group"]
    assert after["tags"]["owner"] == "operations" and after["tags"]["cost"] == "none"
    started = [group["containers"][0]["instance_view"]["current_state"]["start_time"] for group in (before, after)]
    assert started[0] == started[1]


def test_a1_nothing_is_opened_that_the_task_does_not_name(backend: Backend) -> None:
    backend.group(container={"environment": {"PORT": "8001", "LOG": "x"}})
    found = backend.look()
    assert "ip_address" not in found
    registry = backend.run("container_registry", resource_group="rg", name="acrbackend", sku="Standard")
    assert registry["container_registry"]["admin_user_enabled"], "a setting that was not named has changed"
