# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gets a kept build to an environment of a site, and proves by the page that it is there. Private to this collection.

Look, plan, stop here under C(--check), upload, prove, remember. What was served before goes on being served until the
whole of the new content is there: Azure changes from one to the other at once.
"""

from __future__ import annotations

import pathlib
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import finish
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import (
    _deployment_tag,
    _export,
    _kept_builds,
    _page,
    _served,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._kept_builds import (
    PRODUCTION,
    Build,
    KeptBuilds,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._served import Served
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._upload import StaticWebAppsCli
from ansible_collections.codexdominion.azure.plugins.module_utils._static_site._api import SiteApi

PREVIOUS = "previous"
_PAUSE = 1.0
_SHOWN = 5
_ATTEMPTS = 2
_AGAIN = frozenset({"UploadFailed", "UploadUncertain", "TokenInvalid"})
"""What may have been a hiccup, or a token that was reset in this moment."""
_REMOVAL_SECONDS = 90


def _together(params: Params) -> t.Iterator[str]:
    if params["state"] == "absent" and params["environment"] == PRODUCTION:
        yield "environment: production is not removed; the site itself is, with static_web_app"
    if params["keep"] < 1:
        yield f"keep: {params['keep']} is less than 1"
    if params["ready_timeout"] < 0:
        yield f"ready_timeout: {params['ready_timeout']} is negative"
    yield from _served.environment_problems("cli_environment", params["cli_environment"])


SPEC = (
    _served.SPEC.merge(_common_specs.STATE)
    .merge(_served.PROGRAMS)
    .merge(_served.BUILDS)
    .merge(
        ArgumentSpec(
            options={
                "release": {"type": "str"},
                "cli_package": {"type": "path"},
                "cli_directory": {"type": "path"},
                "cli_environment": {"type": "dict", "default": {}},
                "keep": {"type": "int", "default": 10},
                "ready_timeout": {"type": "int", "default": 300},
            },
            required_if=(("state", "present", ("release", "cli_package")),),
            checks=(_together,),
        )
    )
)


def deploy(ctx: Context) -> dict[str, t.Any]:
    """Bring a build to the site, or remove a preview.

    :raises OperationsError: whatever went wrong, with what is served now.
    """
    if ctx.params["state"] == "absent":
        return _remove(ctx)
    params = ctx.params
    served = _served.look(ctx, required=True)
    kept = KeptBuilds(_served.builds_folder(params), params["name"])
    build = _choose(ctx, kept, served)
    if build is None:  # under check mode, of what is not built yet
        return _result(ctx, served, None, changed=True)
    content = kept.content(build)
    _export.refuse_excess(content, served.sku)
    tagged = _deployment_tag.remembers(served.site, _served.environment_of(params), build.marker)
    if served.marker == build.marker and tagged:
        return _result(ctx, served, build, changed=False)
    if ctx.check_mode:
        return _result(ctx, served, build, changed=True)
    deadline = time.monotonic() + ctx.timeout
    if served.marker != build.marker:
        _upload(ctx, served, kept.path(build), deadline)
        now = _prove(ctx, build, content, deadline)
    else:
        now = served
    _deployment_tag.write(ctx, _served.environment_of(params), build.marker)
    with kept.exclusive():
        for one in _kept_builds.superfluous(kept.all(_served.environment_of(params)), params["keep"], build.name):
            kept.remove(one)
    _warn_of_mixed_content(ctx, now, build)
    return _result(ctx, served, build, changed=True, now=now)


def _choose(ctx: Context, kept: KeptBuilds, served: Served) -> Build | None:
    """Return the build that is meant.

    :raises OperationsError: C(BuildUnknown) or C(NoPreviousBuild).
    """
    wanted, environment = ctx.params["release"], _served.environment_of(ctx.params)
    if not wanted and ctx.check_mode:
        return None
    if wanted != PREVIOUS:
        return kept.find(environment, wanted)
    found = _kept_builds.previous(kept.all(environment), served.marker)
    if found is None:
        raise OperationsError(
            f"There is no build in {kept.folder} from before what is served",
            code="NoPreviousBuild",
            remedy="list_frontend_releases.yml shows those there are; name one with -e release=...",
        )
    return found


def _upload(ctx: Context, served: Served, site: pathlib.Path, deadline: float) -> None:
    params = ctx.params
    cli = StaticWebAppsCli(
        ctx, pathlib.Path(params["cli_package"]), params["cli_directory"], params["node_directory"], deadline
    )
    cli.install()
    api = SiteApi(ctx.session, params["resource_group"], params["name"])
    variables = {name: str(value) for name, value in params["cli_environment"].items()}
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            cli.upload(site, _served.environment_of(params), api.token(), variables)
        except OperationsError as error:
            if attempt == _ATTEMPTS or error.code not in _AGAIN:
                error.message = f"{error.message}{_still(served)}"
                raise
            # The same content once more does no harm, also where only the answer was lost.
            ctx.report(f"{error.message}; once more")
        else:
            return


def _still(served: Served) -> str:
    """Say what a failed upload has left in service."""
    if served.page is None:
        return ""
    try:
        now = served.page.marker()
    except OperationsError as error:
        return f" ({error.message})"
    if now == served.marker:
        return " (what was served before is served still)"
    return f" ({served.page.url} serves {now.release if now else 'something else'} now)"


def _prove(ctx: Context, build: Build, content: _export.Content, deadline: float) -> Served:
    """Wait until the page serves what was built.

    :raises OperationsError: C(NotServed), with what is served otherwise.
    """
    end = min(deadline, time.monotonic() + ctx.params["ready_timeout"])
    while True:
        now = _served.look(ctx, required=True)
        wrong = ["it has no address yet"]
        if now.page is not None:
            wrong = [f"it serves {now.marker.release if now.marker else 'no build of ours'}"]
            if now.marker == build.marker and not (wrong := now.page.differing(content)):
                return now
        if time.monotonic() + _PAUSE > end:
            where = now.page.url if now.page else f"The environment {ctx.params['environment']}"
            more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
            raise OperationsError(
                f"{where} does not serve what was built after {ctx.params['ready_timeout']} s: "
                f"{', '.join(wrong[:_SHOWN])}{more}",
                code="NotServed",
                remedy="Run again; rollback_frontend.yml goes back to the build before.",
                details={"differing": wrong},
            )
        ctx.report(f"waiting until {build.name} is served: {wrong[0]}")
        time.sleep(_PAUSE)


def _warn_of_mixed_content(ctx: Context, now: Served, build: Build) -> None:
    try:
        page = now.page.get("/").body if now.page else b""
    except OSError:
        return  # what is unreachable has been told, or will be by the next check
    if plain := _page.mixed_content(page, build.addresses):
        ctx.warn(
            f"a browser will block what the page calls without TLS: {', '.join(plain)}. The page is always served over "
            "TLS, so the API needs it too"
        )


def _remove(ctx: Context) -> dict[str, t.Any]:
    """Remove a preview, and the builds that were kept for it."""
    params = ctx.params
    served = _served.look(ctx)
    if served.site is None or served.preview is None:
        return _result(ctx, served, None, changed=False)
    if not ctx.check_mode:
        api = SiteApi(ctx.session, params["resource_group"], params["name"])
        answer = api.delete_build(_served.build_id(served.preview))
        finish(ctx, answer, f"preview {params['environment']}", _REMOVAL_SECONDS, time.monotonic() + ctx.timeout)
        _deployment_tag.write(ctx, _served.environment_of(params), None)
        kept = KeptBuilds(_served.builds_folder(params), params["name"])
        if kept.folder.is_dir():
            with kept.exclusive():
                for one in kept.all(_served.environment_of(params)):
                    kept.remove(one)
    return _result(ctx, served, None, changed=True)


def _result(
    ctx: Context, served: Served, build: Build | None, *, changed: bool, now: Served | None = None
) -> dict[str, t.Any]:
    absent = ctx.params["state"] == "absent"
    before = served.marker.release if served.marker else None
    after = None if absent else build.name if build else "not known before"
    page = (now or served).page
    deployment = {
        "environment": _served.environment_of(ctx.params),
        "state": ctx.params["state"],
        "release": build.name if build else None,
        "previous": before,
        "url": page.url if page and not absent else None,
        "content": build.content if build else None,
        "files": build.files if build else None,
        "size_bytes": build.size_bytes if build else None,
        "addresses": list(build.addresses) if build else [],
    }
    return {
        "changed": changed,
        "impact": "data_loss" if absent and changed else "none",
        "diff": {"before": {"release": before}, "after": {"release": after}}
        if changed
        else {"before": {}, "after": {}},
        "deployment": deployment,
    }
