# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter release_history."""

from __future__ import annotations

DOCUMENTATION = r"""
name: release_history
version_added: 0.1.0
short_description: Show the releases of the backend
description:
  - Returns the releases as a table, the newest first, with what runs marked.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The releases, as M(codexdominion.azure.backend_info) has them.
    type: list
    elements: dict
    required: true
  stack:
    description: The name of the stack.
    type: str
    required: true
  name:
    description: The name of the backend.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show the history
  ansible.builtin.debug:
    msg: "{{ found['backend']['releases'] | codexdominion.azure.release_history(stack='codex', name='codex-api') }}"
"""

RETURN = r"""
_value:
  description: The text, of several lines.
  type: str
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _releases


def release_history(releases: list[_releases.Release], stack: str, name: str) -> str:
    """Return the releases as a table; see the documentation above."""
    return _releases.history(releases, str(stack), str(name))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"release_history": release_history}
