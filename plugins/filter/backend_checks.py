# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter backend_checks."""

from __future__ import annotations

DOCUMENTATION = r"""
name: backend_checks
version_added: 0.1.0
short_description: Judge what a check of the backend has found
description:
  - Returns each check with its name, whether it has passed, and what was found.
  - A container that runs only between two crashes does not pass.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The backend, as M(codexdominion.azure.backend_info) has it with O(ignore:inside).
    type: dict
    required: true
  answers:
    description: The results of M(codexdominion.azure.http_check) in a loop over its pages.
    type: list
    elements: dict
    required: true
  port:
    description: The port it listens on.
    type: int
    required: true
"""

EXAMPLES = r"""
- name: Collect the checks
  ansible.builtin.set_fact:
    checks: "{{ found['backend'] | codexdominion.azure.backend_checks(answers['results'], port=8001) }}"
"""

RETURN = r"""
_value:
  description: Dictionaries with C(name), C(ok), and C(found).
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _verification


def backend_checks(
    backend: _verification.Facts, answers: list[_verification.Facts], port: int
) -> list[dict[str, t.Any]]:
    """Return what was checked; see the documentation above."""
    return _verification.rows(backend, answers, int(port))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"backend_checks": backend_checks}
