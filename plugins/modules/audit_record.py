#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit_record module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: audit_record
version_added: 0.1.0
short_description: Write down what a run has done to a stack
description:
  - Appends one JSON line to a file, and, if a storage account is named, the same line to an append blob there.
  - The line holds C(time) (UTC), C(id), and C(host) besides what the options say.
  - Secrets do not belong there. Values under keys that look like secrets, and URLs that hold a password, are refused.
  - In check mode nothing is written.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.blob_container
  - codexdominion.azure.attributes
attributes:
  diff_mode:
    description: There is no diff; RV(record) is what is added.
    support: none
  idempotent:
    description: Every task adds a line.
    support: none
options:
  stack:
    description: The name of the stack.
    type: str
    required: true
  action:
    description: What was done, such as the name of the playbook.
    type: str
    required: true
  result:
    description: How it ended.
    type: str
    choices: [ok, failed, unchanged]
    required: true
  from:
    description: What there was before, such as an image digest. Text, number, list, or dictionary.
    type: raw
  to:
    description: What there is now. Text, number, list, or dictionary.
    type: raw
  duration_seconds:
    description: How long it took, in seconds.
    type: float
  summary:
    description: One line for people, such as the reason of a failure. It becomes C(message) of the record.
    type: str
    default: ""
  record:
    description: Further facts. Values may be nested.
    type: dict
    default: {}
  who:
    description: Who did it. If not set, the user who runs the module.
    type: str
  run_id:
    description: What all records of one run have in common. If not set, it is made from the process of the run.
    type: str
  path:
    description:
      - The file, which is created for this user only if it is missing, together with missing folders.
      - If not set, C(codexdominion.azure/audit.jsonl) below E(XDG_STATE_HOME) or C(~/.local/state).
    type: path
"""

EXAMPLES = r"""
- name: Write down what was done
  codexdominion.azure.audit_record:
    stack: production
    action: redeploy_backend
    from: sha256:0a1b...
    to: sha256:2c3d...
    result: ok
    duration_seconds: 41.5
  changed_when: false
"""

RETURN = r"""
record:
  description: What was written, or in check mode would be.
  returned: success
  type: dict
  sample:
    time: "2026-11-22T20:00:00.123Z"
    id: 4c8f2c59-4f0f-4d0a-8a19-6f4f3f7ad8e2
    run_id: 3fa85f64a1b2
    stack: production
    action: redeploy_backend
    who: alice
    host: ops-1
    from: sha256:0a1b...
    to: sha256:2c3d...
    result: ok
    duration_seconds: 41.5
    message: ""
    record: {}
path:
  description: The file.
  returned: success
  type: str
  sample: /var/log/codexdominion/audit.jsonl
url:
  description: The append blob, one for each stack and month; V(null) without O(storage_account_url).
  returned: success
  type: str
  sample: https://codexops.blob.core.windows.net/codex-operations/audit/production/2026-11.jsonl
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import pathlib
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._audit import _record, _store
from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _operator
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._storage import _blob_container

SPEC = _record.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Append the record."""
    params = ctx.params
    record = _record.make(params)
    path = pathlib.Path(params["path"] or _operator.state_folder() / "audit.jsonl")
    blob = None
    if params["storage_account_url"]:
        blob = _store.AuditBlob(_blob_container.BlobContainer(ctx.session, params), record)
    if not ctx.check_mode:
        line = _record.to_line(record)
        _store.to_file(path, line)
        if blob:
            blob.append(line)
    return {"changed": True, "record": record, "path": str(path), "url": blob.url if blob else None}


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
