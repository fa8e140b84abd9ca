"""A change of a container group that does not come up is undone by the task that made it, and told as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core._masking import mask
from tests.simulator_fixture import Simulator
from tests.support.backend import SECRET, Backend, Platform
from tests.support.sample import push_sample

pytestmark = [pytest.mark.slow, pytest.mark.soak]

GATE = {"path": "/ready", "port": 8001, "timeout": 20}
PLAIN = {
    "PORT": "8001",
    "ALLOWED_ORIGINS": f"https://{SECRET}.example",
    "QUOTES": "a \"b\" 'c' \\ $X ${Y} {{ z }}",
    "LINES": "one\ntwo\n",
    "SPACES": "  x  ",
    "UMLAUT": "ä€\U0001f680",
    "EMPTY": "",
    "TRUE": "True",
}


@pytest.fixture(scope="module")
def platform(simulator_process: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """See Platform."""
    made = Platform(simulator_process, tmp_path_factory.mktemp("cache"))
    for fault in ("crash", "never-ready"):
        push_sample(simulator_process, made.server, "codex-backend", fault, "--fault", fault)
    return made


@pytest.fixture
def backend(platform: Platform) -> Iterator[Backend]:
    """A running group of this test's own, with values that are hard to bring back."""
    running = Backend(platform)
    running.group(
        ip_address="Public",
        allow_recreate=True,
        tags={"owner": SECRET},
        container={
            "environment": PLAIN,
            "secret_environment": {"TOKEN": SECRET, "OTHER": "x"},
            "readiness_probe": {"http_get": {"path": "/ready", "port": 8001}, "period_seconds": 7},
            "liveness_probe": {"http_get": {"path": "/", "port": 8001}, "period_seconds": 2},
        },
    )
    yield running
    running.remove()


def body(backend: Backend, name: str = "") -> dict[str, Any] | None:
    """Return what Azure itself says of the group, without what changes by itself."""
    path = f"{backend.simulator.subscription}/resourceGroups/rg/providers/Microsoft.ContainerInstance/containerGroups"
    answer = backend.simulator.call("GET", f"{path}/{name or backend.name}", "2023-05-01")
    if answer.status_code == 404:
        return None
    found: dict[str, Any] = answer.json()
    found["tags"].pop("codex-secrets", None)
    found["properties"].pop("instanceView", None)
    for container in found["properties"]["containers"]:
        container["properties"].pop("instanceView", None)
    return found


def change(backend: Backend, **options: Any) -> dict[str, Any]:
    """Return the failed result of a change that puts back what was."""
    container = {
        "environment": {"PORT": "8001", "NEW": "1"},
        "secret_environment": {"TOKEN": SECRET, "OTHER": "new", "MORE": "y"},
        **options.pop("container", {}),
    }
    wanted = {"rollback": True, "gates": [GATE], "stable_seconds": 1, **options}
    result = backend.try_group(container=container, **wanted)
    assert result.get("failed"), result
    assert not result["changed"]
    return result


BROKEN: dict[str, dict[str, Any]] = {
    "crash": {"container": {"image": "crash"}},
    "gate": {"container": {"image": "never-ready"}, "gates": [{**GATE, "timeout": 1}]},
    "no-such-page": {"gates": [{**GATE, "path": "/nosuch", "timeout": 1}, GATE]},
    "command": {"container": {"command": ["/no/such/program"]}},
    "probes": {"container": {"liveness_probe": {"http_get": {"path": "/nosuch", "port": 8001}, "period_seconds": 1}}},
    "recreate": {"container": {"image": "crash", "memory": 2}, "restart_policy": "OnFailure", "allow_recreate": True},
    "ports": {"container": {"ports": ["8001", "9000"], "command": ["/bin/sh", "-c", "exit 3"]}},
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_ran_is_put_back_to_the_byte(backend: Backend, name: str) -> None:
    before = body(backend)
    options = json.loads(json.dumps(BROKEN[name]))
    container = options.setdefault("container", {})
    if "image" in container:
        container["image"] = f"{backend.server}/codex-backend:{container['image']}"
    # The page that is asked afterwards is one that the good release has.
    gates_ask_again = name != "no-such-page"
    result = change(backend, **options)
    details = result["failure"]["details"]
    assert details["done"].startswith("Put back "), details
    assert ("which answers again." in details["done"]) is gates_ask_again
    assert body(backend) == before
    assert details["existed"] and details["wrote"]
    for fact in ("expected", "answered", "state"):
        assert details[fact], fact
    assert SECRET not in json.dumps(mask(result, [SECRET])["failure"])
    again = backend.look()["containers"][0]["instance_view"]
    assert again["current_state"]["state"] == "Running"
    # Secrets are those of the task, and the tag remembers just those: the next run finds what is new, and nothing else.
    secrets = {"environment": None, "secret_environment": {"TOKEN": SECRET, "OTHER": "new"}}
    assert not backend.try_group(check_mode=True, container={**secrets, "memory": None, "ports": None})["changed"]


def test_the_cause_stays_the_cause_when_the_log_cannot_be_read(backend: Backend) -> None:
    backend.simulator.fault("error", method="GET", path="/logs", status=503, code="ServiceUnavailable", times=None)
    try:
        result = change(backend, container={"image": f"{backend.server}/codex-backend:crash"})
    finally:
        backend.simulator.hook("DELETE", "faults")
    failure = result["failure"]
    assert failure["code"] == "ContainerNotRunning"
    assert "ServiceUnavailable" in failure["details"]["log_problem"]
    assert "capacity" not in result["msg"] and "does not stay running" in failure["details"]["answered"]
    assert failure["details"]["done"].endswith("which answers again.")


def test_a_write_that_azure_refuses_changes_nothing(backend: Backend) -> None:
    before = body(backend)
    backend.simulator.fault("capacity", method="PUT", path=backend.path)
    result = change(backend)
    assert result["failure"]["details"]["done"] == "Nothing was changed."
    assert not result["failure"]["details"]["wrote"]
    assert body(backend) == before


def test_an_operation_that_fails_later_is_undone(backend: Backend) -> None:
    before = body(backend)
    backend.simulator.fault(
        "operation_failure",
        method="PUT",
        path=backend.path,
        code="InternalServerError",
        message="accepted, then failed",
    )
    result = change(backend)
    assert "accepted, then failed" in result["failure"]["details"]["answered"]
    assert "Put back " in result["failure"]["details"]["done"]
    assert body(backend) == before


def test_what_cannot_be_put_back_either_is_told(backend: Backend) -> None:
    backend.simulator.fault("capacity", method="PUT", path=backend.path, nth=2)
    result = change(backend, container={"image": f"{backend.server}/codex-backend:crash"})
    assert "does not stay running" in result["failure"]["details"]["answered"]
    assert result["failure"]["details"]["done"].startswith("What ran before could not be put back: ")


def test_a_secret_that_the_task_does_not_have_is_named(backend: Backend) -> None:
    result = change(
        backend, container={"image": f"{backend.server}/codex-backend:crash", "secret_environment": {"TOKEN": SECRET}}
    )
    assert "Azure gives no secrets back, and none is known for: OTHER." in result["failure"]["details"]["done"]


@pytest.mark.parametrize("remove", [True, False])
def test_there_may_have_been_nothing(backend: Backend, remove: bool) -> None:
    name = f"{backend.name}-new"
    result = change(backend, name=name, remove_failed=remove, container={"command": ["/bin/sh", "-c", "exit 3"]})
    done = result["failure"]["details"]["done"]
    assert done == (f"{name} was removed." if remove else "There was nothing to put back.")
    assert (body(backend, name) is None) is remove


def test_a_good_change_is_not_undone_and_tells_nothing_of_the_environment(backend: Backend) -> None:
    result = backend.group(
        rollback=True, gates=[GATE, {**GATE, "path": "/health"}], container={"environment": {"A": "1"}}
    )
    assert result["changed"]
    assert set(result["previous"]) == {"name", "images"}
    assert result["previous"]["name"] == backend.name


def test_without_rollback_what_failed_is_left(backend: Backend) -> None:
    before = body(backend)
    result = backend.try_group(rollback=False, gates=[{**GATE, "path": "/nosuch", "timeout": 1}], tags={"owner": "me"})
    assert result["failed"]
    assert result["failure"]["code"] == "CheckFailed"
    assert result["failure"]["details"]["done"] == ""
    assert body(backend) != before


LIVENESS = {
    "page": ({"path": "/", "port": 8001}, True),
    "no such page": ({"path": "/nosuch", "port": 8001}, False),
    "wrong port": ({"path": "/", "port": 8002}, False),
}


@pytest.mark.parametrize("name", LIVENESS)
def test_a_liveness_probe_is_proven(backend: Backend, name: str) -> None:
    page, works = LIVENESS[name]
    probe = {"http_get": page, "period_seconds": 1, "failure_threshold": 60 if works else 2}
    result = backend.try_group(container={"liveness_probe": probe}, stable_seconds=0)
    assert bool(result.get("failed")) is not works, result
    if not works:
        assert "liveness" in result["msg"].lower()
        assert result["failure"]["details"]["cause"] == "liveness"
