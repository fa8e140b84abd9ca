# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several hosts of one run: what they may share, and what has to be one host's alone. Pure; private to this collection.

Stacks may share a resource group, a registry, a database server or a cache, as long as they say the same about it: two
runs that want it otherwise would undo each other for ever. A container group, a name in DNS, the releases, a database
and the name that locks are taken by are one stack's alone.
"""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backend._state import COLOURS, group_name
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _names
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _subject
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory._subject import Values

Claims = dict[str, t.Any]
"""What one host describes: C(alone), the things by a key that is equal for the same thing; and C(shared), those that
others may describe too, with what it says of them by variable. Nothing but text in it."""

_DATABASE = (
    "database_resource_group",
    "database_location",
    "database_version",
    "database_sku",
    "database_storage_gb",
    "database_high_availability",
    "database_backup_retention_days",
    "database_administrator",
    "database_allow_azure_services",
)
"""What stacks that share a server have to say alike."""
_CACHE = (
    "redis_resource_group",
    "redis_location",
    "redis_service",
    "redis_sku",
    "redis_capacity",
    "redis_managed_sku",
    "redis_high_availability",
)


def claims(values: Values, subscription: str, parts: t.Collection[str]) -> Claims:
    """Return what a host describes.

    :param parts: the roles that are part of its stack.
    """
    alone: dict[str, str] = {}
    shared: dict[str, dict[str, str]] = {}

    def say(what: str, variables: t.Iterable[str]) -> None:
        shared[what] = {variable: _said(variable, values) for variable in variables}

    if name := values.get("stack_name"):
        alone[f"the name {name}, by which locks are taken"] = "stack_name"
    if group := values.get("stack_resource_group"):
        say(_in(subscription, f"the resource group {_folded(group)}"), ["stack_location"])
    if registry := values.get("registry_name"):
        where = ["registry_resource_group", "registry_location", "registry_sku", "registry_admin_user_enabled"]
        say(f"the registry {_folded(registry)}", where)
        if _subject.is_true(values.get("backend_releases")):
            repository = f"{_folded(registry)}/{values.get('backend_image_repository')}"
            alone[f"the releases {values.get('backend_release_prefix')} in {repository}"] = "backend_release_prefix"
    if name := values.get("backend_name"):
        inside = f"in the resource group {_folded(values.get('backend_resource_group'))}"
        for one in (name, *(group_name(name, colour) for colour in COLOURS)):
            alone[_in(subscription, f"the container group {one} {inside}")] = "backend_name"
        for variable, host_name in _host_names(values):
            alone[host_name] = variable
    if "database" in parts and (server := values.get("database_server_name")):
        say(f"the database server {server}", _DATABASE)
        alone[f"the database {values.get('database_name')} on the server {server}"] = "database_name"
        for name in values.get("database_further_names") or []:
            alone[f"the database {name} on the server {server}"] = "database_further_names"
    if "redis" in parts and (cache := values.get("redis_name")):
        say(f"the cache {_folded(cache)}", _CACHE)
    if "frontend" in parts and (name := values.get("frontend_name")):
        inside = f"in the resource group {_folded(values.get('frontend_resource_group'))}"
        alone[_in(subscription, f"the static web app {_folded(name)} {inside}")] = "frontend_name"
    return {"alone": alone, "shared": shared}


def conflicts(host: str, all_claims: t.Mapping[str, Claims]) -> t.Iterator[str]:
    """Yield what a host says against the other hosts of the run."""
    mine = all_claims[host]
    said = set()
    for other, theirs in all_claims.items():
        if other == host:
            continue
        for what in mine["alone"]:
            variable = mine["alone"][what]
            if what in theirs["alone"] and (other, variable) not in said:
                said.add((other, variable))  # the colours of a group say nothing new
                yield f"{variable}: {_public(what)} is what the host {other} means too; one of the two needs another"
        for what, facts in mine["shared"].items():
            for variable, value in facts.items():
                if what in theirs["shared"] and theirs["shared"][what].get(variable, value) != value:
                    theirs_value = theirs["shared"][what][variable]
                    yield (
                        f"{variable}: {value} here and {theirs_value} for the host {other}, and both mean "
                        f"{_public(what)}; they have to say the same"
                    )


def still_needed(host: str, leaving: t.Collection[str], all_claims: t.Mapping[str, Claims]) -> t.Iterator[str]:
    """Yield what a host has in common with hosts that stay, so that removing it would take it from them.

    :param leaving: the hosts whose stacks this run removes.
    """
    for other, theirs in all_claims.items():
        if other in leaving:
            continue
        for what in all_claims[host]["shared"]:
            if what in theirs["shared"]:
                yield (
                    f"{_public(what)} belongs to the stack of the host {other} too, and would be removed: remove both "
                    f"(--limit {host},{other}), or take what only this stack has away by hand"
                )


def _host_names(values: Values) -> t.Iterator[tuple[str, str]]:
    """Yield the names in DNS that a backend takes, with the variable each comes from."""
    location = _names.normalise_location(str(values.get("backend_location") or ""))
    label = values.get("backend_dns_label")
    if values.get("backend_strategy") == "blue_green":
        variable = "backend_dns_label" if label else "backend_name"
        labels = [f"{label or values.get('backend_name')}-{colour}" for colour in COLOURS]
        if traffic := values.get("backend_traffic_name"):
            yield "backend_traffic_name", f"the host name {_folded(traffic)}.trafficmanager.net"
    else:
        variable, labels = "backend_dns_label", [str(label)] if label else []
    if values.get("backend_dns_label_scope") in (None, "Unsecure"):  # others put a hash into the name
        yield from ((variable, f"the host name {one}.{location}.azurecontainer.io") for one in labels)


def _said(variable: str, values: Values) -> str:
    value = values.get(variable)
    if variable.endswith("_location") and value:
        return _names.normalise_location(str(value))
    if variable.endswith("_resource_group"):
        return _folded(value)
    if isinstance(value, bool) or str(value).lower() in ("true", "false", "yes", "no"):
        return str(_subject.is_true(value)).lower()
    return str(value)


def _folded(name: object) -> str:
    return str(name).lower()


def _in(subscription: str, what: str) -> str:
    """Return a key for a thing that is unique in a subscription only."""
    return f"{what}\0{subscription.lower()}"


def _public(what: str) -> str:
    return what.partition("\0")[0]
