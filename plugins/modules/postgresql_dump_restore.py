#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The postgresql_dump_restore module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_dump_restore
version_added: 0.1.0
short_description: Restore a database from a dump
description:
  - Restores what M(codexdominion.azure.postgresql_dump) has written into O(login_db), which is created if missing.
  - The checksum of the dump is verified first. Then it is restored into a new database beside O(login_db), the rows of
    each table are counted and compared with the manifest, and only then the new database gets its name, in one
    transaction. A restore that fails or is killed leaves O(login_db) as it was.
  - A database that is not empty is refused without O(overwrite). With it, clients of the database are disconnected when
    the new one takes its place, and the database it replaces is removed.
  - The database itself is what it was, which no dump holds but the manifest does. Its locale (provider, rules,
    encoding) is that of the dump, since what is unique under one may not be under another. Owner, tablespace, limit
    of connections, comment, C(ALTER DATABASE ... SET) and rights are those of the database that is replaced; an empty
    or a new one gets them from the dump. A warning says what the server does not have or take.
  - Rights on objects are what they were, of all roles that the server has; a warning names the others. What was
    closed to everybody (C(REVOKE ... FROM PUBLIC)) stays closed, or the restore is refused.
  - What a restore that was killed has left beside O(login_db) bears a comment that says so, and is removed by the next
    one, which says what. Another database whose name looks like that stays.
  - The connection needs a role that may create databases, and owns the one to be replaced.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.blob_container
  - codexdominion.azure.backup_destination
  - codexdominion.azure.backup_destination.of_database
  - codexdominion.azure.backup_destination.programs
  - codexdominion.azure.postgresql_connection
  - codexdominion.azure.attributes
attributes:
  diff_mode:
    description: There is no diff; RV(message) says what was restored.
    support: none
  idempotent:
    description: Every task restores.
    support: none
options:
  name:
    description:
      - The name of the dump, or V(latest), the newest good one with O(prefix), O(server) and O(database).
      - One that is named may be of any server. If O(database) is set, it has to be of that one.
    type: str
    required: true
  prefix:
    description: What the name of the dump begins with; required with O(name=latest).
    type: str
  overwrite:
    description: Whether to replace a database that is not empty. All that is in it is lost.
    type: bool
    default: false
  ownership:
    description:
      - Whether objects get the owners they had. The roles must exist, and the connection's role be a member of them;
        missing roles that have rights are refused as well.
      - With V(false) all belongs to the connection's role.
    type: bool
    default: false
  roles:
    description:
      - Whether roles of the server that was dumped are made first where they are missing here, with the groups they
        belong to. They get no password, so nobody logs in as them before they are given one.
      - The connection's role becomes a member of them, so that with O(ownership) objects can be theirs.
    type: bool
    default: false
  group:
    description:
      - A role that may read and write everything in the restored database, as M(codexdominion.azure.postgresql_login)
        gives it. It has these rights before the database gets its name.
      - If there is no such role on the server, the task warns.
    type: str
  search_path:
    description:
      - The schemas in which functions look for names without a schema while they run, such as V(app, public). V(own)
        are those that C(ALTER DATABASE ... SET search_path) has set on the database that was dumped. pg_restore looks
        in none, so that generated columns, checks and indexes may fail whose functions rely on them.
      - Restores with C(psql) and with one connection.
    type: str
  exclude:
    description:
      - What is not restored, nor what depends on it. Named as C(pg_restore --list) shows it, from the word for its
        kind on, such as V(EXTENSION pg_cron), V(FUNCTION public.f(\)) or V(ACL - LANGUAGE plpgsql). A name that is
        not in the dump is refused.
    type: list
    elements: str
    default: []
  comments:
    description: Whether comments are restored. Some need an owner that the connection's role is not.
    type: bool
    default: true
  schemas:
    description:
      - The schemas to restore, with what they need of others, which comes without its rows. All if this and O(tables)
        are empty. A reference to a table that is not restored is left out.
      - Refused with O(overwrite), as all else in the database would be lost.
    type: list
    elements: str
    default: []
  tables:
    description:
      - The tables to restore, each with its schema and a period before it, with what belongs to them and what they
        need. As with O(schemas).
    type: list
    elements: str
    default: []
  jobs:
    description: How many connections C(pg_restore) uses at once.
    type: int
    default: 1
  temp_dir:
    description: Where to download a dump from a storage account to. If not set, the system's directory for temporary
      files.
    type: path
  maintenance_db:
    description: A database of the server to connect to while O(login_db) is created or replaced.
    type: str
    default: postgres
  assume_empty:
    description:
      - Whether the server does not exist yet, as in a rehearsal of what creates it. The dump is taken to be there
        and to fit, and nothing is connected to.
      - Refused outside of check mode.
    type: bool
    default: false
  assume_version:
    description:
      - With O(assume_empty), the version that the server will have, such as V(16). If it is set, the dump has to be
        there, and the task fails if the C(pg_restore) that is there does not restore it into such a server.
    type: str
"""

EXAMPLES = r"""
- name: Restore last night's backup into a database of its own
  codexdominion.azure.postgresql_dump_restore:
    name: latest
    prefix: codex-production
    directory: /var/backups/codex
    login_host: codex-db-server.postgres.database.azure.com
    login_db: codex_restored
    login_user: codexadmin
    login_password: "{{ database_password }}"
    jobs: 2

- name: Get one table back, into a database of its own
  codexdominion.azure.postgresql_dump_restore:
    name: latest
    prefix: codex-production
    directory: /var/backups/codex
    login_host: codex-db-server.postgres.database.azure.com
    login_db: codex_yesterday
    login_user: codexadmin
    login_password: "{{ database_password }}"
    tables: [public.capsules]
"""

RETURN = r"""
backup:
  description: The dump, as M(codexdominion.azure.postgresql_dump_info) shows it.
  returned: success
  type: dict
  sample:
    name: codex-production-20261123T030000Z
    state: complete
where:
  description: The directory, or the URL in the storage account.
  returned: success
  type: str
  sample: /var/backups/codex
database:
  description: The database that was restored.
  returned: success
  type: str
  sample: codex_restored
created:
  description: Whether there was no such database before.
  returned: success
  type: bool
  sample: true
replaced:
  description: Whether a database that was not empty was replaced.
  returned: success
  type: bool
  sample: false
tables:
  description: The number of rows by table. What was restored has been found to have just these.
  returned: success
  type: dict
  sample: {public.capsules: 1200, public.replays: 40, public.signals: 98000}
rows:
  description: The number of rows in all tables.
  returned: success
  type: int
  sample: 99240
removed_leftovers:
  description: Databases that killed restores had left beside it, and that were removed.
  returned: success
  type: list
  elements: str
  sample: [codex_restored_restoring_1c2d3e4f]
duration_seconds:
  description: How long it took, in seconds.
  returned: success
  type: float
  sample: 48.2
impact:
  description: V(data_loss) if a database that was not empty is replaced, else V(none).
  returned: success
  type: str
  sample: none
message:
  description: What was done, or in check mode would be.
  returned: success
  type: str
  sample: codex-production-20261123T030000Z was restored into database codex_restored at
    codex-db-server.postgres.database.azure.com:5432
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _restore, _spec

SPEC = _spec.RESTORE


def run(ctx: Context) -> dict[str, t.Any]:
    """Restore the dump."""
    return _restore.restore(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
