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
        for one in kept.all(_served.environment_of(params))
    ]
    return {
        "changed": False,
        "releases": releases,
        "serving": served.marker.release if served.marker else None,
        "url": served.page.url if served.page else None,
        "directory": str(kept.folder),
    }
