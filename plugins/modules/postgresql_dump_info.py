#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The postgresql_dump_info module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_dump_info
version_added: 0.1.0
short_description: List the backups of databases, and check them
description:
  - Lists what M(codexdominion.azure.postgresql_dump) and M(codexdominion.azure.postgresql_restore_mark) have written to
    a directory or a storage account.
  - What is incomplete or contradicts itself is listed too, with the reason.
  - That a backup is C(complete) means that its manifest is valid and its dump has the size written there; O(verify)
    reads all of each dump and compares its checksum.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.blob_container
  - codexdominion.azure.backup_destination
  - codexdominion.azure.backup_destination.of_database
  - codexdominion.azure.attributes.read_only
options:
  prefix:
    description: Whose backups to list. If not set, everybody's.
    type: str
  verify:
    description: Whether to read all of each dump and compare its checksum.
    type: bool
    default: false
  max_age:
    description:
      - How old the newest complete dump may be, such as V(26h), V(90m), V(7d), or a number of seconds. RV(fresh) says
        whether it is.
      - Restore marks hold no data and do not count.
    type: str
"""

EXAMPLES = r"""
- name: Look whether last night's backup is there
  codexdominion.azure.postgresql_dump_info:
    directory: /var/backups/codex
    prefix: codex-production
    max_age: 26h
  register: found
  failed_when: not found.fresh
"""

RETURN = r"""
backups:
  description:
    - The backups, the newest first.
    - C(state) is V(complete), V(incomplete) for one of which a part was never written, V(doubtful) for one that
      contradicts itself, or V(not proven) for a dump whose last proof by restore has failed; C(problem) then says why.
      C(manifest) is V(null) if it is missing or unreadable.
    - C(verified) says whether all of it was read and its checksum is right.
  returned: success
  type: list
  elements: dict
  sample:
    - name: codex-production-20261123T030000Z
      prefix: codex-production
      moment: "2026-11-23T03:00:00Z"
      kind: dump
      state: complete
      problem: ""
      verified: false
      size_bytes: 73400320
      manifest: {kind: dump, database: codex, server_version: "16.9"}
newest:
  description: The name of the newest complete dump; V(null) if there is none.
  returned: success
  type: str
  sample: codex-production-20261123T030000Z
oldest:
  description: The name of the oldest complete dump; V(null) if there is none.
  returned: success
  type: str
  sample: codex-production-20261101T030000Z
age_seconds:
  description: How old the newest complete dump is, in seconds; V(null) if there is none.
  returned: success
  type: int
  sample: 4711
fresh:
  description:
    - Whether there is a complete dump that is not older than O(max_age), nor more than five minutes newer than the
      clock of this host. V(null) without O(max_age).
  returned: success
  type: bool
  sample: true
problems:
  description: One line for each backup that is not complete.
  returned: success
  type: list
  elements: str
  sample: ["codex-production-20261120T030000Z is doubtful: its checksum is wrong"]
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

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _examine, _spec

SPEC = _spec.INFO


def run(ctx: Context) -> dict[str, t.Any]:
    """List the backups."""
    return _examine.examine(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
