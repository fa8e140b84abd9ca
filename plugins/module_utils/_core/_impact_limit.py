# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much a run may do to running things. Pure; private to this collection."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Impact

VARIABLE = "stack_max_impact"
"""The variable of the inventory that sets the limit."""

EXEMPTION = "stack_impact_counts"
"""The variable that a role gives a task, as false, where what the task takes away serves nobody."""

ENVIRONMENT_VARIABLE = "CODEX_MAX_IMPACT"
"""Tells the limit to a module in a process of its own."""

CODE = "ImpactTooHigh"
"""What such a refusal has as its code."""

NO_LIMIT = Impact.DATA_LOSS

_NAMES = ("name", "server", "repository", "login_db", "login_host")
"""The options that say best what a module works on."""


def parse(value: object) -> Impact:
    """Return the limit that a variable sets.

    :raises OperationsError: where it is none.
    """
    for impact in Impact:
        if str(impact) == str(value):
            return impact
    raise OperationsError(
        f"{VARIABLE} is {value!r}, and is not one of: {', '.join(map(str, Impact))}",
        code="InvalidParameters",
        remedy="",
    )


def excess(module: str, arguments: t.Mapping[str, t.Any], impact: object, limit: Impact) -> OperationsError | None:
    """Return why what a module would do is refused, or None where it is not worse than the limit.

    :param module: with or without the name of the collection.
    :param arguments: of its task.
    :param impact: as its result says it under check mode; what says none has none.
    """
    found = next((one for one in Impact if str(one) == str(impact)), Impact.NONE)
    if found <= limit:
        return None
    name = next((f" of {arguments[option]}" for option in _NAMES if arguments.get(option)), "")
    what = module.rpartition(".")[2].replace("_", " ")
    return OperationsError(
        f"The impact on the {what}{name} would be {found}, and {VARIABLE} is {limit}",
        code=CODE,
        remedy=f"If that is meant, run it again with: -e {VARIABLE}={found} (with --check --diff, it shows what for).",
    )
