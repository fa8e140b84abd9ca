# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task on a container group, from its wanted state to the proof that it answers. Private to this collection."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import _body, _gates, _rollback
from ansible_collections.codexdominion.azure.plugins.module_utils._container_group._group import ContainerGroup
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import converge


def run(ctx: Context) -> dict[str, t.Any]:
    """Bring the container group to the wanted state, or back to what it was."""
    group = ContainerGroup(ctx)
    try:
        result = converge(ctx, group)
        if group.wrote and ctx.wait:
            _gates.ask(ctx, group.read())
        elif ctx.params["gates"] and result["impact"] == "none":
            group.prove()
    except OperationsError as error:
        raise _rollback.explain(ctx, group, error) from error
    if group.recreated:
        result["impact"] = "recreate"
    return {**result, "previous": _body.summary(group.before)}
