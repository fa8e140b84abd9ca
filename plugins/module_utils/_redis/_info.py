# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Caches of both services, only read, and in the same words. Private to this collection.

An Azure Cache for Redis and an Azure Managed Redis may bear one name in one resource group.
"""

from __future__ import annotations

import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs, _resource
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import (
    _api,
    _connection,
    _managed_api,
    _rules,
    _serving,
    _statistics,
    _target,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _managed as _managed_redis
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._rules import Sku

_Api: t.TypeAlias = "_api.CacheApi | _managed_api.ManagedRedisApi"

_DONE, _CREATING = "Succeeded", "Creating"


def _problems(params: Params) -> t.Iterator[str]:
    if params["slow_log"] < 0:
        yield f"slow_log: {params['slow_log']} is negative"


SPEC = (
    _common_specs.AZURE.merge(_common_specs.IN_GROUP)
    .merge(_connection.SPEC)
    .merge(
        ArgumentSpec(
            options={
                "name": {"type": "str", "required": True},
                "service": {"type": "str", "default": "auto", "choices": ["auto", "classic", "managed"]},
                "expected": {"type": "str", "default": "auto", "choices": ["auto", "classic", "managed"]},
                "return_keys": {"type": "bool", "default": False, "no_log": False},
                "statistics": {"type": "bool", "default": False},
                "slow_log": {"type": "int", "default": 5},
                "wait": {"type": "bool", "default": False},
                "timeout": {"type": "int", "default": 3600},
            },
            rules={"name": _rules.name},
            checks=(_target.name_problems, _common_specs.positive_timeout, _problems),
        )
    )
)


def find_caches(ctx: Context) -> dict[str, t.Any]:
    """Return the cache of each service, None where there is none, and how many classic ones there are if no other is.

    :returns: C(classic), C(managed), C(classic_in_subscription).
    """
    wanted, where = ctx.params["service"], (ctx.session, ctx.params["resource_group"], ctx.params["name"])
    api, managed_api = _api.CacheApi(*where), _managed_api.ManagedRedisApi(*where)
    deadline = time.monotonic() + ctx.timeout
    # A longer name than its service takes is a classic cache's only.
    possible = wanted != "classic" and _rules.managed_name(ctx.params["name"]) is None
    with ctx.session.kept():
        classic = _read(ctx, api, deadline) if wanted != "managed" else None
        managed = _read(ctx, managed_api, deadline) if possible else None
    count = wanted != "managed" and classic is None and managed is None
    return {
        "classic": _describe(ctx, api, classic, _classic(classic)) if classic else None,
        "managed": _describe(ctx, managed_api, managed, _managed(managed)) if managed else None,
        "classic_in_subscription": len(api.list_subscription()) if count else None,
    }


def choose(params: Params, found: dict[str, t.Any]) -> _serving.Serving:
    """Return which of the caches that were found is the cache of the stack."""
    return _serving.serving(
        found["classic"],
        found["managed"],
        in_subscription=found["classic_in_subscription"] or 0,
        expected=params["expected"],
        name=params["name"],
        group=params["resource_group"],
    )


def _read(ctx: Context, api: _Api, deadline: float) -> Body | None:
    """Return a cache; with the option C(wait) once nothing is done to it any more.

    :raises OperationsError: with code C(Timeout).
    """
    body = api.read()
    if not ctx.params["wait"]:
        return body

    def unfinished(found: Body | None) -> str:
        left = _managed_redis.pending({"database": None, **found}) if found else ""
        return f"still {left}, by an operation started earlier" if left else ""

    return _resource.poll(ctx, api, body, deadline, unfinished)


def _describe(ctx: Context, api: _Api, body: Body, described: dict[str, t.Any]) -> dict[str, t.Any]:
    result = {
        "id": body["id"],
        "name": body["name"],
        "location": body["location"],
        "tags": body.get("tags") or {},
        "host_name": body["properties"].get("hostName"),
        "public_network_access": body["properties"].get("publicNetworkAccess") != "Disabled",
        **described,
    }
    there, allowed = result["provisioning_state"] != _CREATING, result["access_keys_authentication"]
    keys, statistics = ctx.params["return_keys"], ctx.params["statistics"]
    wanted = there and (statistics or (keys and allowed))
    endpoints = _target.Target(api, body, ctx).endpoints() if wanted else {}
    if keys:
        result["keys"] = {kind: one.key for kind, one in endpoints.items()} or None
    if statistics:
        result["statistics"] = _statistics.read(endpoints["primary"], ctx.params["slow_log"]) if endpoints else None
    return result


def _classic(body: Body) -> dict[str, t.Any]:
    properties = body["properties"]
    sku = Sku(properties["sku"]["name"], properties["sku"]["capacity"])
    return {
        "service": "classic",
        "port": properties.get("sslPort"),
        "sku": str(sku),
        "high_availability": sku.name != "Basic",
        "provisioning_state": properties["provisioningState"],
        "redis_version": properties.get("redisVersion"),
        "access_keys_authentication": not properties.get("disableAccessKeyAuthentication"),
    }


def _managed(body: Body) -> dict[str, t.Any]:
    properties = body["properties"]
    database = (body["database"] or {}).get("properties") or {}
    states = (properties["provisioningState"], database.get("provisioningState") or _CREATING)
    return {
        "service": "managed",
        "port": database.get("port"),
        "sku": body["sku"]["name"],
        "high_availability": {"Enabled": True, "Disabled": False}.get(properties.get("highAvailability")),
        # Without its database nobody can use the cluster, whatever its own state.
        "provisioning_state": next((state for state in states if state != _DONE), _DONE),
        "redis_version": database.get("redisVersion") or properties.get("redisVersion"),
        "access_keys_authentication": database.get("accessKeysAuthentication") == "Enabled",
    }
