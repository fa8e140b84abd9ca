"""Resource groups and providers through azure-mgmt-resource, and ARM's own errors."""

from __future__ import annotations

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.resource.resources import ResourceManagementClient

from tests.simulator.clients import client
from tests.simulator_fixture import Simulator
from tests.support.waiting import until


@pytest.fixture
def resources(simulator: Simulator) -> ResourceManagementClient:
    return client(simulator, ResourceManagementClient)


def test_life_of_a_group(resources: ResourceManagementClient) -> None:
    created = resources.resource_groups.create_or_update("Codex-RG", {"location": "East US", "tags": {"a": "b"}})
    assert (created.name, created.location, created.tags) == ("Codex-RG", "eastus", {"a": "b"})
    assert created.as_dict()["properties"] == {"provisioningState": "Succeeded"}
    assert resources.resource_groups.check_existence("codex-rg")
    assert resources.resource_groups.update("codex-rg", {"tags": {"c": "d"}}).tags == {"c": "d"}
    again = resources.resource_groups.create_or_update("codex-rg", {"location": "eastus"})
    assert (again.name, again.tags) == ("Codex-RG", None)
    resources.resource_groups.begin_delete("codex-rg").result()
    assert not resources.resource_groups.check_existence("codex-rg")
    with pytest.raises(ResourceNotFoundError, match="ResourceGroupNotFound"):
        resources.resource_groups.get("codex-rg")


def test_lists_filter_by_tag(resources: ResourceManagementClient) -> None:
    resources.resource_groups.create_or_update("one", {"location": "eastus", "tags": {"team": "red"}})
    resources.resource_groups.create_or_update("two", {"location": "eastus", "tags": {"team": "blue"}})
    found = resources.resource_groups.list(filter="tagName eq 'team' and tagValue eq 'blue'")
    assert [group.name for group in found] == ["two"]
    assert [group.name for group in resources.resource_groups.list()] == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("bad.", {"location": "eastus"}, "InvalidResourceGroupName"),
        ("a" * 91, {"location": "eastus"}, "InvalidResourceGroupName"),
        ("ok", {}, "LocationRequired"),
        ("ok", {"location": "atlantis"}, "LocationNotAvailableForResourceType"),
        ("ok", {"location": "eastus", "colour": "red"}, "InvalidRequestContent"),
        ("ok", {"location": "eastus", "tags": {"a<b": "c"}}, "InvalidTagNameCharacters"),
        ("ok", {"location": "eastus", "tags": {"a": "c" * 257}}, "InvalidTagValueLength"),
        ("ok", {"location": "eastus", "tags": {"a": 1}}, "InvalidTags"),
        ("ok", {"location": "eastus", "tags": {str(number): "" for number in range(51)}}, "InvalidTagCount"),
    ],
)
def test_refused_groups(simulator: Simulator, name: str, body: dict[str, object], code: str) -> None:
    answer = simulator.call("PUT", f"{simulator.subscription}/resourceGroups/{name}", "2022-09-01", body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_location_of_a_group_is_fixed(simulator: Simulator) -> None:
    path = simulator.group("fixed", "eastus")
    answer = simulator.call("PUT", path, "2022-09-01", {"location": "westus"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "InvalidResourceGroupLocation")


def test_deletion_is_polled_through_location(simulator: Simulator) -> None:
    answer = simulator.call("DELETE", simulator.group("going"), "2022-09-01")
    assert (answer.status_code, answer.content) == (202, b"")
    assert "Azure-AsyncOperation" not in answer.headers
    assert int(answer.headers["retry-after-ms"]) > 0
    simulator.hook("POST", "clock", {"seconds": 60})
    while (poll := simulator.call("GET", answer.headers["Location"])).status_code == 202:
        assert "Location" in poll.headers
    assert (poll.status_code, poll.content) == (200, b"")


def test_locked_group_is_not_deleted(simulator: Simulator) -> None:
    path = simulator.group("locked")
    lock = f"{path}/providers/Microsoft.Authorization/locks/keep"
    assert simulator.call("PUT", lock, "2016-09-01", {"properties": {"level": "CanNotDelete"}}).status_code == 201
    answer = simulator.call("DELETE", path, "2022-09-01")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "ScopeLocked")
    assert simulator.call("DELETE", lock, "2016-09-01").status_code == 200
    assert simulator.call("DELETE", path, "2022-09-01").status_code == 202


def test_registration(resources: ResourceManagementClient, simulator: Simulator) -> None:
    namespace = "Microsoft.ContainerRegistry"
    assert resources.providers.get(namespace).registration_state == "NotRegistered"
    assert resources.providers.register(namespace).registration_state == "Registering"
    simulator.hook("POST", "clock", {"seconds": 60})
    until(lambda: resources.providers.get(namespace).registration_state == "Registered", "registration")
    provider = resources.providers.get(namespace)
    assert "registries" in [kind.resource_type for kind in provider.resource_types or []]
    assert resources.providers.get("Microsoft.Resources").registration_state == "Registered"
    with pytest.raises(ResourceNotFoundError, match="InvalidResourceNamespace"):
        resources.providers.get("Microsoft.Nothing")


def test_writes_need_registration(simulator: Simulator) -> None:
    path = f"{simulator.group('bare')}/providers/Microsoft.ContainerRegistry/registries/bareregistry"
    answer = simulator.call("PUT", path, "2025-11-01", {"location": "eastus", "sku": {"name": "Basic"}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "MissingSubscriptionRegistration")
    assert answer.json()["error"]["details"][0]["target"] == "Microsoft.ContainerRegistry"


@pytest.mark.parametrize(
    ("path", "version", "status", "code"),
    [
        ("{sub}/resourceGroups/none", "2022-09-01", 404, "ResourceGroupNotFound"),
        ("{sub}/resourceGroups/none", None, 400, "MissingApiVersionParameter"),
        ("{sub}/resourceGroups/none", "1999-01-01", 400, "InvalidApiVersionParameter"),
        (
            "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups",
            "2022-09-01",
            404,
            "SubscriptionNotFound",
        ),
        ("{sub}/providers/Microsoft.Compute/virtualMachines", "2024-03-01", 501, "NotImplementedBySimulator"),
        ("{sub}/providers/Microsoft.Nothing/things", "2024-03-01", 404, "InvalidResourceNamespace"),
        ("/nowhere", "2024-03-01", 404, "NotFound"),
    ],
)
def test_gateway_errors(simulator: Simulator, path: str, version: str | None, status: int, code: str) -> None:
    answer = simulator.call("GET", path.format(sub=simulator.subscription), version)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_failed_operation_carries_its_error(resources: ResourceManagementClient, simulator: Simulator) -> None:
    simulator.group("stays")
    simulator.fault("operation_failure", method="DELETE", path="stays", code="ScopeLocked", message="not today")
    with pytest.raises(HttpResponseError, match="not today"):
        resources.resource_groups.begin_delete("stays").result()
    assert resources.resource_groups.get("stays").as_dict()["properties"] == {"provisioningState": "Succeeded"}
