# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of Azure the tasks for a stack look at, by the inventory: read at once at the beginning. Pure; private.

A read too many costs a request beside others, one too few a request of its own: neither changes what a run does. A test
compares the versions with those of the SDK packages, and another one the list with what converged runs ask for.
"""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._ahead import Read
from ansible_collections.codexdominion.azure.plugins.module_utils._backend._state import (
    COLOURS,
    group_name,
    profile_name,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory._subject import Values

VERSIONS = {
    "Microsoft.Authorization": "2022-04-01",
    "Microsoft.Cache/redis": "2024-11-01",
    "Microsoft.Cache/redisEnterprise": "2025-07-01",
    "Microsoft.ContainerInstance": "2023-05-01",
    "Microsoft.ContainerRegistry": "2025-11-01",
    "Microsoft.DBforPostgreSQL": "2026-10-01",
    "Microsoft.ManagedIdentity": "2024-11-30",
    "Microsoft.Network": "2026-09-01",
    "Microsoft.Resources": "2025-04-01",
    "Microsoft.Web": "2025-05-01",
}
"""The API version by provider, as the SDK packages send it."""

_AZURE_SERVICES = "AllowAllAzureServicesAndResourcesWithinAzureIps"


def of_stack(values: Values, subscription: str, parts: t.Collection[str]) -> list[Read]:
    """Return what the tasks for a stack look at.

    :param values: the inputs of its roles; None is not known yet, and what it would name is left out.
    :param parts: the roles that are part of its stack.
    """
    if not subscription:
        return []
    found = [*_group(values, subscription), *_backend_and_registry(values, subscription)]
    if "database" in parts:
        found += _database(values, subscription)
    if "redis" in parts:
        found += _cache(values, subscription)
    if "frontend" in parts:
        provider, group, name = "Microsoft.Web", values.get("frontend_resource_group"), values.get("frontend_name")
        if site := _path(subscription, group, provider, "staticSites", name):
            found.append(Read(site, VERSIONS[provider]))
    return list(dict.fromkeys(found))


def _group(values: Values, subscription: str) -> t.Iterator[Read]:
    if group := values.get("stack_resource_group"):
        yield Read(f"/subscriptions/{subscription}/resourceGroups/{group}", VERSIONS["Microsoft.Resources"])


def _backend_and_registry(values: Values, subscription: str) -> t.Iterator[Read]:
    provider = "Microsoft.ContainerRegistry"
    group, name = values.get("registry_resource_group"), values.get("registry_name")
    registry = _path(subscription, group, provider, "registries", name)
    if registry:
        yield Read(registry, VERSIONS[provider])
    group, name = values.get("backend_resource_group"), values.get("backend_name")
    if not group or not name:
        return
    provider = "Microsoft.ContainerInstance"
    groups = f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{provider}/containerGroups"
    yield Read(groups, VERSIONS[provider])
    if values.get("backend_strategy") == "blue_green":
        for colour in COLOURS:
            yield Read(f"{groups}/{group_name(name, colour)}", VERSIONS[provider])
        provider = "Microsoft.Network"
        traffic = _path(subscription, group, provider, "trafficmanagerprofiles", profile_name(name))
        yield Read(traffic, VERSIONS[provider])
    else:
        yield Read(f"{groups}/{name}", VERSIONS[provider])
    if values.get("backend_pull") == "identity" and (identity := values.get("backend_identity_name")):
        provider = "Microsoft.ManagedIdentity"
        of = _path(subscription, group, provider, "userAssignedIdentities", identity)
        yield Read(of, VERSIONS[provider])
        if registry:
            provider = "Microsoft.Authorization"
            path = f"{registry}/providers/{provider}/roleAssignments"
            yield Read(path, VERSIONS[provider], "$filter=principalId eq '{principal}'", of)


def _database(values: Values, subscription: str) -> t.Iterator[Read]:
    provider = "Microsoft.DBforPostgreSQL"
    group, name = values.get("database_resource_group"), values.get("database_server_name")
    if not (server := _path(subscription, group, provider, "flexibleServers", name)):
        return
    rules = [rule.get("name") for rule in values.get("database_firewall_rules") or [] if isinstance(rule, dict)]
    databases = [values.get("database_name"), *(values.get("database_further_names") or [])]
    children = [
        *(f"/firewallRules/{rule}" for rule in (_AZURE_SERVICES, *rules) if rule),
        *(f"/databases/{database}" for database in databases if database),
        *(["/configurations"] if values.get("database_configurations") else []),
    ]
    for suffix in ("", *children):
        yield Read(f"{server}{suffix}", VERSIONS[provider])


def _cache(values: Values, subscription: str) -> t.Iterator[Read]:
    provider, group, name = "Microsoft.Cache", values.get("redis_resource_group"), values.get("redis_name")
    service = values.get("redis_service")
    if service != "managed" and (cache := _path(subscription, group, provider, "redis", name)):
        version = VERSIONS["Microsoft.Cache/redis"]
        yield Read(cache, version)
        if values.get("redis_firewall_rules"):
            yield Read(f"{cache}/firewallRules", version)
        if values.get("redis_patch_schedule"):
            yield Read(f"{cache}/patchSchedules/default", version)
    if service != "classic" and (cluster := _path(subscription, group, provider, "redisEnterprise", name)):
        version = VERSIONS["Microsoft.Cache/redisEnterprise"]
        yield Read(cluster, version)
        if service == "managed":
            yield Read(f"{cluster}/databases/default", version)


def _path(subscription: str, group: object, provider: str, kind: str, name: object) -> str:
    """Return the id of a resource; an empty string where its group or name is not known."""
    if not group or not name:
        return ""
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{provider}/{kind}/{name}"
