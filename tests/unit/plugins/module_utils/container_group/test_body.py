"""The body of a PUT from what a task names and what there is."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import _body, _spec
from ansible_collections.codexdominion.azure.plugins.module_utils._container_group._spec import SPEC

PROBE = {"httpGet": {"path": "/ready", "port": 8001, "scheme": "http"}, "periodSeconds": 5}


def params(**container: Any) -> dict[str, Any]:
    """Return validated parameters with one container."""
    given = {
        "resource_group": "rg",
        "name": "api",
        "subscription_id": "00000000-0000-0000-0000-000000000000",
        "containers": [{"name": "api", "image": "registry.example/api:1", **container}],
    }
    validated = SPEC.validate(given)
    assert not SPEC.problems(validated), SPEC.problems(validated)
    found: dict[str, Any] = validated.validated_parameters
    return found


def group(**properties: Any) -> dict[str, Any]:
    """Return a group with one container as Azure has it."""
    requests = {"requests": {"cpu": 1.0, "memoryInGB": 1.5}}
    container = {"name": "api", "properties": {"image": "registry.example/api:1", "resources": requests, **properties}}
    return {"location": "eastus", "properties": {"osType": "Linux", "containers": [container]}}


def built(wanted: dict[str, Any], actual: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of the container in the body."""
    images = {"registry.example/api:1": "registry.example/api:1"}
    found: dict[str, Any] = _body.build(params(**wanted), actual, images)["properties"]["containers"][0]["properties"]
    return found


@pytest.mark.parametrize("option", ["liveness_probe", "readiness_probe"])
def test_an_empty_probe_takes_the_probe_away(option: str) -> None:
    key = {"liveness_probe": "livenessProbe", "readiness_probe": "readinessProbe"}[option]
    assert key not in built({option: {}}, group(**{key: PROBE}))
    assert built({}, group(**{key: PROBE}))[key] == PROBE


def test_an_empty_command_goes_back_to_the_entry_point() -> None:
    assert "command" not in built({"command": []}, group(command=["/bin/true"]))
    assert built({}, group(command=["/bin/true"]))["command"] == ["/bin/true"]


def test_numbers_alone_are_no_probe() -> None:
    given = {"name": "api", "image": "registry.example/api:1", "liveness_probe": {"period_seconds": 5}}
    validated = SPEC.validate({"resource_group": "rg", "name": "api", "containers": [given]})
    assert "containers.api.liveness_probe: period_seconds without http_get or command" in SPEC.problems(validated)


def test_what_was_seen_can_be_put_back() -> None:
    before = group(livenessProbe=PROBE, command=["/bin/serve"])
    seen = _body.view(before)["containers"]["api"]
    back = built({"liveness_probe": seen["liveness_probe"], "command": seen["command"]}, group())
    assert _body.view(group(**back))["containers"]["api"] == seen
    assert set(seen["liveness_probe"]) <= set(_spec.PROBE["options"])
