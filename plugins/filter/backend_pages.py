# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter backend_pages."""

from __future__ import annotations

DOCUMENTATION = r"""
name: backend_pages
version_added: 0.1.0
short_description: Choose the pages of the backend that a check asks for
description:
  - Returns the pages, each with what it has to answer.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The profile of the stack, V(mvp), V(database), or V(full).
    type: str
    required: true
  version:
    description: What the start page has to report; empty accepts any.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Ask for them
  codexdominion.azure.http_check:
    url: "http://codex-api.eastus.azurecontainer.io:8001{{ item['path'] }}"
    json: "{{ item['json'] }}"
    json_keys: "{{ item['json_keys'] }}"
  loop: "{{ 'database' | codexdominion.azure.backend_pages }}"
"""

RETURN = r"""
_value:
  description: Dictionaries with C(path), C(json), and C(json_keys).
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _verification


def backend_pages(profile: str, version: str = "") -> list[dict[str, t.Any]]:
    """Return the pages; see the documentation above."""
    return _verification.pages(str(profile), str(version))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"backend_pages": backend_pages}
