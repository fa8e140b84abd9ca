# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is served of a site now, and where: the beginning of every task about it. Private to this collection."""

from __future__ import annotations

import pathlib
import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs, _names
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _kept_builds
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._kept_builds import PRODUCTION
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._page import Marker, Site
from ansible_collections.codexdominion.azure.plugins.module_utils._static_site import _spec
from ansible_collections.codexdominion.azure.plugins.module_utils._static_site._api import SiteApi

_ENVIRONMENT = re.compile(r"[A-Za-z0-9-]{1,16}")
_RESERVED = frozenset({"default", "prod", "preview"})
"""What the Static Web Apps CLI and Azure take for another environment than one of that name."""


def problem_with_environment(value: str) -> str | None:
    """Check the name of an environment of a site."""
    if not _ENVIRONMENT.fullmatch(value) or not _bare(value):
        return f"{value!r} is not 1 to 16 letters, digits and hyphens"
    if _bare(value) in _RESERVED or (_bare(value) == PRODUCTION and value != PRODUCTION):
        return f"{value!r} cannot be the name of a preview; what everybody sees is {PRODUCTION}"
    return None


def environment_of(params: Params) -> str:
    """Return what Azure calls the environment that a task means: letters and digits only, in lower case.

    Content for a name that cannot be one has been reported to end up in production.
    """
    return _bare(params["environment"])


def problem_with_output(value: str) -> str | None:
    """Check the folder that a build leaves the site in."""
    path = pathlib.PurePosixPath(value)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        return f"{value!r} is not a folder inside of the project"
    return None


def environment_problems(option: str, environment: t.Mapping[str, object]) -> t.Iterator[str]:
    """Yield what is wrong with the environment of a build."""
    for name in environment:
        if wrong := _names.environment_variable(str(name)):
            yield f"{option}: {wrong}"


SPEC = (
    _common_specs.AZURE.merge(_common_specs.IN_GROUP)
    .merge(_spec.NAME)
    .merge(
        ArgumentSpec(
            options={"environment": {"type": "str", "default": PRODUCTION}},
            rules={"environment": problem_with_environment},
        )
    )
)
"""A site and one of its environments: the fragment C(static_web_app_environment)."""

PROGRAMS = ArgumentSpec(
    options={"node_directory": {"type": "path"}, "timeout": {"type": "int", "default": 1800}},
    checks=(_common_specs.positive_timeout,),
)
"""Where Node is, and how long what it runs may take."""

BUILDS = ArgumentSpec(options={"builds_directory": {"type": "path"}})
"""Where builds are kept."""


class Served(t.NamedTuple):
    """One environment of a site.

    :param site: as Azure has it; None where there is none yet.
    :param preview: the environment as Azure has it, if it is a preview.
    :param page: None as long as the environment has no address.
    :param marker: which build is served; None where that is none of ours.
    """

    site: Body | None
    preview: Body | None
    page: Site | None
    marker: Marker | None

    @property
    def sku(self) -> str:
        """Its SKU; the one with the narrower limits where that is not known yet."""
        return str(((self.site or {}).get("sku") or {}).get("name") or "Free")


def look(ctx: Context, *, required: bool = False) -> Served:
    """Return what is served now.

    :param required: whether a site that is not there is a failure, outside of check mode.
    :raises OperationsError: C(SiteMissing); or C(PageUnreachable), when nothing answers at its address.
    """
    params = ctx.params
    api = SiteApi(ctx.session, params["resource_group"], params["name"])
    with ctx.session.kept():
        site = api.read()
    if site is None:
        if required and not ctx.check_mode:
            raise OperationsError(
                f"There is no {api.what} in {params['resource_group']}",
                code="SiteMissing",
                remedy="Run deploy_frontend.yml, which creates it, with --limit to this stack.",
            )
        return Served(None, None, None, None)
    preview = find_preview(api, environment_of(params)) if environment_of(params) != PRODUCTION else None
    host = address(site, preview, environment_of(params))
    if not host:
        return Served(site, preview, None, None)
    page = Site(host, params["ca_path"])
    return Served(site, preview, page, page.marker())


def find_preview(api: SiteApi, environment: str) -> Body | None:
    """Return a preview as Azure has it, or None.

    :param environment: in letters and digits.
    """
    return next((one for one in api.builds() if _bare(build_id(one)) == environment), None)


def build_id(preview: Body) -> str:
    """Return what Azure calls an environment."""
    return str((preview.get("properties") or {}).get("buildId") or preview.get("name") or "")


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def address(site: Body, preview: Body | None, environment: str) -> str:
    """Return the host name of an environment; an empty string where it has none yet."""
    if environment == PRODUCTION:
        return str((site.get("properties") or {}).get("defaultHostname") or "")
    return str(((preview or {}).get("properties") or {}).get("hostname") or "")


def builds_folder(params: Params) -> pathlib.Path:
    """Return where the builds of a site are kept."""
    given = params["builds_directory"]
    return pathlib.Path(given) if given else _kept_builds.default_folder()
