# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of a backend that have to answer before a change of its container group is done. Private."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import Params
from ansible_collections.codexdominion.azure.plugins.module_utils._http import _check as _http_check

Body = dict[str, t.Any]

OPTION: dict[str, t.Any] = {
    "type": "list",
    "elements": "dict",
    "options": {
        "path": {"type": "str", "required": True},
        "port": {"type": "int", "required": True},
        "status": {"type": "int", "default": 200},
        "timeout": {"type": "int", "default": 120},
    },
}


def problems(params: Params) -> t.Iterator[str]:
    """Yield what is wrong with the gates of a task."""
    for number, gate in enumerate(params["gates"] or [], start=1):
        if not gate["path"].startswith("/"):
            yield f"gates.{number}.path: {gate['path']!r} does not begin with /"
        if not 1 <= gate["port"] <= 65535:
            yield f"gates.{number}.port: {gate['port']} is not a port from 1 to 65535"
        if gate["timeout"] < 0:
            yield f"gates.{number}.timeout: {gate['timeout']} is negative"


def ask(ctx: Context, group: Body | None) -> None:
    """Wait until every page answers; a group without a public address cannot be asked from here.

    :raises OperationsError: with C(expected) and C(answered), for the first page that does not.
    """
    address = ((group or {}).get("properties") or {}).get("ipAddress") or {}
    host = address.get("fqdn") or address.get("ip")
    if address.get("type") != "Public" or not host:
        return
    for gate in ctx.params["gates"] or []:
        asked = {
            "url": f"http://{host}:{gate['port']}{gate['path']}",
            "status": gate["status"],
            "wait_timeout": gate["timeout"],
        }
        params = {**_DEFAULTS, **asked}
        _http_check.check(Context(params, False, RunCache(None), ctx.report))


_DEFAULTS = {name: option.get("default") for name, option in _http_check.SPEC.options.items()}
