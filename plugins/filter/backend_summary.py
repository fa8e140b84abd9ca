# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter backend_summary."""

from __future__ import annotations

DOCUMENTATION = r"""
name: backend_summary
version_added: 0.1.0
short_description: Tell what a deployment of the backend did
description:
  - Returns what has changed, where the backend is reached, what it runs, and the steps on the way, line by line.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The result of M(codexdominion.azure.backend_deployment).
    type: dict
    required: true
  name:
    description: The name of the backend.
    type: str
    required: true
  stack:
    description: The name of the stack.
    type: str
    required: true
  port:
    description: The port it listens on.
    type: int
    required: true
  check:
    description: Whether it was a rehearsal, with C(--check).
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Say what was done
  ansible.builtin.debug:
    msg: "{{ backend_result | codexdominion.azure.backend_summary(name='codex-api', stack='codex', port=8001) }}"
"""

RETURN = r"""
_value:
  description: The text, of several lines.
  type: str
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _texts


def backend_summary(deployment: _texts.Facts, name: str, stack: str, port: int, check: bool = False) -> str:
    """Return what a deployment did; see the documentation above."""
    return _texts.summary(deployment, str(name), str(stack), int(port), check=bool(check))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"backend_summary": backend_summary}
