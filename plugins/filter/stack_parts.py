# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter stack_parts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: stack_parts
version_added: 0.1.0
short_description: The parts that a stack has
description:
  - Returns the names of the roles whose part of a stack there is with a profile.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The profile, V(mvp), V(database), or V(full).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Say whether there is a database
  ansible.builtin.debug:
    msg: "{{ 'database' in stack_profile | codexdominion.azure.stack_parts }}"
"""

RETURN = r"""
_value:
  description: The names.
  type: list
  elements: str
  sample: [stack, registry, backend, database, database_backup]
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _problems


def stack_parts(profile: str) -> list[str]:
    """Return the parts; see the documentation above."""
    return list(_problems.roles(profile))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"stack_parts": stack_parts}
