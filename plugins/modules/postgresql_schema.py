#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The postgresql_schema module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_schema
version_added: 0.1.0
short_description: Apply SQL migration files to a PostgreSQL database
description:
  - Applies the files of a directory in the order of their versions, each once, and records them in a table.
  - Each file is applied in a transaction of its own together with its record, so it is applied as a whole or not at
    all.
  - Nothing is applied when files and records contradict each other, that is when an applied file has changed, when a
    version is missing or exists twice, or when the database has versions that no file has.
  - Two runs at once exclude each other by an advisory lock. It belongs to a session, so connect to the server itself,
    not to a connection pooler such as the one of Azure at port 6432.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.postgresql_connection
  - codexdominion.azure.attributes
options:
  directory:
    description:
      - The directory with the files, on the host the module runs on.
      - They are named V(0001_name.sql), V(0002_other.sql), and so on, without a gap. Files that do not end in C(.sql)
        are ignored.
      - A file holds SQL in UTF-8, without commands of C(psql), without C(COPY FROM STDIN), and without statements that
        begin or end a transaction.
      - Line ends count as line feeds, and a byte order mark at the beginning as nothing, in the checksum of a file
        and in what is sent to the server. So it does not matter how a file was checked out.
      - A line C(-- codex:no-transaction) lets every statement of the file be a transaction of its own, as
        C(CREATE INDEX CONCURRENTLY) needs. Such a file is recorded after its last statement. If it fails or is cut off
        before, it runs again as a whole, so write it so that it can. For an index that is
        C(DROP INDEX CONCURRENTLY IF EXISTS) before C(CREATE INDEX CONCURRENTLY).
    type: path
    required: true
  table:
    description: The table that records what was applied, created when it is missing; may be C(schema.table).
    type: str
    default: schema_migrations
  target:
    description:
      - The version to stop at. The newest file if this is not set.
      - Migrations go forward only.
    type: int
  baseline:
    description:
      - The name of the last file whose contents a database already has that was not made by this module. It and those
        before it are recorded, and not run; later ones are applied.
      - Counts only for a database that has something in it, and no O(table). One that is empty gets all files, and one
        with a O(table) goes on from what is recorded there.
    type: str
  wait_timeout:
    description: How long to wait for another run that migrates the same database, in seconds.
    type: int
    default: 60
  lock_timeout:
    description:
      - How long a statement may wait for a lock that others hold, in seconds. Whatever comes after it waits as well.
        V(0) sets no limit.
      - There is no limit in files with C(-- codex:no-transaction).
    type: int
    default: 30
  assume_empty:
    description:
      - Whether the database does not exist yet, as in a rehearsal of what creates it. The files are compared with an
        empty database, and nothing is connected to.
      - Refused outside of check mode.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Bring the schema up to date
  codexdominion.azure.postgresql_schema:
    login_host: codex-db-server.postgres.database.azure.com
    login_user: codexadmin
    login_password: "{{ database_password }}"
    login_db: codex
    directory: "{{ playbook_dir }}/migrations"

- name: Go on with a schema that another program has made, beside the table of that program
  codexdominion.azure.postgresql_schema:
    login_host: codex-db-server.postgres.database.azure.com
    login_user: codexadmin
    login_password: "{{ database_password }}"
    login_db: codex
    directory: "{{ playbook_dir }}/migrations"
    table: codex_migrations
    baseline: 0003_replays.sql
"""

RETURN = r"""
applied:
  description: The files this task has applied, in their order. Empty in check mode.
  returned: success
  type: list
  elements: dict
  sample:
    - version: 2
      name: signals
      file: 0002_signals.sql
      sha256: 0a1b...
      transaction: true
      seconds: 0.031
adopted:
  description: The files this task has recorded without running them, or would in check mode. See O(baseline).
  returned: success
  type: list
  elements: dict
pending:
  description: The files that are still not applied, like RV(applied) but without C(seconds).
  returned: success
  type: list
  elements: dict
current_version:
  description: The version the database has now; V(0) before the first file is applied.
  returned: success
  type: int
  sample: 3
empty:
  description: Whether the database had nothing in it when the task began but what every new one has.
  returned: success
  type: bool
impact:
  description: Always V(none). What a migration does to running things is up to its file.
  returned: success
  type: str
  sample: none
failure:
  description:
    - What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
      C(details).
    - If a statement has failed, C(details) holds C(file), C(line), C(sqlstate), C(message), C(hint), and C(applied)
      with the files applied before.
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._schema import _migrate

PACKAGES = ("psycopg",)
SPEC = _migrate.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Apply what is pending."""
    return _migrate.migrate(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
