# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter left_servers."""

from __future__ import annotations

DOCUMENTATION = r"""
name: left_servers
version_added: 0.1.0
short_description: Choose the servers that a restore or a proof has left
description:
  - Returns the servers that a run about a stack has made and not finished with, such as one that was killed. They cost,
    and nobody uses them.
  - They are known by their tags C(codex-restoring) and C(codex-scratch), never by a name alone.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: Servers as M(codexdominion.azure.postgresql_server_info) lists them.
    type: list
    elements: dict
    required: true
  stack:
    description: The name of the stack.
    type: str
    required: true
  host:
    description: The inventory's host of the stack, which runs are limited to.
    type: str
    required: true
  group:
    description: The resource group.
    type: str
    required: true
  running_timeout:
    description: For how long, in seconds, a run that has made a server may still be at it.
    type: int
    required: true
"""

EXAMPLES = r"""
- name: Say what is left over
  ansible.builtin.debug:
    msg: "{{ left | map(attribute='message') | join(' ') }}"
  vars:
    left: >-
      {{ servers | codexdominion.azure.left_servers(
           stack='codex', host='production', group='codex-rg', running_timeout=3600) }}
"""

RETURN = r"""
_value:
  description: For each C(check), a row for a table of checks, and C(message), with the commands that end it.
  type: list
  elements: dict
"""

import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _servers


def left_servers(
    servers: t.Iterable[_servers.Server], *, stack: str, host: str, group: str, running_timeout: int
) -> list[_servers.Left]:
    """Return them; see the documentation above."""
    return _servers.left_over(
        servers,
        stack=str(stack),
        host=str(host),
        group=str(group),
        now=time.time(),
        running_timeout=int(running_timeout),
    )


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"left_servers": left_servers}
