# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter backend_report."""

from __future__ import annotations

DOCUMENTATION = r"""
name: backend_report
version_added: 0.1.0
short_description: Tell why a deployment of the backend has failed
description:
  - Returns what an operator has to know, line by line.
  - What was expected and what came instead, the state of the container, its events and last words, what was done about
    it, and what to do next.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The result of the task that failed.
    type: dict
    required: true
  name:
    description: The name of the backend.
    type: str
    required: true
  host:
    description: The inventory's host, which the next run is limited to.
    type: str
    required: true
  action:
    description: The playbook that has failed.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Fail with the reason
  ansible.builtin.fail:
    msg: >-
      {{ ansible_failed_result | codexdominion.azure.backend_report(name='codex-api', host=inventory_hostname,
         action='update_env') }}
"""

RETURN = r"""
_value:
  description: The report, a text of several lines.
  type: str
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _report


def backend_report(
    failed: _report.Facts,
    *,
    name: str,
    host: str,
    action: str = "",
) -> str:
    """Return the report in characters that every callback prints as lines."""
    return _report.printable(_report.backend_report(failed, name=name, host=host, action=action))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"backend_report": backend_report}
