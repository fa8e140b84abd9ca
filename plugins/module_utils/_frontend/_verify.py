# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges a site as a browser gets it: rows for the checks of a stack. Private to this collection."""

from __future__ import annotations

import http.client
import statistics
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _checks
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _deployment_tag, _page, _served
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._page import Fetched
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._served import Served

_PROBLEM = (OSError, http.client.HTTPException)
_OK = http.HTTPStatus.OK


def _numbers(params: Params) -> t.Iterator[str]:
    if params["requests"] < 1:
        yield f"requests: {params['requests']} is less than 1"
    if params["load_time"] <= 0:
        yield f"load_time: {params['load_time']:g} is not positive"


SPEC = _served.SPEC.merge(
    ArgumentSpec(
        options={
            "requests": {"type": "int", "default": 5},
            "load_time": {"type": "float", "default": 2000.0},
            "mixed_content": {"type": "str", "choices": ["fail", "tell"], "default": "fail"},
            **_checks.TARGETS,
        },
        checks=(_numbers,),
    )
)


def check(ctx: Context) -> dict[str, t.Any]:
    """Look at the site; nothing that is found fails the task.

    :returns: C(ok), C(checks), and C(url).
    """
    try:
        served = _served.look(ctx)
    except OperationsError as error:
        if error.code != "PageUnreachable":
            raise
        rows = [_checks.row("page", "200", error.message, ok=False)]
        return {"changed": False, "ok": False, "checks": rows, "url": None}
    rows = _rows(ctx, served)
    url = served.page.url if served.page else None
    return {"changed": False, "ok": all(row["ok"] for row in rows), "checks": rows, "url": url}


def _rows(ctx: Context, served: Served) -> list[_checks.Row]:
    params = ctx.params
    if served.page is None:
        return [_checks.row("page", "200", "there is none: deploy_frontend.yml creates it", ok=False)]
    try:
        times, page = _load(served.page, params["requests"])
    except _PROBLEM as exc:
        return [_checks.row("page", "200", str(exc), ok=False)]
    rows = [
        _checks.row("page", "200", str(page.status), ok=page.status == _OK),
        _deployed(served, _served.environment_of(params)),
        _checks.at_most("load time", params["load_time"], statistics.median(times), params["targets"]),
    ]
    plain = _page.mixed_content(page.body, served.marker.addresses if served.marker else ())
    told = params["mixed_content"] == "tell"
    found = "none" if not plain else f"blocked by browsers: {', '.join(plain)}{' (only told)' if told else ''}"
    return [*rows, _checks.row("mixed content", "none", found, ok=not plain or told)]


def _load(site: _page.Site, requests: int) -> tuple[list[float], Fetched]:
    loads = [site.load() for _request in range(requests)]
    return [milliseconds for milliseconds, _fetched in loads], loads[-1][1]


def _deployed(served: Served, environment: str) -> _checks.Row:
    """Return whether what is served is what was deployed last."""
    remembered = _deployment_tag.value(served.site, environment)
    wanted = remembered.partition(" ")[0] if remembered else "a build of ours"
    if served.marker is None:
        return _checks.row("release", wanted, "no build of ours", ok=False)
    ok = _deployment_tag.remembers(served.site, environment, served.marker)
    found = served.marker.release if ok or remembered else f"{served.marker.release}, which no tag of the site knows"
    return _checks.row("release", wanted, found, ok=ok)
