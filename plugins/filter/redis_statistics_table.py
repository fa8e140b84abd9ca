# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter redis_statistics_table."""

from __future__ import annotations

DOCUMENTATION = r"""
name: redis_statistics_table
version_added: 0.1.0
short_description: What a cache says of itself, as a table for people
description:
  - Returns version, memory, clients, keys, hits and the head of the slow log, line by line.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The C(statistics) of a cache, from M(codexdominion.azure.redis_info).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show how the cache is used
  ansible.builtin.debug:
    msg: "{{ cache['statistics'] | codexdominion.azure.redis_statistics_table }}"
"""

RETURN = r"""
_value:
  description: The table, a text of several lines.
  type: str
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _statistics_table


def redis_statistics_table(statistics: _statistics_table.Facts) -> str:
    """Return the table; see the documentation above."""
    return _statistics_table.table(statistics)


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"redis_statistics_table": redis_statistics_table}
