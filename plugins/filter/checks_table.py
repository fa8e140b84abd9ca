# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter checks_table."""

from __future__ import annotations

DOCUMENTATION = r"""
name: checks_table
version_added: 0.1.0
short_description: The checks of a stack as a table
description:
  - Returns a line that counts, and one for each check.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The checks, each with C(name), C(ok), and C(found).
    type: list
    elements: dict
    required: true
  stack:
    description: The name of the stack.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show the table
  ansible.builtin.debug:
    msg: "{{ stack_checks | codexdominion.azure.checks_table('production') | codexdominion.azure.readable }}"
"""

RETURN = r"""
_value:
  description: The table, in several lines.
  type: str
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._stack import _checks_table


def checks_table(checks: t.Sequence[_checks_table.Check], stack: str) -> str:
    """Return the table; see the documentation above."""
    return _checks_table.table(checks, stack)


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"checks_table": checks_table}
