#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The postgresql_restore_mark module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_restore_mark
version_added: 0.1.0
short_description: Mark a moment that a PostgreSQL server can be restored to
description:
  - Writes down the present moment, by Azure's clock, once Azure has said that the server is ready, has a backup, and
    that its point-in-time window has begun before. That takes a second or two, costs nothing, and is there for every
    tier.
  - What was committed before the task began is in the state of that moment. What is committed after the task is not.
  - M(codexdominion.azure.postgresql_server) restores that state into a new server. It can be restored for as long as
    the server exists and keeps backups of that age.
  - The mark is the file C(<prefix>-<UTC time>.json) beside the dumps of M(codexdominion.azure.postgresql_dump), and
    holds no data.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.blob_container
  - codexdominion.azure.backup_destination
  - codexdominion.azure.attributes
attributes:
  diff_mode:
    description: There is no diff; RV(backup) is what is added.
    support: none
  idempotent:
    description: Every task makes a mark.
    support: none
requirements:
  - azure-mgmt-postgresqlflexibleservers, major version 3
options:
  resource_group:
    description: The resource group of the server.
    type: str
    required: true
  server:
    description: The name of the server.
    type: str
    required: true
  prefix:
    description: What the name of the mark begins with. Letters, digits, and hyphens inside, 63 at most.
    type: str
    required: true
  precaution:
    description:
      - Whether the mark is a precaution only. If O(prefix) is in use by another O(owner), it then is left all the same,
        with a warning, and names nobody.
    type: bool
    default: false
  max_clock_skew:
    description: From how many seconds of difference between the clocks of Azure and this host to warn.
    type: int
    default: 300
  timeout:
    description:
      - How long to wait for the first backup of a new server, in seconds. Before there is one, no moment can be
        restored, whatever Azure says about the window.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: Remember the moment before the migration
  codexdominion.azure.postgresql_restore_mark:
    resource_group: codex-rg
    server: codex-db-server
    prefix: codex-production
    directory: /var/backups/codex
  register: mark

- name: Go back to it, on a new server
  codexdominion.azure.postgresql_server:
    resource_group: codex-rg
    name: codex-db-restored
    location: eastus
    restore:
      source_server: codex-db-server
      point_in_time: "{{ mark.backup.manifest.started }}"
"""

RETURN = r"""
backup:
  description: The mark as it was found again; C(started) is the moment to restore to. V(null) in check mode.
  returned: success
  type: dict
  sample:
    name: codex-production-20261123T030000Z
    prefix: codex-production
    moment: "2026-11-23T03:00:00Z"
    state: complete
    problem: ""
    size_bytes: 0
    manifest:
      format: 1
      kind: mark
      name: codex-production-20261123T030000Z
      server: codex-db-server.postgres.database.azure.com
      server_version: "16"
      started: "2026-11-23T03:00:00.000Z"
      clock_skew_seconds: 0.3
      resource_id: /subscriptions/.../flexibleServers/codex-db-server
      earliest_restore: "2026-11-16T03:12:00.000Z"
      backup_retention_days: 7
restore_point:
  description: The same as M(codexdominion.azure.postgresql_restore_point_info) shows it; in check mode, as it would be.
  returned: success
  type: dict
  sample:
    kind: point
    type: mark
    name: codex-production-20261123T030000Z
    moment: "2026-11-23T03:00:00.000Z"
    server: codex-db-server
earliest_restore:
  description: Since when the server can be restored.
  returned: success
  type: str
  sample: "2026-11-16T03:12:00.000Z"
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
message:
  description: What was done, or in check mode would be.
  returned: success
  type: str
  sample: PostgreSQL server codex-db-server can be restored since 2026-11-16T03:12:00.000Z; this moment is marked as
    codex-production-20261123T030000Z
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _mark, _spec

SPEC = _spec.MARK


def run(ctx: Context) -> dict[str, t.Any]:
    """Write the mark."""
    return _mark.mark(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
