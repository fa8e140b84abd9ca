# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter redis_reboot_plan."""

from __future__ import annotations

DOCUMENTATION = r"""
name: redis_reboot_plan
version_added: 0.1.0
short_description: What a reboot of a cache does, and what stands against it
description:
  - Returns in which order nodes are rebooted, as M(codexdominion.azure.redis_reboot) does it, and what that does to
    data and clients.
author:
  - codexdominion.azure contributors (@codexdominion)
positional: _input
options:
  _input:
    description: The size of the cache, such as V(Standard C1).
    type: str
    required: true
  service:
    description: V(classic) or V(managed), which cannot be rebooted.
    type: str
    required: true
  nodes:
    description: Which nodes, as M(codexdominion.azure.redis_reboot) takes them.
    type: str
    choices: [rolling, primary, secondary, all]
    required: true
  name:
    description: The name of the cache.
    type: str
    required: true
  host:
    description: The inventory's host, which another playbook is limited to.
    type: str
    required: true
  confirmed:
    description: Whether losing data is meant, or nothing is written.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Stop if that cannot be, or was not confirmed
  ansible.builtin.assert:
    that: plan['problem'] == ''
    fail_msg: "{{ plan['problem'] }}"
  vars:
    plan: >-
      {{ cache['sku'] | codexdominion.azure.redis_reboot_plan(service='classic', nodes='rolling', name=cache['name'],
         host=inventory_hostname, confirmed=false) }}
"""

RETURN = r"""
_value:
  description:
    - C(order) are the kinds of nodes, one after the other, C(loses_data) whether all data is lost, C(impact) says for
      people what it does, and C(problem) what stands against it, empty if nothing does.
  type: dict
  sample:
    order: [secondary, primary]
    loses_data: false
    impact: The data stays; clients are disconnected for a moment, and connect again.
    problem: ""
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _reboot_plan


def redis_reboot_plan(
    sku: str, *, service: str, nodes: str, name: str, host: str, confirmed: bool = False
) -> _reboot_plan.RebootPlan:
    """Return the plan; see the documentation above."""
    return _reboot_plan.plan(
        str(sku), service=str(service), nodes=str(nodes), name=str(name), host=str(host), confirmed=confirmed
    )


class FilterModule:
    """See the filter's documentation."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Return the filter by its name."""
        return {"redis_reboot_plan": redis_reboot_plan}
