# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter redis_migration_plan."""

from __future__ import annotations

DOCUMENTATION = r"""
name: redis_migration_plan
version_added: 0.1.0
short_description: What a migration to Azure Managed Redis does, and what stands against it
description:
  - Returns whether there is an Azure Cache for Redis to migrate from, whether its keys are still to be copied, and what
    stands against it. No access key is in what is returned.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The C(redis_info) of M(codexdominion.azure.redis_info).
    type: dict
    required: true
  expected:
    description: Which service is to be the cache of the stack.
    type: str
    choices: [auto, classic, managed]
    required: true
  sku:
    description: The size of a managed cache that is not there yet.
    type: str
    required: true
  name:
    description: The name of the cache.
    type: str
    required: true
  resource_group:
    description: Its resource group.
    type: str
    required: true
  host:
    description: The inventory's host, which another playbook is limited to.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Decide what there is to do
  ansible.builtin.set_fact:
    redis_migration: >-
      {{ found['redis_info'] | codexdominion.azure.redis_migration_plan(expected='auto', sku='Balanced_B0',
         name='codex-redis-cache', resource_group='codex-rg', host=inventory_hostname) }}
"""

RETURN = r"""
_value:
  description:
    - C(migrates) says whether there is a classic cache to migrate from, C(copies) whether its keys are to be copied, or
      were copied by an earlier run. C(text) says for people what happens, and C(problem) what stands against it, empty
      if nothing does.
  type: dict
  sample:
    migrates: true
    copies: false
    problem: ""
    text: >-
      codex-redis-cache, Azure Cache for Redis Standard C0, was replaced by Azure Managed Redis Balanced_B0. Its keys
      are not copied again.
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _migration


def redis_migration_plan(
    caches: dict[str, t.Any], *, expected: str, sku: str, name: str, resource_group: str, host: str
) -> _migration.Migration:
    """Return the plan; see the documentation above."""
    return _migration.plan(
        caches["classic"],
        caches["managed"],
        expected=str(expected),
        sku=str(sku),
        name=str(name),
        group=str(resource_group),
        host=str(host),
    )


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"redis_migration_plan": redis_migration_plan}
