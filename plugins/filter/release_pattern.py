# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter release_pattern."""

from __future__ import annotations

DOCUMENTATION = r"""
name: release_pattern
version_added: 0.1.0
short_description: Tell the releases of the backend from other tags
description:
  - Returns a regular expression for the tags that are releases of one stack.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: How the names of this stack's releases begin.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Keep the newest ten releases
  codexdominion.azure.container_image_prune:
    registry: codexdominionacr.azurecr.io
    repository: codex-backend
    tag_pattern: "{{ 'release-codex' | codexdominion.azure.release_pattern }}"
    keep: 10
"""

RETURN = r"""
_value:
  description: The regular expression.
  type: str
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _releases


def release_pattern(prefix: str) -> str:
    """Return a regular expression; see the documentation above."""
    return _releases.pattern(str(prefix))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"release_pattern": release_pattern}
