"""What a stack looks at, by its inventory; what runs really ask for is tested with the playbooks."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._identity import (
    _role_assignment,
    _user_assigned_identity,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _stack_reads

VALUES: dict[str, Any] = {
    "stack_resource_group": "rg",
    "registry_resource_group": "shared-rg",
    "registry_name": "acr",
    "backend_resource_group": "rg",
    "backend_name": "api",
    "backend_strategy": "in_place",
    "backend_pull": "identity",
    "backend_identity_name": "api-pull",
    "database_resource_group": "rg",
    "database_server_name": "db",
    "database_name": "codex",
    "database_firewall_rules": [{"name": "operator", "start_address": "127.0.0.1"}],
    "redis_resource_group": "rg",
    "redis_name": "cache",
    "redis_service": "auto",
}


class Nobody:
    """A credential that is not asked."""

    def get_token(self, *_scopes: str, **_options: Any) -> None:
        """Nothing is sent."""


MVP, FULL = ("stack", "registry", "backend"), ("stack", "registry", "backend", "database", "redis")


def paths(parts: tuple[str, ...], **values: Any) -> list[str]:
    """The last two words of each path, in order."""
    found = _stack_reads.of_stack({**VALUES, **values}, "s", parts)
    return ["/".join(read.path.rsplit("/", 2)[-2:]) for read in found]


def test_a_stack_without_database_and_cache() -> None:
    assert paths(MVP) == [
        "resourceGroups/rg",
        "registries/acr",
        "Microsoft.ContainerInstance/containerGroups",
        "containerGroups/api",
        "userAssignedIdentities/api-pull",
        "Microsoft.Authorization/roleAssignments",
    ]


def test_a_whole_stack() -> None:
    assert paths(FULL)[6:] == [
        "flexibleServers/db",
        "firewallRules/AllowAllAzureServicesAndResourcesWithinAzureIps",
        "firewallRules/operator",
        "databases/codex",
        "redis/cache",
        "redisEnterprise/cache",
    ]


@pytest.mark.parametrize(
    ("values", "more", "less"),
    [
        ({"backend_pull": "admin"}, [], ["userAssignedIdentities/api-pull", "Microsoft.Authorization/roleAssignments"]),
        (
            {"backend_strategy": "blue_green"},
            ["containerGroups/api-blue", "containerGroups/api-green", "trafficmanagerprofiles/api-traffic"],
            ["containerGroups/api"],
        ),
        ({"database_configurations": {"work_mem": "8192"}}, ["db/configurations"], []),
        ({"redis_service": "classic"}, [], ["redisEnterprise/cache"]),
        ({"redis_service": "managed"}, ["databases/default"], ["redis/cache"]),
        ({"redis_firewall_rules": [{"name": "office"}]}, ["cache/firewallRules"], []),
        ({"redis_patch_schedule": [{"day": "Sunday"}]}, ["patchSchedules/default"], []),
        ({"backend_name": None, "database_server_name": None, "redis_name": None}, [], ["containerGroups/api"]),
        ({"database_firewall_rules": None}, [], ["firewallRules/operator"]),
    ],
)
def test_what_the_inventory_says_adds_and_leaves_out(values: dict[str, Any], more: list[str], less: list[str]) -> None:
    found, usual = paths(FULL, **values), paths(FULL)
    assert set(more) <= set(found)
    assert not set(more) & set(usual)
    assert set(less) <= set(usual)
    assert not set(less) & set(found)


def test_without_a_subscription_nothing_is_known() -> None:
    assert _stack_reads.of_stack(VALUES, "", FULL) == []


@pytest.mark.parametrize(
    ("provider", "package", "client"),
    [
        ("Microsoft.Cache/redis", "azure.mgmt.redis", "RedisManagementClient"),
        ("Microsoft.Cache/redisEnterprise", "azure.mgmt.redisenterprise", "RedisEnterpriseManagementClient"),
        ("Microsoft.ContainerInstance", "azure.mgmt.containerinstance", "ContainerInstanceManagementClient"),
        ("Microsoft.ContainerRegistry", "azure.mgmt.containerregistry", "ContainerRegistryManagementClient"),
        ("Microsoft.DBforPostgreSQL", "azure.mgmt.postgresqlflexibleservers", "PostgreSQLManagementClient"),
        ("Microsoft.Network", "azure.mgmt.trafficmanager", "TrafficManagerManagementClient"),
        ("Microsoft.Resources", "azure.mgmt.resource.resources", "ResourceManagementClient"),
    ],
)
def test_versions_are_those_of_the_packages(provider: str, package: str, client: str) -> None:
    # The locked ones: an operator's other version asks for itself.
    made = getattr(importlib.import_module(package), client)(Nobody(), "s", base_url="https://management.example")
    operations = [value for value in vars(made).values() if hasattr(value, "_config")]
    config = getattr(made, "_config", None) or operations[0]._config
    assert config.api_version == _stack_reads.VERSIONS[provider]


def test_versions_are_those_of_our_own_requests() -> None:
    assert _stack_reads.VERSIONS["Microsoft.Authorization"] == _role_assignment.API_VERSION
    assert _stack_reads.VERSIONS["Microsoft.ManagedIdentity"] == _user_assigned_identity.API_VERSION
