# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of a resource."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules whose resource has tags."""

    DOCUMENTATION = r"""
options:
  tags:
    description:
      - Tags to set. Names may have up to 512 characters, values up to 256.
      - Tags are not touched if this is not set.
    type: dict
  append_tags:
    description: Whether to keep the tags that O(tags) does not name.
    type: bool
    default: true
"""
