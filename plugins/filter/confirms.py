# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter confirms."""

from __future__ import annotations

DOCUMENTATION = r"""
name: confirms
version_added: 0.1.0
short_description: Whether a confirmation names something
description:
  - What cannot be undone asks for a confirmation by name, as in C(-e confirm=production). Several names are separated
    by commas.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: What was given as C(confirm).
    type: raw
    required: true
  name:
    description: The name that it has to hold.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Ask for a confirmation by name
  ansible.builtin.assert:
    that: confirm | default('') | codexdominion.azure.confirms(stack_name)
"""

RETURN = r"""
_value:
  description: Whether it does.
  type: bool
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._stack import _confirmation


def confirms(given: object, name: object) -> bool:
    """Return whether it is confirmed; see the documentation above."""
    return _confirmation.confirms(given, name)


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"confirms": confirms}
