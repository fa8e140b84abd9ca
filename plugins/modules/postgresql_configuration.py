#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The postgresql_configuration module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_configuration
version_added: 0.1.0
short_description: Set server parameters of a PostgreSQL server
description:
  - Sets server parameters of an Azure Database for PostgreSQL flexible server, or sets them back to their defaults.
  - Each parameter is written only if its value differs, one after the other.
  - All names and values are checked against what Azure says about the parameters before the first is written.
  - Some parameters are in force only after a restart, which this module does not do. It returns them in
    RV(restart_required_by), for M(codexdominion.azure.postgresql_server) with
    O(codexdominion.azure.postgresql_server#module:state=restarted).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.wait
  - codexdominion.azure.postgresql
  - codexdominion.azure.attributes
options:
  configurations:
    description:
      - The parameters by name, such as C(max_connections).
      - V(true) means V(on), a list means its members with commas in between. With O(state=default) the values do not
        matter and may be empty.
    type: dict
    required: true
  state:
    description: V(default) sets the named parameters back to the default of Azure.
    type: str
    choices: [present, default]
    default: present
  timeout:
    description: How long to wait, in seconds, for all parameters together.
    type: int
    default: 900
"""

EXAMPLES = r"""
- name: Log slow statements, and allow two extensions
  codexdominion.azure.postgresql_configuration:
    resource_group: codex-rg
    server: codex-db-server
    configurations:
      log_min_duration_statement: 500
      azure.extensions: [PG_TRGM, UUID-OSSP]
  register: parameters

- name: Restart the server if that is needed
  codexdominion.azure.postgresql_server:
    resource_group: codex-rg
    name: codex-db-server
    state: restarted
  when: parameters.restart_required
"""

RETURN = r"""
postgresql_configuration:
  description: The named parameters by name, as Azure has them now; V(null) in check mode if there is no server yet.
  returned: success
  type: dict
  sample:
    log_min_duration_statement:
      name: log_min_duration_statement
      value: "500"
      default_value: "-1"
      source: user-override
      is_dynamic_config: true
      is_config_pending_restart: false
restart_required:
  description: Whether one of the named parameters is not in force before the server restarts.
  returned: success
  type: bool
  sample: false
restart_required_by:
  description: Which of the named parameters these are. In check mode, those that would be changed are among them.
  returned: success
  type: list
  elements: str
  sample: []
impact:
  description: Always V(none), since Azure restarts nothing by itself.
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

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import converge
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _configuration

PACKAGES = ("azure.mgmt.postgresqlflexibleservers",)
SPEC = (
    _common_specs.AZURE.merge(_common_specs.wait(timeout=900))
    .merge(_common_specs.ON_POSTGRESQL_SERVER)
    .merge(
        ArgumentSpec(
            options={
                "configurations": {"type": "dict", "required": True},
                "state": {"type": "str", "default": "present", "choices": ["present", "default"]},
            },
            checks=(_configuration.problems,),
        )
    )
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Bring the parameters to the wanted values."""
    result = converge(ctx, _configuration.PostgresqlConfiguration(ctx))
    names = _configuration.restart_required(result)
    return {**result, "restart_required": bool(names), "restart_required_by": names}


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
