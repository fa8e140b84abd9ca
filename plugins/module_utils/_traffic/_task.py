# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task on a Traffic Manager profile. Private to this collection."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs, _plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import converge
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec
from ansible_collections.codexdominion.azure.plugins.module_utils._traffic import _profile

SPEC = (
    _common_specs.tracked(timeout=300)
    .merge(_common_specs.STATE)
    .merge(ArgumentSpec(options=_profile.OPTIONS, checks=(_profile.problems,)))
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Bring the profile to the wanted state."""
    profile = _profile.TrafficManagerProfile(ctx)
    deadline = time.monotonic() + ctx.timeout
    result = converge(ctx, profile)
    if ctx.wait and not ctx.check_mode and not result["changed"] and result[profile.kind]:
        profile.settle(_plan.NOTHING, deadline)  # an interrupted run may have changed it, and not have waited
    return result
