#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The postgresql_server module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_server
version_added: 0.1.0
short_description: Create, restore, change, stop, start, and delete a PostgreSQL flexible server
description:
  - Brings an Azure Database for PostgreSQL flexible server to the wanted state. Only what the task names is changed.
  - While an earlier operation still runs on the server, the task waits for its end instead of writing over it. While
    Azure says that the server is busy, the write is tried again until O(timeout).
  - Azure never shows the administrator's password. What was set last is remembered as a salted digest in the tag
    C(codex-secrets); if the tag is missing or says something else, the password is set again. What this cannot see is
    a password that somebody else has set and left the tags as they were.
  - A new server admits nobody before M(codexdominion.azure.postgresql_firewall_rule) has let them in.
  - Follows API version 2026-10-01 of Microsoft.DBforPostgreSQL, see U(https://learn.microsoft.com/rest/api/postgresql/).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.wait
  - codexdominion.azure.tags
  - codexdominion.azure.secrets_key
  - codexdominion.azure.attributes
requirements:
  - azure-mgmt-postgresqlflexibleservers, major version 3
  - azure-mgmt-resource
options:
  resource_group:
    description: The resource group of the server.
    type: str
    required: true
  name:
    description: The name of the server, 3 to 63 lower-case letters, digits, and inner hyphens, unique in all of Azure.
    type: str
    required: true
  location:
    description:
      - The region, such as V(eastus). Required when the server does not exist yet; a server cannot move.
      - A restored server is always in the region of its source, which is taken if this is not set.
    type: str
  version:
    description: The major version of PostgreSQL, V(16) for a new server if this is not set, and fixed from then on.
    type: str
  sku:
    description:
      - The compute size, such as V(Standard_B1ms). Its letter says the tier, V(B) Burstable, V(D) general purpose, V(E)
        memory optimized.
      - A new server is V(Standard_B1ms) if this is not set. Changing it restarts the server.
    type: str
  storage_gb:
    description:
      - The storage in GB, one of V(32), V(64), V(128), V(256), V(512), V(1024), V(2048), V(4095), V(4096), V(8192),
        V(16384), V(32767). A new server has V(32) if this is not set.
      - Storage can grow, and cannot shrink.
    type: int
  backup_retention_days:
    description: For how many days a point in time can be restored, 7 to 35. Azure keeps 7 if this is never set.
    type: int
  geo_redundant_backup:
    description: Whether backups are kept in a second region too. Chosen when a server is created, fixed from then on.
    type: bool
  high_availability:
    description: Whether a standby server takes over, from the same zone or from another one. Not on the tier Burstable.
    type: str
    choices: [Disabled, SameZone, ZoneRedundant]
  maintenance_window:
    description: When Azure may maintain the server, in UTC.
    type: dict
    suboptions:
      custom:
        description: Whether the window is chosen here. With V(false) Azure chooses it.
        type: bool
        default: true
      day_of_week:
        description: The day, from V(0), Sunday, to V(6), Saturday.
        type: int
      start_hour:
        description: The hour, 0 to 23.
        type: int
      start_minute:
        description: The minute, 0 to 59.
        type: int
  administrator_login:
    description: The name of the administrator. Required for a new server that is not restored, and fixed from then on.
    type: str
  administrator_password:
    description:
      - The password of the administrator, 8 to 128 characters of three of these kinds, lower-case letters, upper-case
        letters, digits, others. It must not hold three characters in a row of O(administrator_login).
      - Required for a new server that is not restored.
      - Changing it interrupts nothing, but whoever connects anew needs the new one.
      - A restored server has the password of its source until this one is set, in the same task.
    type: str
  public_network_access:
    description:
      - Whether the server has a public address that firewall rules may open.
      - Azure gives a new server one if this is not set.
    type: bool
  restore:
    description:
      - Creates the server as it was at a point in time of another one. Without effect if the server exists already.
      - Azure copies neither firewall rules nor server parameters nor high availability. The other options of the task
        are set once the restored server is there; with O(wait=false) the next run does that.
    type: dict
    suboptions:
      source_server:
        description: The name of a server in the same resource group, or the id of one in another group.
        type: str
        required: true
      point_in_time:
        description: The time to restore, with a time zone, such as V(2026-10-22T20:00:00Z).
        type: str
        required: true
  force:
    description: Needed for O(state=absent), since all databases and all backups of the server are lost.
    type: bool
    default: false
  state:
    description:
      - V(absent) deletes the server with its databases and backups, and needs O(force).
      - V(started), V(stopped), and V(restarted) change nothing but that. A server that is stopped is started by
        V(restarted). Azure starts a stopped server again after 7 days.
    type: str
    choices: [present, absent, started, stopped, restarted]
    default: present
  timeout:
    description: How long to wait, in seconds. A restore takes longer the more there is to restore.
    type: int
    default: 3600
"""

EXAMPLES = r"""
- name: Create a server
  codexdominion.azure.postgresql_server:
    resource_group: codex-rg
    name: codex-db-server
    location: eastus
    sku: Standard_B1ms
    storage_gb: 32
    administrator_login: codex
    administrator_password: "{{ database_password }}"

- name: Give it more storage, and touch nothing else
  codexdominion.azure.postgresql_server:
    resource_group: codex-rg
    name: codex-db-server
    storage_gb: 64

- name: Bring back what was there at eight
  codexdominion.azure.postgresql_server:
    resource_group: codex-rg
    name: codex-db-restored
    restore:
      source_server: codex-db-server
      point_in_time: "2026-10-22T20:00:00Z"
"""

RETURN = r"""
postgresql_server:
  description:
    - The server as Azure has it now, or V(null) if there is none.
    - In check mode, a server that does not exist yet has only C(id), C(name), and a C(fully_qualified_domain_name) of
      V(null). The same holds for a server that O(wait=false) has not waited for.
  returned: success
  type: dict
  sample:
    id: /subscriptions/.../flexibleServers/codex-db-server
    name: codex-db-server
    fully_qualified_domain_name: codex-db-server.postgres.database.azure.com
    state: Ready
    version: "16"
    sku:
      name: Standard_B1ms
      tier: Burstable
    storage:
      storage_size_gb: 32
    backup:
      backup_retention_days: 7
      earliest_restore_date: "2026-10-22T20:00:00.0000000+00:00"
  contains:
    fully_qualified_domain_name:
      description: The host to connect to.
      type: str
    state:
      description: V(Ready), V(Stopped), and others in between.
      type: str
impact:
  description:
    - What the change does to running things. V(restart) for another O(sku), for V(stopped), and for V(restarted);
      V(data_loss) if the server is deleted; V(none) for everything else.
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

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import converge
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _spec
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql._server import PostgresqlServer

PACKAGES = ("azure.mgmt.postgresqlflexibleservers",)
SPEC = _spec.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Bring the server to the wanted state."""
    return converge(ctx, PostgresqlServer(ctx))


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
