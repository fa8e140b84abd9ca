# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter scratch_servers."""

from __future__ import annotations

DOCUMENTATION = r"""
name: scratch_servers
version_added: 0.1.0
short_description: Choose the servers that were made for a proof
description:
  - Returns the names of the servers that were made to prove a backup of a stack, and are to be removed.
  - A name alone says nothing about who has made a server, so its tag C(codex-scratch) has to name the stack.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: Servers as M(codexdominion.azure.postgresql_server_info) lists them.
    type: list
    elements: dict
    required: true
  base:
    description: What the names of such servers begin with, up to the time.
    type: str
    required: true
  stack:
    description: The name of the stack.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Say what is left over
  ansible.builtin.debug:
    msg: "{{ servers | codexdominion.azure.scratch_servers(base='codex-db-drill', stack='codex') }}"
"""

RETURN = r"""
_value:
  description: The names.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _servers


def scratch_servers(servers: t.Iterable[_servers.Server], *, base: str, stack: str) -> list[str]:
    """Return the names; see the documentation above."""
    return _servers.scratch(servers, base=str(base), stack=str(stack))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"scratch_servers": scratch_servers}
