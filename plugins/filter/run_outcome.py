# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter run_outcome."""

from __future__ import annotations

DOCUMENTATION = r"""
name: run_outcome
version_added: 0.1.0
short_description: What the audit file is told of a run
description:
  - Works out whether a run has failed, changed something, or changed nothing, and how long it has taken.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: Results of the tasks that may have changed something.
    type: list
    elements: dict
    required: true
  changed:
    description: Whether anything has changed that is in no result.
    type: bool
    default: false
  lock:
    description: The lock of the stack as it was taken, with C(since). Without it, there is no duration.
    type: dict
  reason:
    description: Why the run has failed. Without it, it has not.
    type: str
  failed_task:
    description: The name of the task that has failed.
    type: str
  record:
    description: Further facts for C(record).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Say how it went
  ansible.builtin.debug:
    msg: "{{ (stack_results | codexdominion.azure.run_outcome(lock=stack_lock_result['lock']))['result'] }}"
"""

RETURN = r"""
_value:
  description: Options of M(codexdominion.azure.audit_record). There is C(duration_seconds) only with O(lock).
  type: dict
  sample: {result: ok, summary: "", record: {changed: true, failed_task: null}, duration_seconds: 12.5}
"""

import datetime
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._stack import _outcome


def run_outcome(
    results: t.Sequence[t.Mapping[str, t.Any]],
    changed: bool = False,
    lock: t.Mapping[str, t.Any] | None = None,
    reason: str | None = None,
    failed_task: str | None = None,
    record: t.Mapping[str, t.Any] | None = None,
) -> dict[str, t.Any]:
    """Return what the audit file is told; see the documentation above."""
    now = datetime.datetime.now(datetime.UTC)
    return _outcome.of(
        results, changed=changed, lock=lock, reason=reason, failed_task=failed_task, record=record or {}, now=now
    )


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"run_outcome": run_outcome}
