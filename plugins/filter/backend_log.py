# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter backend_log."""

from __future__ import annotations

DOCUMENTATION = r"""
name: backend_log
version_added: 0.1.0
short_description: Show the state, the events, and the last log lines of the backend
description:
  - Returns what goes on inside of the container that serves, line by line.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The lines of its log, or nothing where it could not be read.
    type: list
    elements: str
    required: true
  serving:
    description: The group that serves, as M(codexdominion.azure.backend_info) has it with O(ignore:inside).
    type: dict
    required: true
  stack:
    description: The name of the stack.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show the last lines
  ansible.builtin.debug:
    msg: "{{ log['lines'] | codexdominion.azure.backend_log(serving=found['backend']['serving'], stack='codex') }}"
"""

RETURN = r"""
_value:
  description: The text, of several lines.
  type: str
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _texts


def backend_log(lines: list[str] | None, serving: _texts.Facts, stack: str) -> str:
    """Return what goes on inside of a container; see the documentation above."""
    return _texts.log(serving, lines, str(stack))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"backend_log": backend_log}
