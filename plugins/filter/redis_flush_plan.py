# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter redis_flush_plan."""

from __future__ import annotations

DOCUMENTATION = r"""
name: redis_flush_plan
version_added: 0.1.0
short_description: Whether a flush of a cache takes every key, and what stands against it
description:
  - Returns whether a pattern leaves more than a few keys, and what has to be confirmed before.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The pattern of the keys to delete; empty for all.
    type: str
    required: true
  name:
    description: The name of the cache.
    type: str
    required: true
  database:
    description: The number of the only database to delete from; empty for all.
    type: str
    default: ""
  confirmed:
    description: Whether losing all keys is meant, or nothing is written.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Stop if deleting everything was not confirmed
  ansible.builtin.assert:
    that: plan['problem'] == ''
    fail_msg: "{{ plan['problem'] }}"
  vars:
    plan: "{{ 'session:*' | codexdominion.azure.redis_flush_plan(name='codex-redis-cache') }}"
"""

RETURN = r"""
_value:
  description:
    - C(deletes_all) says whether every key may go, and C(problem) what stands against it, empty if nothing does.
  type: dict
  sample:
    deletes_all: false
    problem: ""
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _flush_plan


def redis_flush_plan(pattern: str, *, name: str, database: str = "", confirmed: bool = False) -> _flush_plan.FlushPlan:
    """Return the plan; see the documentation above."""
    return _flush_plan.plan(str(pattern), database=str(database), name=str(name), confirmed=confirmed)


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"redis_flush_plan": redis_flush_plan}
