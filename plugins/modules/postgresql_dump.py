#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The postgresql_dump module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_dump
version_added: 0.1.0
short_description: Back up a PostgreSQL database with pg_dump
description:
  - Refuses a database with tables that O(login_user) cannot read, or not the whole of, before anything is written.
  - Writes a dump in pg_dump's custom format to a directory or a storage account, as a stream, whatever its size.
  - The backup is called C(<prefix>-<UTC time>) and consists of C(<name>.dump) and, written last, the manifest
    C(<name>.json) with checksum, size, versions, and the number of rows of each table, counted in the snapshot of the
    dump. A dump without a manifest is no backup.
  - Success means that the dump was read back completely with the same checksum, that C(pg_restore) understands it, and
    that it was found again by listing the destination.
  - Whenever a run fails or is killed, earlier backups are untouched, and no half file has a final name. What a killed
    run left is removed by the next one with the same O(prefix). Two runs with the same O(prefix) exclude each other.
  - The connection needs a role that may read all of the database. Roles and the settings of the database itself
    (C(GRANT) on it, C(ALTER DATABASE)) are not in a dump.
  - Files are for this user only. A dump is as confidential as the database.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.blob_container
  - codexdominion.azure.backup_destination
  - codexdominion.azure.backup_destination.of_server
  - codexdominion.azure.backup_destination.programs
  - codexdominion.azure.postgresql_connection
  - codexdominion.azure.attributes
attributes:
  diff_mode:
    description: There is no diff; RV(backup) is what is added.
    support: none
  idempotent:
    description: Every task makes a backup.
    support: none
options:
  prefix:
    description: What the names of the backups begin with. Letters, digits, and hyphens inside, 63 at most.
    type: str
    required: true
  part_of:
    description: The checksum of the dump of another database that this one is made together with.
    type: str
  compression:
    description:
      - How to compress, as C(pg_dump --compress) takes it, such as V(zstd:3) or V(gzip:6).
      - If not set, it is what C(pg_dump) does by itself.
    type: str
  max_clock_skew:
    description: From how many seconds of difference between the clocks of server and this host to warn.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: Back the database up
  codexdominion.azure.postgresql_dump:
    prefix: codex-production
    storage_account_url: https://codexops.blob.core.windows.net
    blob_prefix: dumps/
    login_host: codex-db-server.postgres.database.azure.com
    login_db: codex
    login_user: codexadmin
    login_password: "{{ database_password }}"
  register: dump
"""

RETURN = r"""
backup:
  description: The backup as it was found again; V(null) in check mode.
  returned: success
  type: dict
  sample:
    name: codex-production-20261123T030000Z
    prefix: codex-production
    moment: "2026-11-23T03:00:00Z"
    state: complete
    problem: ""
    size_bytes: 73400320
    manifest:
      format: 1
      kind: dump
      name: codex-production-20261123T030000Z
      server: codex-db-server.postgres.database.azure.com
      server_version: "16.9"
      pg_dump_version: "16.9"
      database: codex
      encoding: UTF8
      collation: en_US.utf8
      ctype: en_US.utf8
      schema_version: "3"
      size_bytes: 73400320
      sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
      tables: {public.capsules: 1200, public.replays: 40, public.signals: 98000}
      started: "2026-11-23T03:00:00.412Z"
      finished: "2026-11-23T03:00:31.007Z"
      clock_skew_seconds: 0.02
      duration_seconds: 31.9
where:
  description: The directory, or the URL in the storage account.
  returned: success
  type: str
  sample: https://codexops.blob.core.windows.net/codex-operations/dumps
removed_leftovers:
  description: The files of killed runs with the same prefix that were removed.
  returned: success
  type: list
  elements: str
  sample: []
impact:
  description: Always V(none).
  returned: success
  type: str
  sample: none
message:
  description: What was done, or in check mode would be.
  returned: success
  type: str
  sample: the dump codex-production-20261123T030000Z was made and verified
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _make, _spec

SPEC = _spec.DUMP


def run(ctx: Context) -> dict[str, t.Any]:
    """Make the dump."""
    return _make.make(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
