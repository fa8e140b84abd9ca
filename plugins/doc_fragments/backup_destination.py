# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where backups are kept, and the programs that make them."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules for logical backups."""

    DOCUMENTATION = r"""
options:
  directory:
    description:
      - The directory that holds the backups. It is created, for this user only, when the first one is written.
      - Either this or O(storage_account_url) is required.
    type: path
  blob_prefix:
    description: What the names of all blobs begin with, such as V(dumps/), if O(storage_account_url) is set.
    type: str
    default: ""
  owner:
    description:
      - Whose backups have the prefix, in words that nobody else uses, such as the stack with its resource group. It is
        written beside each backup that is made.
      - If it is set, and a backup with the prefix has another owner, the task fails instead of counting, removing or
        restoring as the latest what is somebody else's. Backups that name no owner are anybody's.
    type: str
"""

    OF_SERVER = r"""
options:
  server:
    description:
      - The name of the server in Azure, which stays the same whatever host it is reached by. Backups of another server
        are another's, though they have the same prefix. Where a manifest does not say which server it is of, it is of
        any.
    type: str
"""

    OF_DATABASE = r"""
options:
  server:
    description:
      - The name of the server in Azure whose backups are meant. Those of another server are neither counted, nor
        removed, nor the latest. If not set, those of all servers are meant; where a manifest does not say which server
        it is of, it is of any.
    type: str
  database:
    description:
      - The database whose dumps are meant, in the same way. Restore marks are of all databases of their server.
    type: str
"""

    PROGRAMS = r"""
options:
  bin_dir:
    description:
      - The directory with C(pg_dump) and C(pg_restore), of majors that fit the server. A dump is made only with
        programs that also restore it into the server. For PostgreSQL 14 these are 14 to 16, for 15 these are 15
        and 16, for 16 only 16, for 17 these are 17 and 18, and for 18 only 18.
      - If not set, they are looked for in the directories of E(PATH).
    type: path
  migrations_table:
    description: The table whose column C(version) says which migrations are applied, see
      M(codexdominion.azure.postgresql_schema).
    type: str
    default: schema_migrations
  timeout:
    description: After how many seconds the task gives up.
    type: int
    default: 21600
requirements:
  - The client programs of PostgreSQL
"""
