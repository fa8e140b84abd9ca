# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words filter."""

from __future__ import annotations

DOCUMENTATION = r"""
name: words
version_added: 0.1.0
short_description: A list, also where it was given as text
description:
  - Returns a list as it is, but for elements that are C(omit), which are left out.
  - C(-e name=...) hands a list over as text. It is read as JSON if it begins with C([), or else split into words as a
    shell does it.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The list, or the text that says one. Empty text is an empty list.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Show the words of a command
  ansible.builtin.debug:
    msg: "{{ backend_command | codexdominion.azure.words }}"
  vars:
    backend_command: python -c 'print("two words")'
"""

RETURN = r"""
_value:
  description: The list.
  type: list
  elements: raw
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.codexdominion.azure.plugins.plugin_utils import _words


def words(value: t.Any) -> list[t.Any]:
    """Return a list, also where it was given as text."""
    try:
        return _words.to_list(value)
    except TypeError as exc:
        raise AnsibleFilterError(f"codexdominion.azure.words: {exc}") from exc


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"words": words}
