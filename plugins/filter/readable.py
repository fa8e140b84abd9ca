# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter readable."""

from __future__ import annotations

DOCUMENTATION = r"""
name: readable
version_added: 0.1.0
short_description: Have a text of several lines printed as lines
description:
  - With the callback's result format YAML, a text of several lines prints as it is, unless it holds an emoji or a
    control character. Those are replaced.
  - With the format JSON, which is the default, it prints as one line with C(\n) in it. So it becomes a list of its
    lines.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The text.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show the last lines
  ansible.builtin.debug:
    msg: "{{ log['lines'] | join('\n') | codexdominion.azure.readable }}"
"""

RETURN = r"""
_value:
  description: The text, or the list of its lines.
  type: raw
"""

import typing as t

from ansible import constants as C
from ansible.errors import AnsibleError

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _report


def readable(text: str) -> str | list[str]:
    """Return a text in the form that the run's callback prints as lines."""
    shown = _report.printable(text)
    return shown if _prints_yaml() else shown.splitlines()


def _prints_yaml() -> bool:
    try:
        found = C.config.get_config_value("result_format", plugin_type="callback", plugin_name="default")
    except AnsibleError:  # another callback than the one that comes with Ansible
        return False
    return bool(found == "yaml")


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"readable": readable}
