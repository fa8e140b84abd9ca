#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The postgresql_backup module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_backup
version_added: 0.1.0
short_description: Make and remove an on-demand backup of a PostgreSQL server
description:
  - Makes an on-demand backup of an Azure Database for PostgreSQL flexible server, with the server online, and finds it
    again in Azure's list before it calls that a success.
  - Azure offers none for servers of the tier Burstable or with storage of the kind SSDv2. The task is refused before
    anything is written; M(codexdominion.azure.postgresql_restore_mark) and M(codexdominion.azure.postgresql_dump) work
    there too.
  - Azure keeps at most 7 on-demand backups of one server, each for the server's backup retention, and deletes all of
    them with the server.
  - Backups are made one at a time. Another one that still runs is waited for.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.wait
  - codexdominion.azure.postgresql
  - codexdominion.azure.attributes
attributes:
  idempotent:
    description: With O(name) yes; with O(prefix) each run makes another backup.
    support: partial
options:
  name:
    description: The name of the backup, 1 to 128 letters, digits, and inner hyphens.
    type: str
  prefix:
    description: Names the backup after the present time, such as V(daily-20261022T200000Z).
    type: str
  keep:
    description:
      - How many backups with this O(prefix) stay, 1 to 7, the new one among them. Older ones are removed once the new
        one is found in Azure's list.
      - Where Azure has no room for another one, room is made before, but never by the newest backup with this prefix.
        With O(prune=false) that is all that is removed.
      - Backups with another name are never removed, and none is if the list is doubtful, such as when one of them is
        newer than the clock of this host.
      - None is removed if this is not set.
    type: int
  prune:
    description:
      - Whether older backups than O(keep) says go as soon as the new one is listed. With V(false) they stay until
        O(state=pruned), such as when the new one has been proven.
    type: bool
    default: true
  state:
    description:
      - V(absent) removes the backup O(name). Automatic backups cannot be removed.
      - V(pruned) makes no backup, and removes those with this O(prefix) that are more than O(keep), the oldest first.
    type: str
    choices: [present, absent, pruned]
    default: present
  timeout:
    description: How long to wait, in seconds.
    type: int
    default: 1800
"""

EXAMPLES = r"""
- name: Back the server up, and keep the last three
  codexdominion.azure.postgresql_backup:
    resource_group: codex-rg
    server: codex-db-server
    prefix: daily
    keep: 3

- name: Back the server up, and remove nothing but what has to make room
  codexdominion.azure.postgresql_backup:
    resource_group: codex-rg
    server: codex-db-server
    prefix: daily
    keep: 3
    prune: false

- name: Remove old backups, once the new one is proven
  codexdominion.azure.postgresql_backup:
    resource_group: codex-rg
    server: codex-db-server
    prefix: daily
    keep: 3
    state: pruned
"""

RETURN = r"""
backup:
  description:
    - The backup as Azure has it now, or V(null) if there is none, and with O(state=pruned).
    - In check mode, one that does not exist yet has a C(completed_time) of V(null).
  returned: success
  type: dict
  sample:
    id: /subscriptions/.../backups/daily-20261022T200000Z
    name: daily-20261022T200000Z
    backup_type: Customer On-Demand
    completed_time: "2026-10-22T20:01:07.1234567+00:00"
removed:
  description: The backups that were removed, or in check mode would be, the oldest first.
  returned: success
  type: list
  elements: str
  sample: [daily-20261019T200000Z]
impact:
  description: V(data_loss) if a backup is removed, else V(none).
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
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _backup

PACKAGES = ("azure.mgmt.postgresqlflexibleservers",)
SPEC = (
    _common_specs.AZURE.merge(_common_specs.wait(timeout=1800))
    .merge(_common_specs.ON_POSTGRESQL_SERVER)
    .merge(
        ArgumentSpec(
            options=_backup.OPTIONS,
            mutually_exclusive=(("name", "prefix"),),
            required_one_of=(("name", "prefix"),),
            rules={"name": _names.postgresql_backup, "prefix": _backup.problem_with_prefix},
            checks=(_backup.problems,),
        )
    )
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Bring the backup to the wanted state."""
    if ctx.params["state"] == "pruned":
        return _backup.prune(ctx)
    backup = _backup.PostgresqlBackup(ctx)
    return {**converge(ctx, backup), "removed": backup.removed}


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
