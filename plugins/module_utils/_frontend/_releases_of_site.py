# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kept builds of a site, and which of them is served. Private to this collection."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _served
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._kept_builds import KeptBuilds

SPEC = _served.SPEC.merge(_served.BUILDS)


def look(ctx: Context) -> dict[str, t.Any]:
    """Return the kept builds, the newest first, with what is served.

    :returns: C(releases), C(serving), and C(url).
    """
    params = ctx.params
    served = _served.look(ctx)
    kept = KeptBuilds(_served.builds_folder(params), params["name"])
    releases = [
        {
            **dataclasses.asdict(one),
            "addresses": list(one.addresses),
            "serving": served.marker == one.marker,
            "path": str(kept.path(one)),
        }
        for one in kept.all(params["environment"])
    ]
    return {
        "changed": False,
        "releases": releases,
        "serving": served.marker.release if served.marker else None,
        "url": served.page.url if served.page else None,
        "directory": str(kept.folder),
    }


def history(found: t.Mapping[str, t.Any], site: str, stack: str, environment: str) -> str:
    """Return the kept builds as lines for people.

    :param found: what C(look) returned.
    """
    releases = found["releases"]
    where = found["url"] or "no address yet"
    title = f"{stack}: {site}, {environment}, at {where}; {len(releases)} kept builds in {found['directory']}"
    lines = [title]
    for one in releases:
        size = f"{one['files']} files, {one['size_bytes'] / (1 << 20):.1f} MB"
        commit = f", commit {one['commit'][:12]}{'-dirty' if one['commit'].endswith('-dirty') else ''}"
        lines.append(f"{'* ' if one['serving'] else '  '}{one['name']}  {size}{commit if one['commit'] else ''}")
    if found["serving"] and not any(one["serving"] for one in releases):
        lines.append(f"* {found['serving']}  is served, and not kept here")
    if not found["serving"]:
        lines.append("  nothing of these is served")
    return "\n".join(lines)
