# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Azure offers for a static web app. API version 2025-05-01 of Microsoft.Web, by azure-mgmt-web. Private.

Source: U(https://learn.microsoft.com/rest/api/appservice/static-sites).
"""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import (
    DONE,
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
from ansible_collections.codexdominion.azure.plugins.module_utils._static_site import _body

PROVIDER = "Microsoft.Web"
API_VERSION = "2025-05-01"
"""As the SDK package sends it."""
CNAME, TXT = "cname-delegation", "dns-txt-token"
_NO_CONTENT = 204


class SiteApi:
    """One static web app.

    :param group: its resource group.
    """

    def __init__(self, session: Session, group: str, name: str) -> None:
        self._sites: t.Any = session.client("azure.mgmt.web", "WebSiteManagementClient").static_sites
        self._where = (group, name)
        self.name = name
        self.id = session.resource_id(group, PROVIDER, "staticSites", name)
        self.what = f"static web app {name}"

    def read(self) -> Body | None:
        """Return the site, or None."""
        return find(f"Reading {self.what}", self._sites.get_static_site, *self._where)

    def create(self, body: Body) -> Answer:
        """Create the site, or replace it as a whole."""
        put = self._sites.begin_create_or_update_static_site
        return start(f"Writing {self.what}", put, *self._where, encode(body))

    def update(self, changes: Body, actual: Body | None = None) -> Answer:
        """Change what a body names, and nothing else.

        :param actual: the site as it was read a moment ago; it is read if this is not given.
        :raises OperationsError: with code C(ResourceNotFound) where there is none.
        """
        if actual is None:
            actual = call(f"Reading {self.what}", self._sites.get_static_site, *self._where).body
        return self.create(_body.changed(actual, changes))

    def delete(self) -> Answer:
        return _remove(f"Deleting {self.what}", self._sites.begin_delete_static_site, *self._where)

    def settings(self) -> dict[str, str]:
        """Return all application settings, whose values Azure shows in clear."""
        doing = f"Listing the settings of {self.what}"
        found = call(doing, self._sites.list_static_site_app_settings, *self._where).body
        return {name: str(value) for name, value in (found.get("properties") or {}).items()}

    def write_settings(self, settings: t.Mapping[str, str]) -> None:
        """Replace all application settings."""
        write = self._sites.create_or_update_static_site_app_settings
        call(f"Writing the settings of {self.what}", write, *self._where, encode({"properties": dict(settings)}))

    def token(self) -> str:
        """Return the deployment token, by which anybody may upload content."""
        doing = f"Reading the deployment token of {self.what}"
        return str(call(doing, self._sites.list_static_site_secrets, *self._where).body["properties"]["apiKey"])

    def reset_token(self) -> None:
        """Have Azure make a new deployment token; the old one is worth nothing at once."""
        doing = f"Resetting the deployment token of {self.what}"
        call(doing, self._sites.reset_static_site_api_key, *self._where, encode({"properties": {}}))

    def domains(self) -> list[Body]:
        """Return the custom domains."""
        doing = f"Listing the domains of {self.what}"
        return collect(doing, self._sites.list_static_site_custom_domains, *self._where)

    def validate_domain(self, domain: str, method: str) -> None:
        """Have Azure look whether a domain can be added; this changes nothing.

        :raises OperationsError: with code C(BadRequest) where its DNS record is not there.
        """
        validate = self._sites.begin_validate_custom_domain_can_be_added_to_static_site
        start(f"Checking the domain {domain}", validate, *self._where, domain, _by(method))

    def add_domain(self, domain: str, method: str) -> Answer:
        add = self._sites.begin_create_or_update_static_site_custom_domain
        return start(f"Adding the domain {domain} to {self.what}", add, *self._where, domain, _by(method))

    def delete_domain(self, domain: str) -> Answer:
        delete = self._sites.begin_delete_static_site_custom_domain
        return _remove(f"Removing the domain {domain} from {self.what}", delete, *self._where, domain)

    def builds(self) -> list[Body]:
        """Return the environments: C(default) is production, the others are previews."""
        doing = f"Listing the environments of {self.what}"
        return collect(doing, self._sites.get_static_site_builds, *self._where)

    def delete_build(self, environment: str) -> Answer:
        """Remove a preview environment with its content."""
        delete = self._sites.begin_delete_static_site_build
        return _remove(f"Removing the environment {environment} of {self.what}", delete, *self._where, environment)


def _remove(doing: str, function: t.Callable[..., t.Any], *args: str) -> Answer:
    """Start a deletion. What is gone already is no failure: the first answer may have been lost on its way.

    The SDK takes 204 for an error where Azure's specification does not name it.
    """
    try:
        return start(doing, function, *args)
    except OperationsError as error:
        if error.status == _NO_CONTENT or error.not_found:
            return DONE
        raise


def _by(method: str) -> bytes:
    return encode({"properties": {"validationMethod": method}})
