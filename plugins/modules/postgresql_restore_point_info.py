#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The postgresql_restore_point_info module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_restore_point_info
version_added: 0.1.0
short_description: Find what a PostgreSQL database can be restored to, and check it
description:
  - Lists the states that a database can be restored to, wherever they are kept. The dumps and marks of
    M(codexdominion.azure.postgresql_dump) and M(codexdominion.azure.postgresql_restore_mark) are in a directory or a
    storage account, and backups of the service are with the server, for as long as that is there.
  - Says which of them a name stands for, and fails if that is none or may not be restored from here.
  - Says whether the backups will do, which M(codexdominion.azure.postgresql_server_info) and
    M(codexdominion.azure.postgresql_dump_info) do not know alone.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.blob_container
  - codexdominion.azure.backup_destination
  - codexdominion.azure.attributes.read_only
requirements:
  - azure-mgmt-postgresqlflexibleservers, major version 3
options:
  resource_group:
    description: The resource group of the server.
    type: str
    required: true
  server:
    description: The name of the server. It may be gone.
    type: str
    required: true
  prefix:
    description: What the names of backups begin with, up to the time.
    type: str
    required: true
  kind:
    description:
      - What a backup is. V(dump) is one by pg_dump, V(azure) one by the service on demand, V(mark) only a moment.
    type: str
    choices: [dump, azure, mark]
    required: true
  restore_from:
    description:
      - What RV(restore_point) is to be. A time with a time zone, such as V(2026-11-23T08:00:00Z); the name of a mark, a
        dump, or a backup of the service; or V(latest), the newest backup of O(kind) with O(prefix).
      - A mark has to be of a server in O(resource_group).
    type: str
  restore_prefix:
    description: What the name of a dump begins with that may be restored. If not set, any dump may be.
    type: str
  restore_database:
    description: Of which database a dump has to be that may be restored. If not set, it may be of any.
    type: str
  database:
    description: The database whose dumps are meant. If not set, those of all databases of the server are.
    type: str
  further_databases:
    description:
      - Further databases of the server, whose dumps are checked too, and restored together with that of O(database).
    type: list
    elements: str
    default: []
  bin_dir:
    description:
      - The directory with C(pg_restore), whose version says with O(max_age) which dumps can be restored. If not set, it
        is looked for in the directories of E(PATH).
    type: path
  sha256:
    description: Instead of O(restore_from), the checksum of a dump that has just been made.
    type: str
  upcoming:
    description:
      - In check mode, whether RV(restore_point) is as if a backup of O(kind) had just been made, for that is what a
        run would restore for a proof. Otherwise it means nothing.
    type: bool
    default: false
  max_age:
    description:
      - How old the newest backup may be, in seconds, or such as V(90m) and V(26h). RV(checks) says whether it is.
    type: str
  running_timeout:
    description: For how many seconds a backup that is not complete counts as one that is being made.
    type: int
    default: 7200
  verify:
    description: Whether to read all of each dump and compare its checksum.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Look what the newest dump is
  codexdominion.azure.postgresql_restore_point_info:
    resource_group: codex-rg
    server: codex-db-server
    directory: /var/backups/codex
    prefix: codex-production
    kind: dump
    restore_from: latest
    max_age: 26h
  register: found
  failed_when: found.checks | rejectattr('ok') | length > 0
"""

RETURN = r"""
restore_points:
  description:
    - What there is to restore, the newest first. Empty where O(restore_from) is a time, and without what the service
      keeps where O(sha256) is set.
    - C(kind) is V(dump), which any server takes, or V(point), which Azure restores into a new server. C(type) is what
      it was made as, V(dump), V(mark), V(azure), V(automatic) or V(moment).
  returned: success
  type: list
  elements: dict
  sample:
    - kind: dump
      type: dump
      name: codex-production-20261123T030000Z
      moment: "2026-11-23T03:00:00.412Z"
      prefix: codex-production
      tables: {public.capsules: 1200}
      resource_id: ""
      server: ""
      size_bytes: 73400320
      sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
      database: codex
      further: []
      good: true
      proven: "2026-11-23T03:20:11.000Z"
restore_point:
  description: What O(restore_from) or O(sha256) stands for; V(null) if neither is set.
  returned: success
  type: dict
  sample:
    kind: point
    type: mark
    name: codex-production-20261123T030000Z
    moment: "2026-11-23T03:00:00.000Z"
    server: codex-db-server
checks:
  description: With O(max_age), whether the newest backup is young enough, one row for each doubtful dump or mark and
    for each that no program that is there restores into the server, which dump was proven last, and what Azure keeps by
    itself.
  returned: success
  type: list
  elements: dict
  sample:
    - name: newest dump
      ok: true
      found: codex-production-20261123T030000Z, 4711 s old (expected at most 26h)
where:
  description: The directory, or the URL in the storage account.
  returned: success
  type: str
  sample: /var/backups/codex
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _look_up
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module

PACKAGES = ("azure.mgmt.postgresqlflexibleservers",)
SPEC = _look_up.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Look it up."""
    return _look_up.look_up(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
