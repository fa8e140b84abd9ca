#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The postgresql_dump_record module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_dump_record
version_added: 0.1.0
short_description: Write down what becomes known of a backup later
description:
  - Writes into the manifests of backups what nobody knew when they were made, whose they have become since their stack
    was moved, and what a restore for a proof has come to.
  - The data of a backup are never touched.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.blob_container
  - codexdominion.azure.backup_destination
  - codexdominion.azure.backup_destination.of_database
  - codexdominion.azure.attributes
attributes:
  diff_mode:
    description: There is no diff; RV(recorded) says which backups it is about.
    support: none
  idempotent:
    description: Taking over is. Every proof is written down with its time.
    support: partial
options:
  prefix:
    description: What the names of the backups begin with, up to the time.
    type: str
    required: true
  take_over:
    description:
      - Whether all backups with O(prefix) become those of O(owner), whoever's they are, as after a stack was moved to
        another subscription or resource group. Of the dumps of O(database), or of all if that is not set, O(server)
        becomes the server.
    type: bool
    default: false
  name:
    description: The dump that was restored for a proof.
    type: str
  proof:
    description:
      - What that has come to. A dump whose last proof has V(failed) counts as good no more.
    type: str
    choices: [passed, failed]
  reason:
    description: Why it has failed.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Go on with the backups of a stack that was moved
  codexdominion.azure.postgresql_dump_record:
    directory: /var/backups/codex
    prefix: codex-production
    owner: stack codex in 22222222-2222-2222-2222-222222222222/codex-rg
    server: codex-db-server
    take_over: true

- name: Remember that a dump restores
  codexdominion.azure.postgresql_dump_record:
    directory: /var/backups/codex
    prefix: codex-production
    name: codex-production-20261123T030000Z
    proof: passed
"""

RETURN = r"""
recorded:
  description: The backups whose manifests were changed, or in check mode would be, the newest first.
  returned: success
  type: list
  elements: str
  sample: [codex-production-20261123T030000Z]
where:
  description: The directory, or the URL in the storage account.
  returned: success
  type: str
  sample: /var/backups/codex
impact:
  description: Always V(none).
  returned: success
  type: str
  sample: none
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _known_later, _spec

SPEC = _spec.RECORD


def run(ctx: Context) -> dict[str, t.Any]:
    """Write it down."""
    return _known_later.record(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
