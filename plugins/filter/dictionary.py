# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dictionary filter."""

from __future__ import annotations

DOCUMENTATION = r"""
name: dictionary
version_added: 0.1.0
short_description: A dictionary, also where it was given as text
description:
  - Returns a dictionary as it is, but for entries whose value is C(omit), which are left out.
  - C(-e name={...}) hands a dictionary over as text. It is read as JSON, or as C(NAME=value NAME=value).
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The dictionary, or the text that says one. Empty text is an empty dictionary.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Show both
  ansible.builtin.debug:
    msg: "{{ backend_environment | codexdominion.azure.dictionary }}"
  vars:
    backend_environment: '{"PORT": "8001"}'
"""

RETURN = r"""
_value:
  description: The dictionary.
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.codexdominion.azure.plugins.plugin_utils import _words


def dictionary(value: t.Any) -> dict[t.Any, t.Any]:
    """Return a dictionary, also where it was given as text."""
    try:
        return _words.to_dict(value)
    except TypeError as exc:
        raise AnsibleFilterError(f"codexdominion.azure.dictionary: {exc}") from exc


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"dictionary": dictionary}
