#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The postgresql_firewall_rule module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_firewall_rule
version_added: 0.1.0
short_description: Open a PostgreSQL server to a range of addresses, and close it
description:
  - Brings a firewall rule of an Azure Database for PostgreSQL flexible server to the wanted state.
  - A server without rules admits nobody. Rules hold for new connections; those that are open stay open.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.wait
  - codexdominion.azure.postgresql
  - codexdominion.azure.attributes
options:
  name:
    description: The name of the rule, 1 to 128 letters, digits, underscores, and hyphens.
    type: str
    required: true
  start_address:
    description: The first IPv4 address to admit. Needed for a new rule, unless it is for O(azure_services).
    type: str
  end_address:
    description: The last IPv4 address to admit. It is O(start_address) if this is not set.
    type: str
  azure_services:
    description:
      - Whether the rule admits every address that belongs to Azure, as the rule from 0.0.0.0 to 0.0.0.0 does.
      - That is B(every resource of every customer of Azure), not of this subscription only; the password alone keeps
        them out. Where the backend has a fixed outgoing address, such as that of a NAT gateway, a rule for this one
        address is the narrower choice.
    type: bool
    default: false
  allow_any:
    description: Needed for a rule that admits at least half of all addresses, such as 0.0.0.0 to 255.255.255.255.
    type: bool
    default: false
  state:
    description: V(absent) deletes the rule.
    type: str
    choices: [present, absent]
    default: present
  timeout:
    description: How long to wait, in seconds.
    type: int
    default: 900
"""

EXAMPLES = r"""
- name: Admit the office
  codexdominion.azure.postgresql_firewall_rule:
    resource_group: codex-rg
    server: codex-db-server
    name: office
    start_address: 203.0.113.0
    end_address: 203.0.113.255

- name: Admit container groups, and everybody else in Azure
  codexdominion.azure.postgresql_firewall_rule:
    resource_group: codex-rg
    server: codex-db-server
    name: azure-services
    azure_services: true
"""

RETURN = r"""
postgresql_firewall_rule:
  description:
    - The rule as Azure has it now, or V(null) if there is none.
    - In check mode, a rule that does not exist yet has only C(id) and C(name).
  returned: success
  type: dict
  sample:
    id: /subscriptions/.../firewallRules/office
    name: office
    start_ip_address: 203.0.113.0
    end_ip_address: 203.0.113.255
impact:
  description: Always V(none), since connections that are open stay open.
  returned: success
  type: str
  sample: none
operation:
  description: What still runs, for M(codexdominion.azure.operation_wait); V(null) if Azure has finished.
  returned: success
  type: dict
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs, _names
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import converge
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _firewall_rule

PACKAGES = ("azure.mgmt.postgresqlflexibleservers",)
SPEC = (
    _common_specs.AZURE.merge(_common_specs.wait(timeout=900))
    .merge(_common_specs.ON_POSTGRESQL_SERVER)
    .merge(_common_specs.STATE)
    .merge(
        ArgumentSpec(
            options=_firewall_rule.OPTIONS,
            mutually_exclusive=_firewall_rule.EXCLUSIVE,
            rules={
                "name": _names.postgresql_firewall_rule,
                "start_address": _firewall_rule.problem_with_address,
                "end_address": _firewall_rule.problem_with_address,
            },
            checks=(_firewall_rule.problems,),
        )
    )
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Bring the rule to the wanted state."""
    return converge(ctx, _firewall_rule.PostgresqlFirewallRule(ctx))


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
