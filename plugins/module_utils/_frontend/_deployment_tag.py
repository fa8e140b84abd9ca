# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a site's tags remember of what was deployed to its environments. Private to this collection.

For production it is C(codex-frontend), for a preview C(codex-frontend-<its name>); the value is the name of the build
and the digests of its sources and of its content.
"""

from __future__ import annotations

import time

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import finish, patiently
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._kept_builds import PRODUCTION
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._page import Marker
from ansible_collections.codexdominion.azure.plugins.module_utils._static_site._api import SiteApi

TAG = "codex-frontend"
_SECONDS = 10


def name_of(environment: str) -> str:
    """Return the tag's name."""
    return TAG if environment == PRODUCTION else f"{TAG}-{environment}"


def value_of(marker: Marker) -> str:
    """Return the tag's value, of less than the 256 characters that Azure takes."""
    return f"{marker.release} sources={marker.sources} content={marker.content}"


def value(site: Body | None, environment: str) -> str:
    """Return what a site remembers; an empty string where that is nothing."""
    return str(((site or {}).get("tags") or {}).get(name_of(environment)) or "")


def remembers(site: Body | None, environment: str, marker: Marker) -> bool:
    """Return whether a site's tags say that a build was deployed."""
    return value(site, environment) == value_of(marker)


def write(ctx: Context, environment: str, marker: Marker | None) -> None:
    """Remember what was deployed, or with None forget it; all other tags stay.

    :raises OperationsError: when Azure does not take it.
    """
    params = ctx.params
    api = SiteApi(ctx.session, params["resource_group"], params["name"])
    name, text = name_of(environment), value_of(marker) if marker else None
    deadline = time.monotonic() + ctx.timeout

    def tags() -> tuple[Body, dict[str, str]]:
        site = api.read()
        if site is None:
            raise OperationsError(f"{api.what} is gone", code="SiteMissing", remedy="Run deploy_frontend.yml again.")
        others = {key: other for key, other in (site.get("tags") or {}).items() if key != name}
        return site, {**others, name: text} if text else others

    def act() -> None:
        site, wanted = tags()
        if wanted == (site.get("tags") or {}):
            return
        finish(ctx, api.update({"tags": wanted}, site), f"tags of {api.what}", _SECONDS, deadline)

    def done() -> bool:
        site, wanted = tags()
        return wanted == (site.get("tags") or {})

    patiently(ctx, f"tags of {api.what}", deadline, act, done)
