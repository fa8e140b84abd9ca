"""What container_group does when things go wrong: diagnosis, waiting, secrets that drift."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Impact
from tests.simulator_fixture import Simulator
from tests.support.backend import SECRET, Backend, Platform


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


def fails(backend: Backend, **params: Any) -> dict[str, Any]:
    """Return the failed result of a write of the group."""
    result = backend.try_group(**params)
    assert result.get("failed"), result
    return result


BROKEN = [
    ("echo starting; echo cannot connect >&2; exit 3", 3, "last exit code 3", "See the log"),
    ("exit 137", 137, "last exit code 137", "lack of memory"),
    ("exec /no/such/program", 127, "last exit code 127", "command was not found"),
]


@pytest.mark.parametrize(("script", "exit_code", "words", "remedy"), BROKEN, ids=["crash", "memory", "command"])
def test_a_container_that_does_not_run_is_diagnosed(
    backend: Backend, script: str, exit_code: int, words: str, remedy: str
) -> None:
    result = fails(
        backend, name=f"{backend.name}-broken", container={"command": ["/bin/sh", "-c", script]}, stable_seconds=2
    )
    assert result["failure"]["code"] == "ContainerNotRunning"
    assert words in result["msg"] and remedy in result["msg"], result["msg"]
    details = result["failure"]["details"]
    assert details["exit_code"] == exit_code
    assert details["restart_count"] >= 1
    assert details["events"]
    if "cannot connect" in script:
        assert {"starting", "cannot connect"} <= set(details["log"])
        assert "last log line: cannot connect" in result["msg"]


GATES = [{"path": "/ready", "port": 8001, "timeout": 5}]


@pytest.mark.parametrize("check_mode", [True, False], ids=["check", "run"])
@pytest.mark.parametrize("tags", [None, {"owner": "somebody"}], ids=["nothing to write", "tags to write"])
def test_what_an_interrupted_run_has_left_is_not_as_wanted(
    backend: Backend, check_mode: bool, tags: dict[str, str] | None
) -> None:
    broken: dict[str, Any] = {
        "name": f"{backend.name}-left",
        "container": {"command": ["/bin/sh", "-c", "exit 3"]},
        "ip_address": "Public",
    }
    backend.try_group(**broken)
    backend.simulator.forget()
    result = fails(backend, **broken, tags=tags, gates=GATES, check_mode=check_mode)
    # Between two crashes it runs for a moment, and that its page does not answer then is not the cause.
    assert result["failure"]["code"] in ("ContainerNotRunning", "CheckFailed"), result
    assert "PUT" not in backend.writes()


@pytest.mark.parametrize("check_mode", [True, False], ids=["check", "run"])
def test_a_group_that_runs_and_does_not_answer_is_not_as_wanted(backend: Backend, check_mode: bool) -> None:
    public = {"name": f"{backend.name}-public", "ip_address": "Public"}
    backend.group(**public)
    backend.simulator.forget()
    missing = [{**GATES[0], "path": "/no-such-page", "timeout": 0}]
    result = fails(backend, **public, gates=missing, check_mode=check_mode)
    assert result["failure"]["details"]["done"] == "Nothing was changed."
    assert "/no-such-page" in result["msg"]
    patient = [{**GATES[0], "timeout": 60}]
    assert not backend.group(**public, gates=patient, check_mode=check_mode)["changed"]
    assert backend.writes() == []


LOST: dict[str, dict[str, Any]] = {
    "500": {"kind": "error", "status": 500, "code": "InternalServerError", "done": True},
    "reset": {"kind": "reset", "done": True},
    "truncated": {"kind": "truncate"},
}


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize("create", [True, False], ids=["create", "change"])
def test_a_write_whose_answer_was_lost_has_to_answer_too(backend: Backend, create: bool, lost: str) -> None:
    public: dict[str, Any] = {"name": f"{backend.name}-lost", "ip_address": "Public", "stable_seconds": 0}
    if not create:
        backend.group(**public)
    change = {"environment": {"PORT": "8001", "NEW": "1"}}
    missing = [{**GATES[0], "path": "/no-such-page", "timeout": 0}]
    backend.simulator.fault(**LOST[lost], method="PUT", path="containerGroups/")
    result = fails(backend, **public, container=change, gates=missing, rollback=not create)
    assert "/no-such-page" in result["msg"], result
    assert result["failure"]["details"]["wrote"]
    backend.run("container_group", resource_group="rg", name=public["name"], state="absent")


def test_a_group_that_was_stopped_is_started(backend: Backend) -> None:
    backend.run("container_group", resource_group="rg", name=backend.name, state="stopped")
    assert not backend.group()["changed"]
    rehearsed = backend.group(gates=GATES, check_mode=True)
    done = backend.group(gates=GATES)
    assert rehearsed["changed"] and done["changed"]
    assert rehearsed["impact"] == done["impact"] == "restart"
    assert backend.look()["instance_view"]["state"] == "Running"
    assert not backend.group(gates=GATES)["changed"]


def test_a_container_that_ends_well_where_it_may_is_no_failure(backend: Backend) -> None:
    job = {"command": ["/bin/sh", "-c", "exit 0"], "ports": []}
    result = backend.group(name=f"{backend.name}-job", container=job, restart_policy="Never", stable_seconds=2)
    assert result["container_group"]["containers"][0]["instance_view"]["current_state"]["exit_code"] == 0


def test_a_container_that_ends_badly_and_is_not_restarted_fails_at_once(backend: Backend) -> None:
    job = {"command": ["/bin/sh", "-c", "exit 1"], "ports": []}
    result = fails(backend, name=f"{backend.name}-job", container=job, restart_policy="Never", stable_seconds=2)
    assert "last exit code 1" in result["msg"]


def test_a_container_has_to_stay_running(backend: Backend) -> None:
    container = {"command": ["/bin/sh", "-c", "sleep 0.5; exit 4"]}
    result = fails(backend, name=f"{backend.name}-later", container=container, stable_seconds=3)
    assert "last exit code 4" in result["msg"]


def test_an_identity_that_may_not_pull_is_waited_for_and_then_named(backend: Backend) -> None:
    identity = backend.run("user_assigned_identity", resource_group="rg", name="pull", location="eastus")
    credentials = [{"server": backend.server, "identity": identity["user_assigned_identity"]["id"]}]
    backend.simulator.forget()
    result = fails(backend, name=f"{backend.name}-other", registry_credentials=credentials, image_access_timeout=2)
    assert result["failure"]["code"] == "InaccessibleImage"
    assert len([one for one in backend.simulator.requests() if one["method"] == "PUT"]) > 1


def test_without_that_time_an_image_that_cannot_be_pulled_fails_at_once(backend: Backend) -> None:
    identity = backend.run("user_assigned_identity", resource_group="rg", name="pull", location="eastus")
    credentials = [{"server": backend.server, "identity": identity["user_assigned_identity"]["id"]}]
    backend.simulator.forget()
    result = fails(backend, name=f"{backend.name}-other", registry_credentials=credentials, image_access_timeout=0)
    assert result["failure"]["code"] == "InaccessibleImage"
    assert len([one for one in backend.simulator.requests() if one["method"] == "PUT"]) == 1


def test_a_busy_group_is_tried_again(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "ansible_collections.codexdominion.azure.plugins.module_utils._core._resource.BUSY_SECONDS", 0.1
    )
    backend.simulator.fault(
        "error", method="PUT", path=backend.path, status=409, code="ContainerGroupTransitioning", times=2
    )
    assert backend.group(container={"environment": {"A": "b"}})["changed"]


def test_no_capacity_is_not_mistaken_for_exists(backend: Backend) -> None:
    backend.simulator.fault("capacity", method="PUT", path=f"{backend.path}-other")
    result = fails(backend, name=f"{backend.name}-other")
    assert result["failure"]["code"] == "ServiceUnavailable"
    assert result["failure"]["status"] == 409
    assert "no capacity" in result["failure"]["remedy"]


def test_an_operation_that_azure_accepts_and_then_fails_is_a_failure(backend: Backend) -> None:
    backend.simulator.fault(
        "operation_failure", method="PUT", path=f"{backend.path}-other", code="InternalError", message="it broke"
    )
    result = fails(backend, name=f"{backend.name}-other")
    assert "it broke" in result["msg"]


def test_what_an_interrupted_run_started_is_awaited_and_not_written_again(backend: Backend) -> None:
    backend.simulator.fault("slow_operation", method="PUT", path=f"{backend.path}-new", seconds=3)
    started = backend.group(name=f"{backend.name}-new", wait=False)
    assert started["operation"] is not None
    backend.simulator.forget()
    again = backend.group(name=f"{backend.name}-new")
    assert not again["changed"]
    assert again["container_group"]["provisioning_state"] == "Succeeded"
    assert backend.writes() == []


def test_a_wait_has_an_end(backend: Backend) -> None:
    backend.simulator.fault("slow_operation", method="PUT", path=f"{backend.path}-new", seconds=600)
    result = fails(backend, name=f"{backend.name}-new", timeout=2)
    backend.simulator.pass_time(600)
    assert result["failure"]["code"] == "Timeout"
    assert f"container group {backend.name}-new (" in result["msg"] and "run again" in result["msg"]


SAME = {"TOKEN": SECRET}
DRIFT = [
    ({"secret_environment": {"TOKEN": SECRET + "2"}}, ["containers.api.secret_environment.TOKEN"]),
    ({"secret_environment": {**SAME, "NEW": "x1y2z3"}}, ["containers.api.secret_environment"]),
    ({"secret_environment": {}}, ["containers.api.secret_environment"]),
    ({"secret_environment": {"RENAMED": SECRET}}, ["containers.api.secret_environment"]),
    (
        {"environment": {"PORT": "8001", "TOKEN": SECRET}, "secret_environment": {}},
        ["containers.api.environment", "containers.api.secret_environment"],
    ),
    ({"environment": {}, "secret_environment": {**SAME, "PORT": "8001"}}, ["containers.api.environment"]),
]


@pytest.mark.parametrize(
    ("change", "where"), DRIFT, ids=["changed", "added", "removed", "renamed", "made plain", "made secret"]
)
def test_a_secret_that_differs_is_a_change(backend: Backend, change: dict[str, Any], where: list[str]) -> None:
    checked = backend.group(container=change, check_mode=True)
    assert backend.writes() == []
    changed = backend.group(container=change)
    assert backend.writes() == ["PUT"]
    assert checked["diff"] == changed["diff"]
    assert changed["impact"] == "restart"
    for path in where:
        assert any(_reach(changed["diff"], side, path.split(".")) for side in ("before", "after")), changed["diff"]
    assert not backend.group(container=change)["changed"]


def test_a_write_by_somebody_else_counts_as_drift(backend: Backend) -> None:
    answer = backend.simulator.call("GET", _url(backend), "2023-05-01")
    assert answer.status_code == 200, answer.text
    somebody = answer.json()
    body = {"location": "eastus", "properties": somebody["properties"], "tags": {}}
    for variable in body["properties"]["containers"][0]["properties"]["environmentVariables"]:
        if variable["name"] == "TOKEN":
            variable["secureValue"] = "of somebody else"
    for credential in body["properties"]["imageRegistryCredentials"]:
        credential["password"] = backend.platform.credential["password"]
    for key in ("provisioningState", "instanceView", "provisioningTimeoutInSeconds", "isCustomProvisioningTimeout"):
        body["properties"].pop(key, None)
    body["properties"]["containers"][0]["properties"].pop("instanceView", None)
    backend.simulator.call("PUT", _url(backend), "2023-05-01", body).raise_for_status()
    assert backend.group(check_mode=True)["diff"]["after"]["containers"]["api"]["secret_environment"] == {
        "TOKEN": "(secret, changed)"
    }


def test_a_key_of_the_operator_is_part_of_what_is_remembered(backend: Backend) -> None:
    assert backend.group(secrets_key="a key")["changed"]
    assert not backend.group(secrets_key="a key")["changed"]
    assert backend.group(secrets_key="another key", check_mode=True)["changed"]


def test_replacing_the_tags_does_not_forget_the_secrets(backend: Backend) -> None:
    replaced = backend.group(tags={"owner": "others"}, append_tags=False)
    assert replaced["changed"]
    assert replaced["impact"] == "none"
    assert not backend.group(tags={"owner": "others"}, append_tags=False)["changed"]


def test_a_port_change_that_azure_refuses_needs_permission(backend: Backend) -> None:
    refusal = {"method": "PUT", "path": backend.path, "status": 400, "code": "InvalidContainerGroupUpdate"}
    backend.simulator.fault("error", **refusal)
    result = fails(backend, container={"ports": ["8002"], "environment": {"PORT": "8002"}})
    assert result["failure"]["code"] == "InvalidContainerGroupUpdate"
    assert "allow_recreate" in result["failure"]["remedy"]
    backend.simulator.fault("error", **refusal)
    allowed = backend.group(container={"ports": ["8002"], "environment": {"PORT": "8002"}}, allow_recreate=True)
    assert allowed["impact"] == "recreate"


def test_what_azure_does_not_do_in_place_keeps_to_the_limit(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Context, "max_impact", Impact.RESTART)
    backend.simulator.fault("error", method="PUT", path=backend.path, status=400, code="InvalidContainerGroupUpdate")
    changed = {"ports": ["8002"], "environment": {"PORT": "8002"}}
    result = fails(backend, container=changed, allow_recreate=True)
    assert result["failure"]["code"] == "ImpactTooHigh"
    assert "would be recreate, and stack_max_impact is restart" in result["msg"]
    assert not any(write.startswith("DELETE") for write in backend.writes())


def test_both_outcomes_of_a_check_are_those_of_the_run(backend: Backend) -> None:
    size: dict[str, Any] = {"container": {"memory": 2}}
    assert backend.try_group(check_mode=True, **size)["msg"] == backend.try_group(**size)["msg"]
    assert backend.writes() == []


def _reach(diff: dict[str, Any], side: str, path: list[str]) -> Any:
    found: Any = diff[side]
    for part in path:
        found = (found or {}).get(part)
    return found


def _url(backend: Backend) -> str:
    provider = f"{backend.simulator.subscription}/resourceGroups/rg/providers/Microsoft.ContainerInstance"
    return f"{provider}/{backend.path}"
