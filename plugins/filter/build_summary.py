# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter build_summary."""

from __future__ import annotations

DOCUMENTATION = r"""
name: build_summary
version_added: 0.1.0
short_description: Tell what a build of an image came to
description:
  - Returns what the registry has now, what it was built from, and how to deploy it, line by line.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The result of M(codexdominion.azure.container_image_build).
    type: dict
    required: true
  host:
    description: The inventory's host, which commands are limited to.
    type: str
    required: true
  check:
    description: Whether it was a rehearsal, with C(--check).
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Say what the registry has
  ansible.builtin.debug:
    msg: "{{ registry_build_result | codexdominion.azure.build_summary(host=inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description: The text, of several lines.
  type: str
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _build_texts


def build_summary(built: _build_texts.Facts, host: str, check: bool = False) -> str:
    """Return what a build came to; see the documentation above."""
    return _build_texts.summary(built, str(host), check=bool(check))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"build_summary": build_summary}
