# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter restored_server."""

from __future__ import annotations

DOCUMENTATION = r"""
name: restored_server
version_added: 0.1.0
short_description: Work out what a restored server is to have
description:
  - Returns what a server is made with, and what is set on it, since Azure copies neither firewall rules nor parameters.
  - It is as on the source, or, where that is gone, as O(defaults) say.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description:
      - The source as M(codexdominion.azure.postgresql_server_info) shows it with C(firewall_rules) and
        C(configurations); empty where it is gone.
    type: dict
    required: true
  defaults:
    description: The C(location), C(version), C(sku), C(storage_gb), and C(high_availability) that the inventory says.
    type: dict
    required: true
  named_rules:
    description: The names of firewall rules that the inventory sets itself.
    type: list
    elements: str
    default: []
  scratch:
    description: Whether the server is removed again, and needs no standby.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Say how large it will be
  ansible.builtin.debug:
    msg: "{{ (source | codexdominion.azure.restored_server(defaults=defaults))['sku'] }}"
"""

RETURN = r"""
_value:
  description:
    - The C(location), C(version), C(sku), C(storage_gb), C(high_availability), which is empty for none,
      C(configurations), and C(firewall_rules).
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _servers


def restored_server(
    source: _servers.Server,
    *,
    defaults: t.Mapping[str, t.Any],
    named_rules: t.Iterable[str] = (),
    scratch: bool = False,
) -> _servers.Settings:
    """Return the settings; see the documentation above."""
    return _servers.settings(source, defaults, named_rules=named_rules, scratch=bool(scratch))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"restored_server": restored_server}
