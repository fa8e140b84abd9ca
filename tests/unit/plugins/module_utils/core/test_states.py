"""Settled, failed, or still going on: by the words of each service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _states
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Impact
from ansible_collections.codexdominion.azure.plugins.module_utils._core._states import Mend

SPECS = Path(__file__).resolve().parents[6] / "shared" / "azure-specs"


def body(kind: str, state: str) -> dict[str, Any]:
    return {"properties": dict.fromkeys(_states.TABLE[kind].fields, state)}


STATEFUL = sorted(kind for kind, lifecycle in _states.TABLE.items() if lifecycle.fields)
FAILED = [(kind, state) for kind in STATEFUL for state in _states.TABLE[kind].failed]


@pytest.mark.parametrize(("kind", "state"), FAILED)
def test_a_failed_state_is_never_as_wanted(kind: str, state: str) -> None:
    for spelling in (state, state.capitalize(), state.upper()):
        actual = body(kind, spelling)
        assert _states.pending(kind, actual) == "", "waiting would not end"
        found = _states.failure(kind, actual)
        assert found is not None
        if found.mend is Mend.WRITE:
            [change] = _states.changes(kind, "it", actual)
            assert (change.name, change.before, change.after) == ("provisioning_state", spelling, "Succeeded")
        else:
            with pytest.raises(OperationsError) as refused:
                _states.changes(kind, "it", actual, allow="Set x.")
            assert refused.value.code == "ProvisioningFailed" and refused.value.remedy
        if found.mend is Mend.RECREATE:
            [change] = _states.changes(kind, "it", actual, allow_recreate=True)
            assert change.impact is Impact.DATA_LOSS


@pytest.mark.parametrize("kind", STATEFUL)
def test_a_settled_state_is_no_difference(kind: str) -> None:
    for state in _states.TABLE[kind].settled:
        assert _states.pending(kind, body(kind, state)) == ""
        assert _states.changes(kind, "it", body(kind, state)) == []


@pytest.mark.parametrize("kind", STATEFUL)
def test_a_state_nobody_knows_is_waited_for_unless_it_says_failed(kind: str) -> None:
    assert _states.pending(kind, body(kind, "Teleporting")) == "Teleporting"
    assert _states.failure(kind, body(kind, "Teleporting")) is None
    assert _states.pending(kind, body(kind, "TeleportFailed")) == ""
    with pytest.raises(OperationsError):
        _states.changes(kind, "it", body(kind, "TeleportFailed"))


@pytest.mark.parametrize("kind", sorted(_states.TABLE))
def test_what_is_not_there_or_shows_no_state_has_not_failed(kind: str) -> None:
    nothing: list[dict[str, Any] | None] = [None, {}, {"properties": {}}]
    for actual in nothing:
        assert _states.failure(kind, actual) is None


@pytest.mark.parametrize(("running", "failed"), [(["Running"], False), (["Running", "Waiting"], True), ([], True)])
def test_a_group_that_came_up_in_the_end_has_not_failed(running: list[str], failed: bool) -> None:
    containers = [{"properties": {"instanceView": {"currentState": {"state": state}}}} for state in running]
    actual = {"properties": {"provisioningState": "Failed", "containers": containers}}
    assert (_states.failure("container_group", actual) is not None) is failed


def _enumerations(folder: str, property_name: str) -> Iterator[str]:
    """Yield the values of a state in Azure's specifications, wherever such a property is defined."""

    def walk(node: Any, name: str) -> Iterator[str]:
        if isinstance(node, dict):
            if name.lower() == property_name.lower() and isinstance(node.get("enum"), list):
                yield from map(str, node["enum"])
            for key, value in node.items():
                yield from walk(value, key if key not in ("schema", "items") else name)
        elif isinstance(node, list):
            for one in node:
                yield from walk(one, name)

    for path in (SPECS / folder).rglob("*.json"):
        yield from walk(json.loads(path.read_text(encoding="utf-8")), "")


@pytest.mark.skipif(not SPECS.is_dir(), reason="Azure's specifications are not here")
@pytest.mark.parametrize(
    ("kind", "folder", "name"),
    [
        ("redis_cache", "Microsoft.Cache-redis", "provisioningState"),
        ("managed_redis", "Microsoft.Cache-redisenterprise", "ResourceState"),
        ("managed_redis", "Microsoft.Cache-redisenterprise", "ProvisioningState"),
        ("container_registry", "Microsoft.ContainerRegistry", "provisioningState"),
    ],
)
def test_every_state_that_azure_specifies_is_one_of_ours(kind: str, folder: str, name: str) -> None:
    states = set(_enumerations(folder, name))
    assert states
    going_on = ("ing", "ConfiguringAAD", "RecoveringScaleFailure", "Deleted")
    for state in states:
        lifecycle = _states.TABLE[kind]
        known = state.lower() in lifecycle.settled or state.lower() in lifecycle.failed
        assert known or state.endswith(going_on), state
        if state.endswith(("Failed", "Canceled", "Disabled")):
            assert state.lower() in lifecycle.failed, state
