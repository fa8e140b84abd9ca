# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter drill_problems."""

from __future__ import annotations

DOCUMENTATION = r"""
name: drill_problems
version_added: 0.1.0
short_description: Say why a restore drill is not begun
description:
  - Returns what is wrong with what a drill may cost and how long it may take. Azure counts every hour that has begun.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: How long the drill may take, in seconds.
    type: int
    required: true
  hourly_price:
    description: What an hour of the server costs.
    type: float
    required: true
  max_cost:
    description: What the drill may cost, in the same currency.
    type: float
    required: true
"""

EXAMPLES = r"""
- name: Refuse what may cost too much
  ansible.builtin.assert:
    that: 7200 | codexdominion.azure.drill_problems(hourly_price=0.05, max_cost=1.0) | length == 0
"""

RETURN = r"""
_value:
  description: The problems, none if it may begin.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _run_result


def drill_problems(timeout: int, *, hourly_price: float, max_cost: float) -> list[str]:
    """Return the problems; see the documentation above."""
    return _run_result.drill_problems(int(timeout), float(hourly_price), float(max_cost))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"drill_problems": drill_problems}
