"""What several hosts of a run may share, and what not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _hosts, _problems

FULL = _problems.PROFILES["full"]


def values(name: str, **changes: Any) -> dict[str, Any]:
    """Return the variables of a stack with everything of its own."""
    return {
        "stack_name": name,
        "stack_location": "eastus",
        "stack_resource_group": f"{name}-rg",
        "registry_name": f"{name}acr",
        "registry_resource_group": f"{name}-rg",
        "registry_location": "eastus",
        "registry_sku": "Basic",
        "registry_admin_user_enabled": False,
        "backend_name": "api",
        "backend_resource_group": f"{name}-rg",
        "backend_location": "eastus",
        "backend_strategy": "in_place",
        "backend_dns_label": f"{name}-label",
        "backend_dns_label_scope": "Unsecure",
        "backend_traffic_name": f"{name}-label",
        "backend_releases": True,
        "backend_release_prefix": f"release-{name}",
        "backend_image_repository": "codex-backend",
        "database_server_name": f"{name}-db",
        "database_sku": "Standard_B1ms",
        "database_name": "codex",
        "redis_name": f"{name}-redis",
        "redis_sku": "Standard",
        **changes,
    }


def conflicts(one: dict[str, Any], two: dict[str, Any], subscriptions: tuple[str, str] = ("s", "S")) -> list[str]:
    """Return what each of two hosts says against the other; it is the same for both."""
    found = zip((("one", one), ("two", two)), subscriptions, strict=True)
    claims = {host: _hosts.claims(variables, subscription, FULL) for (host, variables), subscription in found}
    claims = json.loads(json.dumps(claims))  # they are shared by a file
    said = {host: list(_hosts.conflicts(host, claims)) for host in claims}
    assert len(said["one"]) == len(said["two"])
    assert "\0" not in str(said)
    return said["one"]


def test_stacks_of_their_own_have_no_conflict() -> None:
    assert conflicts(values("a"), values("b")) == []


SHARED_BY_RIGHT: list[dict[str, Any]] = [
    {"stack_resource_group": "rg", "backend_resource_group": "rg", "backend_name": "other"},
    {"stack_resource_group": "RG"},
    {"registry_name": "acr", "registry_resource_group": "shared"},
    {"database_server_name": "db", "database_name": "other"},
    {"redis_name": "cache"},
    {"backend_dns_label": "label", "backend_dns_label_scope": "TenantReuse"},
    {"backend_dns_label": "label", "backend_location": "westus"},
    {"backend_dns_label": ""},
]


@pytest.mark.parametrize("change", SHARED_BY_RIGHT, ids=lambda change: "-".join(change))
def test_what_may_be_shared(change: dict[str, Any]) -> None:
    base = {name: "api" if name == "backend_name" else value for name, value in change.items()}
    base |= {"database_name": "codex"} if "database_name" in change else {}
    base |= {"backend_location": "eastus"} if "backend_location" in change else {}
    assert conflicts(values("a", **base), values("b", **change)) == []


ONE_S_OWN: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"stack_name": "same"}, {}, "stack_name: the name same, by which locks are taken"),
    ({"backend_resource_group": "rg"}, {}, "backend_name: the container group api in the resource group rg"),
    ({"backend_resource_group": "rg"}, {"backend_resource_group": "RG"}, "backend_name: the container group api"),
    ({"backend_resource_group": "rg"}, {"backend_name": "api-green"}, "backend_name: the container group api-green"),
    ({"backend_dns_label": "label"}, {}, "backend_dns_label: the host name label.eastus.azurecontainer.io"),
    ({"backend_dns_label": "label"}, {"backend_location": "East US"}, "backend_dns_label: the host name"),
    (
        {"backend_dns_label": "x-blue"},
        {"backend_dns_label": "x", "backend_strategy": "blue_green"},
        "backend_dns_label: the host name x-blue.eastus",
    ),
    (
        {"backend_strategy": "blue_green", "backend_traffic_name": "Same"},
        {"backend_traffic_name": "same"},
        "backend_traffic_name: the host name same.trafficmanager.net",
    ),
    (
        {"registry_name": "acr", "registry_resource_group": "rg", "backend_release_prefix": "release"},
        {},
        "backend_release_prefix: the releases release in acr/codex-backend",
    ),
    ({"database_server_name": "db"}, {}, "database_name: the database codex on the server db"),
]


@pytest.mark.parametrize(("both", "second", "wrong"), ONE_S_OWN, ids=[wrong for _both, _second, wrong in ONE_S_OWN])
def test_what_is_one_stack_s_alone(both: dict[str, Any], second: dict[str, Any], wrong: str) -> None:
    found = conflicts(values("a", **both), values("b", **(both | second)))
    assert len(found) == 1, found
    assert found[0].startswith(wrong) and "the host two" in found[0]


CONTRARY: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"stack_resource_group": "rg"}, {"stack_location": "westus"}, "stack_location: eastus here and westus"),
    (
        {"registry_name": "acr", "registry_resource_group": "rg"},
        {"registry_sku": "Standard"},
        "registry_sku: Basic here and Standard",
    ),
    ({"registry_name": "acr"}, {}, "registry_resource_group: a-rg here and b-rg"),
    (
        {"registry_name": "acr", "registry_resource_group": "rg"},
        {"registry_admin_user_enabled": "yes"},
        "registry_admin_user_enabled: false here and true",
    ),
    (
        {"database_server_name": "db"},
        {"database_name": "other", "database_sku": "Standard_B2s"},
        "database_sku: Standard_B1ms here and Standard_B2s",
    ),
    ({"redis_name": "cache"}, {"redis_sku": "Premium"}, "redis_sku: Standard here and Premium"),
]


@pytest.mark.parametrize(("both", "second", "wrong"), CONTRARY, ids=[wrong for _both, _second, wrong in CONTRARY])
def test_what_is_shared_has_to_be_said_alike(both: dict[str, Any], second: dict[str, Any], wrong: str) -> None:
    groups = {} if wrong.startswith("registry_resource_group") else {"registry_resource_group": "rg"}
    found = conflicts(values("a", **(groups | both)), values("b", **(groups | both | second)))
    assert [one for one in found if one.startswith(wrong)] == found
    assert len(found) == 1


def test_another_subscription_has_groups_of_its_own() -> None:
    both = {"backend_resource_group": "rg", "stack_resource_group": "rg"}
    assert conflicts(values("a", **both), values("b", **both), ("s1", "s2")) == []
    assert len(conflicts(values("a", **both), values("b", **both))) == 1


def test_parts_that_the_profile_does_not_have_say_nothing() -> None:
    claims = {host: _hosts.claims(values(host, database_server_name="db"), "s", ("stack",)) for host in ("a", "b")}
    assert list(_hosts.conflicts("a", claims)) == []


@pytest.mark.parametrize(
    ("same", "what"),
    [
        ({}, []),
        ({"stack_resource_group": "Shared"}, ["the resource group"]),
        ({"registry_name": "sharedacr", "registry_resource_group": "shared"}, ["the registry"]),
        ({"database_server_name": "shared-db"}, ["the database server"]),
        ({"redis_name": "shared-redis", "registry_name": "sharedacr"}, ["the registry", "the cache"]),
    ],
    ids=str,
)
@pytest.mark.parametrize("leaving", [["one"], ["one", "two"]], ids=str)
def test_what_others_need_is_not_removed(same: dict[str, Any], what: list[str], leaving: list[str]) -> None:
    claims = {host: _hosts.claims(values(host, **same), "s", FULL) for host in ("one", "two", "three")}
    claims["three"] = _hosts.claims(values("three"), "s", FULL)
    found = list(_hosts.still_needed("one", leaving, claims))
    assert [one.partition(" shared")[0] for one in found] == (what if leaving == ["one"] else [])
    assert all("the host two too" in one and "--limit one,two" in one for one in found)
    assert list(_hosts.still_needed("three", [*leaving, "three"], claims)) == []


@pytest.mark.parametrize(
    ("group", "name", "conflict"),
    [("rg", "codex", True), ("RG", "Codex", True), ("rg", "codex-2", False), ("rg-2", "codex", False)],
)
def test_a_site_is_one_stacks_alone(group: str, name: str, conflict: bool) -> None:
    parts = (*FULL, "frontend")
    one = values("a", frontend_name="codex", frontend_resource_group="rg")
    two = values("b", frontend_name=name, frontend_resource_group=group)
    claims = {"one": _hosts.claims(one, "s", parts), "two": _hosts.claims(two, "s", parts)}
    found = list(_hosts.conflicts("one", claims))
    assert [line.startswith("frontend_name: ") for line in found] == [True] * conflict, found
