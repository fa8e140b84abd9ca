# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter frontend_summary."""

from __future__ import annotations

DOCUMENTATION = r"""
name: frontend_summary
version_added: 0.1.0
short_description: What a run did to the frontend of a stack
description:
  - Returns what was deployed, where it is served, and how the site may call its API.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input, found, built
options:
  _input:
    description: The result of M(codexdominion.azure.static_web_app_deployment); empty where nothing had to be deployed.
    type: dict
    required: true
  found:
    description: The result of M(codexdominion.azure.static_web_app); empty where nobody has looked.
    type: dict
    default: {}
  built:
    description: The result of M(codexdominion.azure.static_web_app_build); empty where nothing was to be built.
    type: dict
    default: {}
  site:
    description: The name of the static web app.
    type: str
    required: true
  stack:
    description: The name of the stack.
    type: str
    required: true
  check:
    description: Whether it was a rehearsal.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Say it
  ansible.builtin.debug:
    msg: "{{ deployed | codexdominion.azure.frontend_summary(found, built, site='codex', stack='production') }}"
"""

RETURN = r"""
_value:
  description: The lines.
  type: str
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _words

Facts = t.Mapping[str, t.Any]


def frontend_summary(
    deployed: Facts,
    found: Facts | None = None,
    built: Facts | None = None,
    *,
    site: str,
    stack: str,
    check: bool = False,
) -> str:
    """Return the lines; see the documentation above."""
    return _words.summary(deployed, found or {}, built or {}, site=str(site), stack=str(stack), check=bool(check))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"frontend_summary": frontend_summary}
