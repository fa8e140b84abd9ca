# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter frontend_history."""

from __future__ import annotations

DOCUMENTATION = r"""
name: frontend_history
version_added: 0.1.0
short_description: The kept builds of a site as lines
description:
  - Returns a line for each kept build, the newest first; the one that is served has a C(>).
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The result of M(codexdominion.azure.static_web_app_release_info).
    type: dict
    required: true
  site:
    description: The name of the static web app.
    type: str
    required: true
  stack:
    description: The name of the stack.
    type: str
    required: true
  environment:
    description: The environment of the site.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show them
  ansible.builtin.debug:
    msg: >-
      {{ found | codexdominion.azure.frontend_history(site='codex', stack='production', environment='production') }}
"""

RETURN = r"""
_value:
  description: The lines.
  type: str
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _words


def frontend_history(found: t.Mapping[str, t.Any], site: str, stack: str, environment: str) -> str:
    """Return the lines; see the documentation above."""
    return _words.history(found, str(site), str(stack), str(environment))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"frontend_history": frontend_history}
