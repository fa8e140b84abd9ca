# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter failure_reason."""

from __future__ import annotations

DOCUMENTATION = r"""
name: failure_reason
version_added: 0.1.0
short_description: Why a task failed, in one line
description:
  - Returns the message of a failed result, in one line, without what looks like a secret, and not longer than an audit
    record allows. Of a loop, the first item that failed says why.
  - A module names its own options in what to do about a failure. Their names are replaced by those of the variables
    that the roles of this collection hand on.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The result, as in C(ansible_failed_result).
    type: dict
    required: true
  module:
    description: The module that the task ran, with or without the name of the collection.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Say why in the end
  ansible.builtin.fail:
    msg: "{{ ansible_failed_result | codexdominion.azure.failure_reason(module=ansible_failed_task['action']) }}"
"""

RETURN = r"""
_value:
  description: The reason.
  type: str
  sample: Set backend_allow_recreate to true; its address may change.
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._stack import _reason


def failure_reason(result: t.Mapping[str, t.Any], module: str = "") -> str:
    """Return why a task failed; see the documentation above."""
    return _reason.of(result, str(module))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"failure_reason": failure_reason}
