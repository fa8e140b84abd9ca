"""What the official collection does wrong with container groups and registries; each finding is shown to be right here.

They were found by running its modules against a server that logs every request. The number is that of the finding.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.simulator_fixture import Simulator
from tests.support.invoke import CONNECTION, invoke
from tests.support.sample import push_sample

SECRET = "findings-secret-8c2e"


class Stack:
    """A running container group, and ways to write it again."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator = simulator
        settings = simulator.settings()
        self._connection = {name: settings[name] for name in CONNECTION}
        self._cache = folder
        self.run("resource_group", name="rg", location="eastus")
        registry = self.run(
            "container_registry",
            resource_group="rg",
            name="acrfindings",
            location="eastus",
            admin_user_enabled=True,
            return_credentials=True,
        )["container_registry"]
        self.server: str = registry["login_server"]
        self._credential = {"server": self.server, **registry["credentials"]}
        push_sample(simulator, self.server, "codex-backend", "one")
        self.group(tags={"owner": "operations"})
        simulator.forget()

    def run(self, module: str, *, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        """Run a module; it must not fail."""
        result = invoke(module, {**self._connection, **params}, check_mode=check_mode, cache=self._cache)
        assert not result.get("failed"), result
        return result

    def group(
        self, *, check_mode: bool = False, container: dict[str, Any] | None = None, **params: Any
    ) -> dict[str, Any]:
        """Bring the group to its usual state, with changes."""
        api = {
            "name": "api",
            "image": f"{self.server}/codex-backend:one",
            "memory": 1,
            "ports": ["8001"],
            "environment": {"PORT": "8001"},
            "secret_environment": {"TOKEN": SECRET},
            **(container or {}),
        }
        return self.run(
            "container_group",
            check_mode=check_mode,
            **{
                "resource_group": "rg",
                "name": "api",
                "location": "eastus",
                "containers": [api],
                "registry_credentials": [self._credential],
                "stable_seconds": 0,
                **params,
            },
        )

    def writes(self) -> list[str]:
        """Return methods of the write requests since the last call."""
        found = [write.split()[0] for write in self.simulator.writes()]
        self.simulator.forget()
        return found


@pytest.fixture
def stack(simulator: Simulator, tmp_path: Path) -> Stack:
    """See Stack."""
    return Stack(simulator, tmp_path)


def test_3_a_changed_image_variable_or_size_is_a_change(stack: Stack) -> None:
    assert not stack.group()["changed"]
    assert stack.writes() == []
    assert stack.group(container={"environment": {"PORT": "8001", "LOG": "x"}}, check_mode=True)["changed"]
    assert stack.group(container={"memory": 2}, allow_recreate=True, check_mode=True)["changed"]
    push_sample(stack.simulator, stack.server, "codex-backend", "two", "--version", "2.0.0")
    stack.simulator.forget()
    assert stack.group(container={"image": f"{stack.server}/codex-backend:two"}, check_mode=True)["changed"]
    assert stack.writes() == []


def test_3_another_image_under_the_same_tag_is_a_change(stack: Stack) -> None:
    push_sample(stack.simulator, stack.server, "codex-backend", "one", "--version", "2.0.0")
    stack.simulator.forget()
    assert stack.group(check_mode=True)["impact"] == "restart"
    assert stack.group()["changed"]
    assert stack.writes() == ["PUT"]


def test_4_a_change_is_made_in_place(stack: Stack) -> None:
    result = stack.group(container={"environment": {"PORT": "8001", "LOG": "x"}})
    assert result["impact"] == "restart"
    assert stack.writes() == ["PUT"]


def test_4_a_delete_is_awaited_before_the_group_is_created_again(stack: Stack) -> None:
    stack.group(container={"memory": 2}, allow_recreate=True)
    log = [(one["method"], one["status"]) for one in stack.simulator.requests() if "containerGroups/api" in one["path"]]
    deleted, created = log.index(("DELETE", 200)), log.index(("PUT", 201))
    assert ("GET", 404) in log[deleted:created]


def test_4_a_delete_that_is_asked_for_is_over_when_the_task_is(stack: Stack) -> None:
    result = stack.run("container_group", resource_group="rg", name="api", state="absent")
    assert result["changed"] and result["container_group"] is None
    assert stack.simulator.requests()[-1]["status"] == 404


def test_5_a_secret_is_in_no_result(stack: Stack) -> None:
    changed = stack.group(container={"secret_environment": {"TOKEN": SECRET, "OTHER": SECRET + "2"}})
    assert changed["diff"]["after"]["containers"]["api"]["secret_environment"] == {"OTHER": "(secret)"}
    for result in (changed, stack.group(container={"secret_environment": {"TOKEN": SECRET, "OTHER": SECRET + "2"}})):
        assert SECRET not in str(result)
        assert str(stack._credential["password"]) not in str(result)


def test_7_a_check_of_a_registry_says_what_the_run_does(stack: Stack) -> None:
    new = {"resource_group": "rg", "name": "acranother", "location": "eastus"}
    assert stack.run("container_registry", **new, check_mode=True)["changed"]
    assert stack.writes() == []
    assert stack.run("container_registry", **new)["changed"]
    stack.writes()
    changes: list[dict[str, Any]] = [{"admin_user_enabled": True}, {"tags": {"a": "b"}}, {"sku": "Standard"}]
    for change in changes:
        checked = stack.run("container_registry", **new, **change, check_mode=True)
        assert stack.writes() == []
        done = stack.run("container_registry", **new, **change)
        assert checked["changed"] and done["changed"]
        assert checked["diff"] == done["diff"]
        assert stack.writes() == ["PATCH"]
        assert not stack.run("container_registry", **new, **change)["changed"]
        assert stack.writes() == []


def test_9_a_group_without_an_address_can_be_looked_at(stack: Stack) -> None:
    found = stack.run("container_group_info", resource_group="rg", name="api")["container_groups"][0]
    assert "ip_address" not in found
    assert found["instance_view"]["state"] == "Running"
    container = found["containers"][0]["instance_view"]
    assert container["restart_count"] == 0
    assert {event["name"] for event in container["events"]} >= {"Pulling", "Pulled", "Started"}


def test_a1_tags_are_kept_and_a_change_of_tags_restarts_nothing(stack: Stack) -> None:
    before = stack.run("container_group_info", resource_group="rg", name="api")["container_groups"][0]
    result = stack.group(tags={"cost": "none"})
    assert result["impact"] == "none"
    assert stack.writes() == ["PATCH"]
    after = result["container_group"]
    assert after["tags"]["owner"] == "operations" and after["tags"]["cost"] == "none"
    started = [group["containers"][0]["instance_view"]["current_state"]["start_time"] for group in (before, after)]
    assert started[0] == started[1]


def test_a1_nothing_is_opened_that_the_task_does_not_name(stack: Stack) -> None:
    stack.group(container={"environment": {"PORT": "8001", "LOG": "x"}})
    found = stack.run("container_group_info", resource_group="rg", name="api")["container_groups"][0]
    assert "ip_address" not in found
    registry = stack.run("container_registry", resource_group="rg", name="acrfindings", sku="Standard")
    assert registry["container_registry"]["admin_user_enabled"], "a setting that was not named has changed"
