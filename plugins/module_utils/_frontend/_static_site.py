# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a Static Web App a deployment asks Azure for, by azure-mgmt-web, in Azure's own words. Private.

Source: U(https://learn.microsoft.com/rest/api/appservice/static-sites/).
"""

from __future__ import annotations

import functools
import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import (
    Answer,
    Body,
    Session,
    call,
    collect,
    encode,
    find,
    start,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError

PACKAGE = "azure.mgmt.web"
DEFAULT = "default"
"""What Azure calls the production environment."""


class StaticSite:
    """The requests about one Static Web App."""

    def __init__(self, session: Session, group: str, name: str) -> None:
        self._session, self._where = session, (group, name)
        self.name, self.what = name, f"static web app {name}"

    @functools.cached_property
    def _sites(self) -> t.Any:
        return self._session.client(PACKAGE, "WebSiteManagementClient").static_sites

    def read(self) -> Body | None:
        """Return the site, or None if there is none."""
        return find(f"Reading {self.what}", self._sites.get_static_site, *self._where)

    def write(self, body: Body) -> Answer:
        """Start to write the site as a whole: Azure's PATCH knows neither its SKU nor its tags."""
        return start(
            f"Updating {self.what}",
            self._sites.begin_create_or_update_static_site,
            *self._where,
            static_site_envelope=encode(body),
        )

    def environment(self, name: str) -> Body | None:
        """Return a preview environment, or None if there is none of that name.

        All are listed, since Azure may have left out of the name what no host name can have.
        """
        builds = collect(f"Listing the environments of {self.what}", self._sites.get_static_site_builds, *self._where)
        return next((one for one in builds if _alike(_identifier(one), name)), None)

    def remove_environment(self, environment: Body) -> Answer:
        """Start to remove a preview environment."""
        name = _identifier(environment)
        return start(
            f"Removing the environment {name} of {self.what}",
            self._sites.begin_delete_static_site_build,
            *self._where,
            name,
        )

    def token(self) -> str:
        """Return the deployment token, as it is now.

        :raises OperationsError: C(TokenMissing).
        """
        doing = f"Reading the deployment token of {self.what}"
        body = call(doing, self._sites.list_static_site_secrets, *self._where).body
        token = (body.get("properties") or {}).get("apiKey")
        if not token:
            raise OperationsError(
                f"{self.what} has no deployment token",
                code="TokenMissing",
                remedy="Look at it in the portal; resetting the token there makes a new one.",
            )
        return str(token)


def _identifier(build: Body) -> str:
    return str((build.get("properties") or {}).get("buildId") or build.get("name") or "")


def _alike(found: str, wanted: str) -> bool:
    def bare(text: str) -> str:
        return re.sub(r"[^a-z0-9]", "", text.lower())

    return bool(bare(found)) and bare(found) == bare(wanted)
