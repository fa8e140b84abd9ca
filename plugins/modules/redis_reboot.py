#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The redis_reboot module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: redis_reboot
version_added: 0.1.0
short_description: Reboot the nodes of an Azure Cache for Redis, and prove it
description:
  - Reboots nodes of a cache and waits until the cache itself shows that they were rebooted and serve again, over a
    connection with TLS, by another C(run_id), a fresh uptime, and a replica that has attached itself anew.
  - Changes no setting of the cache. In check mode nothing is sent.
  - A reboot is no way to clear a cache; M(codexdominion.azure.redis_flush) is.
  - Azure Managed Redis has no reboot.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.redis_connection
  - codexdominion.azure.attributes
requirements:
  - azure-mgmt-redis
options:
  resource_group:
    description: The resource group of the cache.
    type: str
    required: true
  name:
    description: The name of the cache.
    type: str
    required: true
  nodes:
    description:
      - Which nodes to reboot. V(primary) of a cache with a replica makes the replica the primary, and keeps the data.
      - V(rolling) is the replica and then the primary, one after the other; of a Basic cache its only node. Where the
        replica does not come back, the primary is left alone.
      - V(all), and V(primary) or V(rolling) of a Basic cache, lose all data and need O(force).
    type: str
    required: true
    choices: [rolling, primary, secondary, all]
  verify:
    description:
      - Whether to connect to the cache and wait for the proof. With V(false) the task ends when Azure has accepted the
        request, which says nothing about the cache.
      - Needs authentication with access keys, and a network path to the cache.
    type: bool
    default: true
  force:
    description: Needed where all data is lost.
    type: bool
    default: false
  timeout:
    description: How long to wait for the proof of each reboot, in seconds.
    type: int
    default: 900
"""

EXAMPLES = r"""
- name: Reboot the replica, then what was the primary
  codexdominion.azure.redis_reboot:
    resource_group: codex-rg
    name: codex-redis-cache
    nodes: rolling

- name: Reboot the replica only
  codexdominion.azure.redis_reboot:
    resource_group: codex-rg
    name: codex-redis-cache
    nodes: secondary
"""

RETURN = r"""
redis_reboot:
  description: What was seen of the last reboot; V(null) in check mode.
  returned: success
  type: dict
  sample:
    nodes: primary
    verified: true
    run_id_before: 5c1a...
    run_id: 9f3e...
    uptime_seconds: 3600
    keys_before: 1200
    keys: 1200
    away_seconds: 1.4
    seconds: 62.0
  contains:
    verified:
      description: Whether the reboot is proven. The other keys are there only then.
      type: bool
    run_id:
      description: The C(run_id) of the primary node now.
      type: str
    uptime_seconds:
      description: For how long that node runs, in seconds.
      type: int
    keys:
      description: How many keys all databases hold now; C(keys_before) says how many before.
      type: int
    away_seconds:
      description: For how long the cache did not answer, as far as a client that asks five times a second can tell.
      type: float
    seconds:
      description: How long it took from the request to the proof.
      type: float
reboots:
  description: The same of every reboot, in their order. After a failure those before it are in C(failure.details).
  returned: success
  type: list
  elements: dict
msg:
  description: The same for people, a line for each reboot that is proven; in check mode, what is not known yet.
  returned: success
  type: str
impact:
  description: V(restart), or V(data_loss) where no node is left that has the data.
  returned: success
  type: str
  sample: restart
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _reboot

PACKAGES = ("azure.mgmt.redis",)
SPEC = _reboot.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Reboot the nodes."""
    return _reboot.reboot(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
