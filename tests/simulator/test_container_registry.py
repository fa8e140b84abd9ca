"""Registries through azure-mgmt-containerregistry, and the provider's refusals."""

from __future__ import annotations

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.containerregistry import ContainerRegistryManagementClient
from azure.mgmt.containerregistry.models import Registry, RegistryProperties

from tests.simulator.clients import client
from tests.simulator_fixture import Simulator

VERSION = "2025-11-01"
BASIC = {"location": "eastus", "sku": {"name": "Basic"}}


def properties(registry: Registry) -> RegistryProperties:
    assert registry.properties is not None
    return registry.properties


@pytest.fixture
def group(simulator: Simulator) -> str:
    """A resource group in a subscription that may have registries."""
    simulator.register("Microsoft.ContainerRegistry")
    return simulator.group("registries")


@pytest.fixture
def registries(simulator: Simulator, group: str) -> ContainerRegistryManagementClient:
    return client(simulator, ContainerRegistryManagementClient)


def test_life_of_a_registry(registries: ContainerRegistryManagementClient) -> None:
    created = registries.registries.begin_create("registries", "codexregistry", BASIC).result()
    assert properties(created).provisioning_state == "Succeeded"
    assert str(properties(created).login_server).endswith(":5000")
    assert properties(created).admin_user_enabled is False
    assert (created.sku.name, created.sku.tier, created.location) == ("Basic", "Basic", "eastus")
    updated = registries.registries.begin_update(
        "registries", "codexregistry", {"tags": {"a": "b"}, "properties": {"adminUserEnabled": True}}
    ).result()
    assert (updated.tags, properties(updated).admin_user_enabled) == ({"a": "b"}, True)
    assert [registry.name for registry in registries.registries.list()] == ["codexregistry"]
    assert [registry.name for registry in registries.registries.list_by_resource_group("registries")] == [
        "codexregistry"
    ]
    usage = {
        item.name: item.limit for item in registries.registries.list_usages("registries", "codexregistry").value or []
    }
    assert (usage["Size"], usage["Webhooks"]) == (10 << 30, 2)
    registries.registries.begin_delete("registries", "codexregistry").result()
    with pytest.raises(ResourceNotFoundError):
        registries.registries.get("registries", "codexregistry")


def test_put_resets_what_it_leaves_out(registries: ContainerRegistryManagementClient) -> None:
    wanted: dict[str, Any] = {**BASIC, "tags": {"a": "b"}, "properties": {"adminUserEnabled": True}}
    first = registries.registries.begin_create("registries", "codexregistry", wanted).result()
    second = registries.registries.begin_create("registries", "codexregistry", BASIC).result()
    assert (second.tags, properties(second).admin_user_enabled) == ({}, False)
    assert properties(second).creation_date == properties(first).creation_date
    assert properties(second).login_server == properties(first).login_server


def test_credentials(registries: ContainerRegistryManagementClient) -> None:
    wanted = {**BASIC, "properties": {"adminUserEnabled": True}}
    registries.registries.begin_create("registries", "codexregistry", wanted).result()
    before = registries.registries.list_credentials("registries", "codexregistry")
    assert before.username == "codexregistry"
    first, second = [password.value for password in before.passwords or []]
    after = registries.registries.regenerate_credential("registries", "codexregistry", {"name": "password2"})
    kept, renewed = [password.value for password in after.passwords or []]
    assert kept == first
    assert renewed != second


def test_no_credentials_without_admin_user(registries: ContainerRegistryManagementClient) -> None:
    registries.registries.begin_create("registries", "codexregistry", BASIC).result()
    with pytest.raises(HttpResponseError, match="admin user is disabled"):
        registries.registries.list_credentials("registries", "codexregistry")


def test_names_are_unique_in_all_of_azure(registries: ContainerRegistryManagementClient, simulator: Simulator) -> None:
    check = registries.registries.check_name_availability
    kind = "Microsoft.ContainerRegistry/registries"
    assert check({"name": "codexregistry", "type": kind}).name_available
    assert check({"name": "no-hyphens", "type": kind}).reason == "Invalid"
    simulator.hook("POST", "registry/reserve-name", {"name": "codexregistry"})
    assert check({"name": "CodexRegistry", "type": kind}).reason == "AlreadyExists"
    with pytest.raises(HttpResponseError) as caught:
        registries.registries.begin_create("registries", "codexregistry", BASIC)
    assert caught.value.error is not None
    assert caught.value.error.code == "AlreadyInUse"


@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("abcd", BASIC, 400, "InvalidResourceName"),
        ("with-hyphen", BASIC, 400, "InvalidResourceName"),
        ("a" * 51, BASIC, 400, "InvalidResourceName"),
        ("valid", {"location": "eastus"}, 400, "InvalidRequestContent"),
        ("valid", {"location": "eastus", "sku": {"name": "Gold"}}, 400, "InvalidRequestContent"),
        ("valid", {"location": "eastus", "sku": {"name": "Classic"}}, 400, "ClassicSkuDeprecated"),
        ("valid", {"location": "atlantis", "sku": {"name": "Basic"}}, 400, "LocationNotAvailableForResourceType"),
        ("valid", {**BASIC, "properties": {"adminUserEnabled": "yes"}}, 400, "InvalidRequestContent"),
        ("valid", {**BASIC, "properties": {"adminEnabled": True}}, 400, "InvalidRequestContent"),
        ("valid", {**BASIC, "properties": {"publicNetworkAccess": "Disabled"}}, 400, "SkuNotSupported"),
        ("valid", {**BASIC, "properties": {"anonymousPullEnabled": True}}, 400, "SkuNotSupported"),
    ],
)
def test_refused(simulator: Simulator, group: str, name: str, body: dict[str, Any], status: int, code: str) -> None:
    path = f"{group}/providers/Microsoft.ContainerRegistry/registries/{name}"
    answer = simulator.call("PUT", path, VERSION, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert simulator.call("GET", path, VERSION).status_code == 404


def test_unknown_version_names_the_known_ones(simulator: Simulator, group: str) -> None:
    answer = simulator.call("GET", f"{group}/providers/Microsoft.ContainerRegistry/registries", "2001-01-01")
    assert answer.json()["error"]["code"] == "NoRegisteredProviderFound"
    assert VERSION in answer.json()["error"]["message"]


def test_failed_creation(registries: ContainerRegistryManagementClient, simulator: Simulator) -> None:
    simulator.fault("operation_failure", method="PUT", path="registries/codex", code="Overloaded", message="come back")
    with pytest.raises(HttpResponseError, match="come back"):
        registries.registries.begin_create("registries", "codexregistry", BASIC).result()
    assert properties(registries.registries.get("registries", "codexregistry")).provisioning_state == "Failed"


def test_deleting_the_group_deletes_the_registry(
    registries: ContainerRegistryManagementClient, simulator: Simulator
) -> None:
    registry = registries.registries.begin_create("registries", "codexregistry", BASIC).result()
    answer = simulator.call("DELETE", f"{simulator.subscription}/resourceGroups/registries", "2022-09-01")
    simulator.hook("POST", "clock", {"seconds": 60})
    while simulator.call("GET", answer.headers["Location"]).status_code == 202:
        pass
    with pytest.raises(OSError):
        simulator.call("GET", f"https://{properties(registry).login_server}/v2/")
