# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter release_name."""

from __future__ import annotations

DOCUMENTATION = r"""
name: release_name
version_added: 0.1.0
short_description: Name a new release of the backend
description:
  - Returns C(<prefix>-<UTC time>-<start of the digest>), with the present time.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The digest of the image.
    type: str
    required: true
  prefix:
    description: How the names of this stack's releases begin.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Name a release
  ansible.builtin.debug:
    msg: "{{ backend_result['digest'] | codexdominion.azure.release_name('release-codex') }}"
"""

RETURN = r"""
_value:
  description: The name.
  type: str
"""

import datetime
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _releases


def release_name(digest: str, prefix: str) -> str:
    """Return the name of a new release; see the documentation above."""
    return _releases.name(str(prefix), str(digest), datetime.datetime.now(datetime.UTC))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"release_name": release_name}
