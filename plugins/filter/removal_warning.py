# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter removal_warning."""

from __future__ import annotations

DOCUMENTATION = r"""
name: removal_warning
version_added: 0.1.0
short_description: What the removal of a stack takes away
description:
  - Returns a sentence that names the stack, its resource group, and the parts of its profile.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The name of the stack.
    type: str
    required: true
  resource_group:
    description: The resource group that holds it.
    type: str
    required: true
  profile:
    description: Its profile, V(mvp), V(database), or V(full).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Warn
  ansible.builtin.debug:
    msg: "{{ stack_name | codexdominion.azure.removal_warning(stack_resource_group, stack_profile) }}"
"""

RETURN = r"""
_value:
  description: The sentence.
  type: str
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._stack import _confirmation


def removal_warning(stack: str, resource_group: str, profile: str) -> str:
    """Return the warning; see the documentation above."""
    return _confirmation.removal(stack, resource_group, profile)


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"removal_warning": removal_warning}
