# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter backup_kind."""

from __future__ import annotations

DOCUMENTATION = r"""
name: backup_kind
version_added: 0.1.0
short_description: Choose what a backup is on a server
description:
  - Returns the kind of backup for a server with the reason. Where the service makes backups on demand it is one of
    those, or else a dump, unless O(wanted) says what it is to be.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input, wanted, name
options:
  _input:
    description: The server as M(codexdominion.azure.postgresql_server) shows it; empty where there is none.
    type: dict
    required: true
  wanted:
    description: The kind, or V(auto).
    type: str
    choices: [auto, azure, dump, mark]
    required: true
  name:
    description: The name of the server.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Say what a backup will be
  ansible.builtin.debug:
    msg: "{{ (server | codexdominion.azure.backup_kind('auto', 'codex-db'))['why'] }}"
"""

RETURN = r"""
_value:
  description: The C(kind), C(words) that people call it by, and C(why).
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _kind


def backup_kind(server: t.Mapping[str, t.Any], wanted: str, name: str) -> _kind.Choice:
    """Return the kind and the reason; see the documentation above."""
    return _kind.choose(server, str(wanted), str(name))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"backup_kind": backup_kind}
