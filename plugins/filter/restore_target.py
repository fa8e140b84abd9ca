# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter restore_target."""

from __future__ import annotations

DOCUMENTATION = r"""
name: restore_target
version_added: 0.1.0
short_description: Decide where something is restored into
description:
  - Returns whether that is the stack's own server, another one that is there, or a new one, and why it may not be.
  - A server that is there counts as new if its tag C(codex-restoring) says that an interrupted run of the same restore
    has made it.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: What is restored, as M(codexdominion.azure.postgresql_restore_point_info) shows it.
    type: dict
    required: true
  target:
    description: The name of the server to restore into.
    type: str
    required: true
  own:
    description: The name of the stack's own server.
    type: str
    required: true
  restoring:
    description: What the tag says of this restore.
    type: str
    required: true
  found:
    description: The server to restore into, if it is another one and is there.
    type: dict
  database:
    description: The database to restore into, if it is not the stack's own. Only a dump can, and not into a new server.
    type: str
    default: ""
  switch:
    description: Whether the backend is to have what is restored.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Stop where that cannot be
  ansible.builtin.fail:
    msg: "{{ where['problem'] }}"
  vars:
    where: "{{ point | codexdominion.azure.restore_target(target='codex-db', own='codex-db', restoring='codex one') }}"
  when: where['problem'] | length > 0
"""

RETURN = r"""
_value:
  description: The C(way), one of V(own), V(existing) and V(new), and the C(problem), which is empty if there is none.
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _servers


def restore_target(
    point: t.Mapping[str, t.Any],
    *,
    target: str,
    own: str,
    restoring: str,
    found: _servers.Server | None = None,
    database: str = "",
    switch: bool = False,
) -> _servers.Target:
    """Return where it goes; see the documentation above."""
    return _servers.choose(
        point,
        target=str(target),
        own=str(own),
        restoring=str(restoring),
        found=found or None,
        database=str(database),
        switch=bool(switch),
    )


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"restore_target": restore_target}
