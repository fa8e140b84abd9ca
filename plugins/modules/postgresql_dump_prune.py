#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The postgresql_dump_prune module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_dump_prune
version_added: 0.1.0
short_description: Remove old backups of a database
description:
  - Removes the backups with O(prefix) that no rule keeps, and nothing that is called otherwise.
  - Nothing is removed when a manifest cannot be read, or a backup is more than five minutes newer than the clock of
    this host, for then it is not certain what is there.
  - The newest good dump always stays. A backup without a manifest always stays too, since it is not known what it is.
  - Restore marks follow the same rules, but are counted apart from dumps.
  - A dump whose proof by restore has failed is not good, see M(codexdominion.azure.postgresql_dump_record).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.blob_container
  - codexdominion.azure.backup_destination
  - codexdominion.azure.backup_destination.of_database
  - codexdominion.azure.retention
  - codexdominion.azure.attributes
options:
  prefix:
    description: What the names of the backups begin with, up to the time.
    type: str
    required: true
  server_version:
    description:
      - The version of the server, such as V(16). Dumps that no program restores into it are counted apart, so that they
        never push out one that can be restored. If not set, it is the one that each was made of.
    type: str
  upcoming:
    description:
      - In check mode, what to decide as if one of this kind had just been made, so that what a run would remove after
        its backup can be said before it. Otherwise it means nothing.
    type: str
    choices: [dump, mark]
"""

EXAMPLES = r"""
- name: Say what would be removed
  codexdominion.azure.postgresql_dump_prune:
    directory: /var/backups/codex
    prefix: codex-production
    keep_last: 3
    keep_daily: 7
    keep_weekly: 4
    keep_monthly: 12
  check_mode: true
"""

RETURN = r"""
removed:
  description: The backups that were removed, or in check mode would be, the oldest first.
  returned: success
  type: list
  elements: str
  sample: [codex-production-20261101T030000Z]
kept:
  description: Why each of the others stays, by name.
  returned: success
  type: dict
  sample:
    codex-production-20261123T030000Z: newest good, last 1, daily 2026-11-23
freed_bytes:
  description: The size of what was removed, or in check mode would be.
  returned: success
  type: int
  sample: 73400320
where:
  description: The directory, or the URL in the storage account.
  returned: success
  type: str
  sample: /var/backups/codex
impact:
  description: V(data_loss) if anything is removed, else V(none).
  returned: success
  type: str
  sample: data_loss
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _dump_prune, _spec

SPEC = _spec.PRUNE


def run(ctx: Context) -> dict[str, t.Any]:
    """Remove what is old."""
    return _dump_prune.prune(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
