#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The postgresql_server_info module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_server_info
version_added: 0.1.0
short_description: Show PostgreSQL servers, and what belongs to them
description:
  - Returns one Azure Database for PostgreSQL flexible server, or all of a resource group.
  - Databases, firewall rules, backups, and server parameters cost one request each for every server, and are left out
    unless they are asked for.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.attributes.read_only
requirements:
  - azure-mgmt-postgresqlflexibleservers, major version 3
options:
  resource_group:
    description: The resource group.
    type: str
    required: true
  name:
    description: The name of the server. All servers of the resource group are returned if this is not set.
    type: str
  backups:
    description: Whether to add C(backups), the automatic ones and those on demand.
    type: bool
    default: false
  firewall_rules:
    description: Whether to add C(firewall_rules).
    type: bool
    default: false
  databases:
    description: Whether to add C(databases), among them those that belong to Azure.
    type: bool
    default: false
  configurations:
    description: Whether to add C(configurations), the server parameters that somebody has set.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Look at the server and its backups
  codexdominion.azure.postgresql_server_info:
    resource_group: codex-rg
    name: codex-db-server
    backups: true
  register: database

- name: Say from when on it can be restored
  ansible.builtin.debug:
    msg: "{{ database.postgresql_servers[0].backup.earliest_restore_date }}"
"""

RETURN = r"""
postgresql_servers:
  description: The servers, or an empty list if there is none. A resource group that does not exist has none.
  returned: success
  type: list
  elements: dict
  sample:
    - name: codex-db-server
      fully_qualified_domain_name: codex-db-server.postgres.database.azure.com
      state: Ready
      sku:
        name: Standard_B1ms
        tier: Burstable
      backups:
        - name: backup_638494823628395327
          backup_type: Full
          source: Automatic
          completed_time: "2026-10-22T20:00:00.0000000+00:00"
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _server_info

PACKAGES = ("azure.mgmt.postgresqlflexibleservers",)
SPEC = _common_specs.AZURE.merge(_common_specs.IN_GROUP).merge(ArgumentSpec(options=_server_info.OPTIONS))


def run(ctx: Context) -> dict[str, t.Any]:
    """Return the servers."""
    return {"changed": False, "postgresql_servers": _server_info.find_servers(ctx)}


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
