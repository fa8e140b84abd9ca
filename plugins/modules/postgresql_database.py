#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The postgresql_database module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_database
version_added: 0.1.0
short_description: Create and delete a database of a PostgreSQL server
description:
  - Brings a database of an Azure Database for PostgreSQL flexible server to the wanted state.
  - What is in it, M(codexdominion.azure.postgresql_schema) brings to a state.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.wait
  - codexdominion.azure.postgresql
  - codexdominion.azure.attributes
options:
  name:
    description: The name, 1 to 63 letters, digits, underscores, and hyphens, first a letter or underscore.
    type: str
    required: true
  charset:
    description: The encoding, UTF8 for a new database if this is not set, and fixed from then on.
    type: str
  collation:
    description: The collation, en_US.utf8 for a new database if this is not set, and fixed from then on.
    type: str
  force:
    description: Needed for O(state=absent), since all data of the database is lost.
    type: bool
    default: false
  state:
    description: V(absent) deletes the database with all its data, and needs O(force).
    type: str
    choices: [present, absent]
    default: present
  timeout:
    description: How long to wait, in seconds.
    type: int
    default: 600
"""

EXAMPLES = r"""
- name: Create a database
  codexdominion.azure.postgresql_database:
    resource_group: codex-rg
    server: codex-db-server
    name: codex
"""

RETURN = r"""
postgresql_database:
  description:
    - The database as Azure has it now, or V(null) if there is none.
    - In check mode, a database that does not exist yet has only C(id) and C(name).
  returned: success
  type: dict
  sample:
    id: /subscriptions/.../databases/codex
    name: codex
    charset: UTF8
    collation: en_US.utf8
impact:
  description: V(data_loss) if the database is deleted, else V(none).
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
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _database

PACKAGES = ("azure.mgmt.postgresqlflexibleservers",)
SPEC = (
    _common_specs.AZURE.merge(_common_specs.wait(timeout=600))
    .merge(_common_specs.ON_POSTGRESQL_SERVER)
    .merge(_common_specs.STATE)
    .merge(
        ArgumentSpec(
            options=_database.OPTIONS,
            rules={"name": _names.postgresql_database},
            checks=(_database.problems,),
        )
    )
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Bring the database to the wanted state."""
    return converge(ctx, _database.PostgresqlDatabase(ctx))


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
