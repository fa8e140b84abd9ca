"""Faults, throttling, request log, clock."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from azure.mgmt.resource.resources import ResourceManagementClient

from tests.simulator.clients import client
from tests.simulator_fixture import Simulator
from tests.support.waiting import PATIENCE_SECONDS


def test_request_log_tells_reads_from_writes(simulator: Simulator) -> None:
    simulator.forget()
    path = simulator.group("logged")
    simulator.call("GET", path, "2022-09-01")
    assert simulator.writes() == [f"PUT {path}"]
    assert [entry["method"] for entry in simulator.requests()] == ["PUT", "GET"]
    assert simulator.requests()[0]["body"] == {"location": "eastus"}


def test_throttled_client_retries(simulator: Simulator) -> None:
    resources = client(simulator, ResourceManagementClient)
    path = simulator.group("busy")
    simulator.forget()
    simulator.fault("throttle", method="GET", path="/busy$", times=2, seconds=0.01)
    assert resources.resource_groups.get("busy").name == "busy"
    statuses = [entry["status"] for entry in simulator.requests() if entry["path"].lower() == path.lower()]
    assert statuses == [429, 429, 200]


def test_nth_request_fails(simulator: Simulator) -> None:
    path = simulator.group("nth")
    simulator.fault("error", path="/nth$", nth=2, status=409, code="Busy", message="later")
    statuses = [simulator.call("GET", path, "2022-09-01").status_code for _ in range(3)]
    assert statuses == [200, 409, 200]


def test_reset_cuts_the_connection(simulator: Simulator) -> None:
    path = simulator.group("cut")
    simulator.fault("reset", path="/cut$")
    with pytest.raises(requests.ConnectionError):
        simulator.call("GET", path, "2022-09-01")
    assert simulator.call("GET", path, "2022-09-01").status_code == 200


def test_faults_are_listed_and_removed(simulator: Simulator) -> None:
    simulator.fault("slow", path="/x", seconds=5, times=None)
    (rule,) = simulator.hook("GET", "faults")["value"]
    assert (rule["kind"], rule["times"], rule["seconds"]) == ("slow", None, 5)
    simulator.hook("DELETE", "faults")
    assert simulator.hook("GET", "faults") == {"value": []}


@pytest.mark.parametrize(
    "body",
    [{"kind": "explode"}, {"kind": "error", "path": "("}, {"kind": "error", "nth": 0}, {"kind": "error", "x": 1}],
)
def test_rules_that_make_no_sense(simulator: Simulator, body: dict[str, object]) -> None:
    answer = requests.post(
        f"{simulator.url}/_simulator/faults",
        json=body,
        headers=simulator.hook_headers,
        verify=simulator.connection["ca_path"],
        timeout=PATIENCE_SECONDS,
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidHookRequest")


def test_quota_headers(simulator: Simulator) -> None:
    answer = simulator.call("GET", "/subscriptions", "2022-12-01")
    assert int(answer.headers["x-ms-ratelimit-remaining-subscription-reads"]) < 250
    assert int(answer.headers["x-ms-ratelimit-remaining-subscription-global-reads"]) < 3750


def test_metadata(simulator: Simulator) -> None:
    def ask(version: str) -> Any:
        url = f"{simulator.url}/metadata/endpoints?api-version={version}"
        return requests.get(url, verify=simulator.connection["ca_path"], timeout=PATIENCE_SECONDS).json()

    clouds = ask("2019-05-01")
    assert isinstance(clouds, list)
    cloud = ask("2022-09-01")
    assert cloud == clouds[0]
    assert cloud["authentication"]["loginEndpoint"] == simulator.url
    assert cloud["resourceManager"] == f"{simulator.url}/"
