# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter drill_evidence."""

from __future__ import annotations

DOCUMENTATION = r"""
name: drill_evidence
version_added: 0.1.0
short_description: Write down what a restore drill has come to
description:
  - Returns a page in Markdown.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: What P(codexdominion.azure.backup_outcome#filter) returns of a drill.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Write the evidence
  ansible.builtin.copy:
    content: "{{ result | codexdominion.azure.drill_evidence }}"
    dest: /var/backups/codex/evidence/drill.md
    mode: "0600"
"""

RETURN = r"""
_value:
  description: The page.
  type: str
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _run_result


def drill_evidence(drilled: _run_result.Facts) -> str:
    """Return the page; see the documentation above."""
    return _run_result.evidence(drilled)


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"drill_evidence": drill_evidence}
