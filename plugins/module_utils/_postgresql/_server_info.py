# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL servers with what belongs to them, only read. Private to this collection."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core._case import flatten
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql._api import Child, ServerApi, list_servers

_PARTS = {
    "backups": Child.BACKUP,
    "firewall_rules": Child.FIREWALL_RULE,
    "databases": Child.DATABASE,
    "configurations": Child.CONFIGURATION,
}
OPTIONS: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str"},
    **{part: {"type": "bool", "default": False} for part in _PARTS},
}


def find_servers(ctx: Context) -> list[dict[str, t.Any]]:
    """Return the server the task names, or all of its resource group, with the parts it asks for."""
    with ctx.session.kept():
        return [_describe(ctx, server) for server in _servers(ctx)]


def _servers(ctx: Context) -> list[Body]:
    group, name = ctx.params["resource_group"], ctx.params["name"]
    if name:
        found = ServerApi(ctx.session, group, name).read()
        return [found] if found else []
    try:
        return list_servers(ctx.session, group)
    except OperationsError as error:
        if not error.not_found:
            raise
        return []


def _describe(ctx: Context, server: Body) -> dict[str, t.Any]:
    described = flatten(server)
    api = ServerApi(ctx.session, ctx.params["resource_group"], server["name"])
    for part, kind in _PARTS.items():
        if ctx.params[part]:
            members = [flatten(one) for one in api.list(kind)]
            if kind is Child.CONFIGURATION:
                members = [one for one in members if one.get("source") == "user-override"]
            described[part] = members
    return described
