# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter backup_outcome."""

from __future__ import annotations

DOCUMENTATION = r"""
name: backup_outcome
version_added: 0.1.0
short_description: Say what a run about backups has come to
description:
  - Returns the same for people, for programs, for a webhook, and for the audit.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input, of
options:
  _input:
    description:
      - What the run knows by now. C(stack) is its stack, C(action) the playbook, C(who) the operator, C(rehearsed)
        whether it runs in check mode, C(began) when it began, in seconds since 1970, C(server) the name of the stack's
        server, and C(azure_server) how its module shows it.
      - C(choice) is what P(codexdominion.azure.backup_kind#filter) returns, C(verify) how a backup is proven, C(point)
        what was made or is restored, C(made), C(found) and C(pruned) are results, and C(comparison) is what
        P(codexdominion.azure.compared_rows#filter) returns.
      - C(target) is the name of the server that something is restored into, C(scratch_removed) whether that one is
        gone where it was to be removed again, C(changed) whether anything was written, C(result) what this filter has
        returned before, C(hourly_price) what an hour of a drill costs, and C(evidence_directory) where its evidence is
        written.
      - What is not known is left out.
    type: dict
    required: true
  of:
    description: What has been done. V(failure) adds to what there is, and V(record) is for the audit.
    type: str
    choices: [backup, restore, drill, failure, record]
    required: true
  reason:
    description: Why a drill or a run has failed.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Keep what was done
  ansible.builtin.set_fact:
    result: "{{ run | codexdominion.azure.backup_outcome('restore') }}"
"""

RETURN = r"""
_value:
  description: The outcome, with C(message) in one line, but for a record.
  type: dict
"""

import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _run_result


def backup_outcome(run: t.Mapping[str, t.Any], of: str, reason: str = "") -> _run_result.Outcome:
    """Return the outcome; see the documentation above."""
    known, now = _run_result.Run(**run), time.time()
    if of == "backup":
        return _run_result.backup(known, now)
    if of == "restore":
        return _run_result.restore(known, now)
    if of == "drill":
        return _run_result.drill(known, now, reason)
    return _run_result.failure(known, reason) if of == "failure" else _run_result.record(known)


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"backup_outcome": backup_outcome}
