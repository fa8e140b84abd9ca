# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose pages may call the backend: those of the stack's own site, beside what the inventory says. Private.

A browser asks the backend by CORS, and the backend reads ALLOWED_ORIGINS. A site is given its host name by Azure, so no
inventory can name it before there is one.
"""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import Params
from ansible_collections.codexdominion.azure.plugins.module_utils._static_site._api import API_VERSION, PROVIDER

VARIABLE = "ALLOWED_ORIGINS"
_EVERYBODY = "*"


def with_site(ctx: Context) -> Params:
    """Return the parameters of a deployment, with the origins of the site that is named among the allowed ones.

    Nothing is added as long as there is no such site, nor where the variable is a secret one.
    """
    params = ctx.params
    name = params["allowed_site"]
    if not name or params["environment"] is None or VARIABLE in (params["secret_environment"] or {}):
        return params
    group = params["allowed_site_resource_group"] or params["resource_group"]
    path = ctx.session.resource_id(group, PROVIDER, "staticSites", name)
    url = f"{ctx.session.cloud.resource_manager.rstrip('/')}{path}?api-version={API_VERSION}"
    try:
        site = ctx.session.get(url, f"Reading static web app {name}").body
    except OperationsError as error:
        if not error.not_found:
            raise
        if not (ctx.check_mode and params["allowed_site_is_planned"]):
            return params
        site = {"properties": {"defaultHostname": _plan.NOT_KNOWN}}
    present = str(params["environment"].get(VARIABLE) or "")
    return {**params, "environment": {**params["environment"], VARIABLE: merged(present, of_site(site))}}


def of_site(site: Body) -> list[str]:
    """Return the origins of a site: at its own host name, and at its custom domains."""
    properties = site.get("properties") or {}
    hosts = [properties.get("defaultHostname"), *(properties.get("customDomains") or [])]
    return [f"https://{host}" for host in hosts if host]


def merged(present: str, origins: t.Sequence[str]) -> str:
    """Return a list with commas, and those that it lacks at its end; a list that allows everybody lacks none."""
    listed = [one.strip() for one in present.split(",") if one.strip()]
    if _EVERYBODY in listed:
        return present
    known = {one.rstrip("/").lower() for one in listed}
    missing = [one for one in origins if one.lower() not in known]
    return ",".join([*listed, *missing]) if missing else present
