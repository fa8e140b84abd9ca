# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter check_rows."""

from __future__ import annotations

DOCUMENTATION = r"""
name: check_rows
version_added: 0.1.0
short_description: What a check has found, as rows of the table of a stack
description:
  - Returns a row for each expectation of a module that checks something, with C(name), C(ok), and C(found).
  - Where an expectation was not met, C(found) says what was expected.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input, subject
options:
  _input:
    description: The C(checks) of such a module, each with C(check), C(expected), C(found), and C(ok).
    type: list
    elements: dict
    required: true
  subject:
    description: What was checked; every name begins with it.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Collect the checks
  ansible.builtin.set_fact:
    redis_checks: "{{ answers['checks'] | codexdominion.azure.check_rows('codex-redis-cache') }}"
"""

RETURN = r"""
_value:
  description: The rows.
  type: list
  elements: dict
  sample:
    - name: codex-redis-cache average
      ok: false
      found: 31.0 ms (expected <= 10 ms)
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _checks


def check_rows(checks: list[_checks.Row], subject: str) -> list[_checks.Row]:
    """Return the rows; see the documentation above."""
    return _checks.of(str(subject), checks)


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"check_rows": check_rows}
