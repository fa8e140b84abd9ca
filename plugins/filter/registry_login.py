# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter registry_login."""

from __future__ import annotations

DOCUMENTATION = r"""
name: registry_login
version_added: 0.1.0
short_description: Choose how to log in to the registry of a stack
description:
  - Returns the registry's admin user with its password where the backend pulls with that too.
  - Otherwise, and for an admin user that only the real run will switch on, returns nothing, which stands for the Azure
    identity of the run.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The registry, as M(codexdominion.azure.container_registry) has it.
    type: dict
    required: true
  pull:
    description: How the backend pulls, V(identity) or V(admin).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Choose a login
  ansible.builtin.debug:
    msg: "{{ (registry | codexdominion.azure.registry_login('admin'))['username'] | default('our identity') }}"
"""

RETURN = r"""
_value:
  description: A dictionary with C(username) and C(password), or an empty one.
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _look


def registry_login(registry: _look.Facts, pull: str) -> dict[str, t.Any]:
    """Return how to log in; see the documentation above."""
    return _look.registry_login(registry, str(pull))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"registry_login": registry_login}
