# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a body says of a static web app that is there, so that what is not meant to change stays. Pure. Private.

A site is written as a whole: by its specification a PATCH has neither plan nor tags. What a body leaves out falls back
to what Azure presets, and what only Azure may say does not belong into it.
"""

from __future__ import annotations

import typing as t

Body = dict[str, t.Any]

_WRITABLE = (
    "repositoryUrl",
    "branch",
    "provider",
    "stagingEnvironmentPolicy",
    "allowConfigFileUpdates",
    "publicNetworkAccess",
    "enterpriseGradeCdnStatus",
)


def changed(actual: Body, changes: Body) -> Body:
    """Return the body that changes a site.

    :param actual: the site as Azure has it.
    :param changes: what is to be another one; of its properties only those that are to be others.
    """
    present = actual.get("properties") or {}
    body = {key: actual[key] for key in ("location", "tags", "sku") if actual.get(key) is not None}
    if identity := actual.get("identity"):
        names: Body = {name: {} for name in identity.get("userAssignedIdentities") or {}}
        body["identity"] = {"type": identity["type"], **({"userAssignedIdentities": names} if names else {})}
    properties = {key: present[key] for key in _WRITABLE if present.get(key) is not None}
    return {**body, **changes, "properties": {**properties, **(changes.get("properties") or {})}}
