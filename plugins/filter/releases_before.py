# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter releases_before."""

from __future__ import annotations

DOCUMENTATION = r"""
name: releases_before
version_added: 0.1.0
short_description: Choose the releases that a rollback may go back to
description:
  - Returns the releases that came before the image that runs, the newest first; all of them where that image never
    became a release.
  - With O(wanted), returns the release with that tag or digest.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The releases, the newest first, each with C(tag) and C(digest).
    type: list
    elements: dict
    required: true
  running:
    description: The digest of the image that runs; empty where none does.
    type: str
    required: true
  wanted:
    description: The tag or digest of the release to go back to.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Say what a rollback would bring back
  ansible.builtin.debug:
    msg: "{{ (releases | codexdominion.azure.releases_before(running=digest) | first)['tag'] }}"
"""

RETURN = r"""
_value:
  description: The releases, the best choice first.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _releases


def releases_before(releases: list[_releases.Release], running: str, wanted: str = "") -> list[_releases.Release]:
    """Return the releases to go back to; see the documentation above."""
    return _releases.before(releases, str(running), str(wanted))


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"releases_before": releases_before}
