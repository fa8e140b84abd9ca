#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The redis_info module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: redis_info
version_added: 0.1.0
short_description: Show a Redis cache of either service
description:
  - Returns the Azure Cache for Redis and the Azure Managed Redis of a name; there may be both.
  - Where there is neither, it counts the caches for Redis that the subscription has. One that has some may create more,
    although Azure retires the service.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.redis_connection
  - codexdominion.azure.attributes.read_only
requirements:
  - azure-mgmt-redis, except for O(service=managed)
  - azure-mgmt-redisenterprise, except for O(service=classic)
options:
  resource_group:
    description: The resource group of the cache.
    type: str
    required: true
  name:
    description: The name of the cache.
    type: str
    required: true
  service:
    description: Whether to look for an Azure Cache for Redis, V(classic), an Azure Managed Redis, V(managed), or both.
    type: str
    choices: [auto, classic, managed]
    default: auto
  expected:
    description:
      - Which service is to be the cache of the stack, for C(serving); V(auto) takes the one that is there.
      - While a managed cache bears the tag C(codex-migration) with V(copying), that is the classic one.
    type: str
    choices: [auto, classic, managed]
    default: auto
  return_keys:
    description:
      - Whether to return the access keys in C(keys) of a cache.
      - The result then holds secrets; set C(no_log) on the task.
    type: bool
    default: false
  statistics:
    description:
      - Whether to connect to the cache with its primary key, and return what it says of itself.
      - A cache that takes no access keys is then a failure with the code C(AccessKeysDisabled).
    type: bool
    default: false
  slow_log:
    description: How many of the newest entries of the slow log to return with O(statistics).
    type: int
    default: 5
  wait:
    description:
      - Whether to wait until nothing is done to the caches any more, as long as O(timeout). One that is being created
        has no access keys yet.
    type: bool
    default: false
  timeout:
    description: How long to wait, in seconds.
    type: int
    default: 3600
"""

EXAMPLES = r"""
- name: Look at the cache
  codexdominion.azure.redis_info:
    resource_group: codex-rg
    name: codex-redis-cache
  register: cache

- name: See how it is used
  codexdominion.azure.redis_info:
    resource_group: codex-rg
    name: codex-redis-cache
    service: managed
    statistics: true
"""

RETURN = r"""
redis_info:
  description: What there is.
  returned: success
  type: dict
  sample:
    classic:
      id: /subscriptions/.../Redis/codex-redis-cache
      name: codex-redis-cache
      service: classic
      host_name: codex-redis-cache.redis.cache.windows.net
      port: 6380
      sku: Standard C1
      location: East US
      tags: {}
      provisioning_state: Succeeded
      redis_version: "6.0"
      access_keys_authentication: true
      public_network_access: true
      high_availability: true
    managed: null
    classic_in_subscription: null
  contains:
    classic:
      description: The Azure Cache for Redis, or V(null) if there is none or O(service=managed).
      type: dict
      contains: &cache
        id:
          description: The resource id.
          type: str
        name:
          description: The name.
          type: str
        service:
          description: V(classic) or V(managed).
          type: str
        host_name:
          description: The host to connect to.
          type: str
        port:
          description: The port with TLS; V(null) as long as a managed cache has no database.
          type: int
        sku:
          description: The size, such as V(Standard C1) or V(Balanced_B0).
          type: str
        location:
          description: The region, as Azure writes it.
          type: str
        tags:
          description: The tags.
          type: dict
        provisioning_state:
          description: V(Succeeded) when it can be used. A managed cache without its database is V(Creating).
          type: str
        redis_version:
          description: The version of Redis as Azure tells it, or V(null).
          type: str
        access_keys_authentication:
          description: Whether clients may sign in with an access key.
          type: bool
        public_network_access:
          description: Whether the cache has a public address.
          type: bool
        high_availability:
          description: Whether there is a second node; V(null) if Azure does not say.
          type: bool
        keys:
          description: The C(primary) and the C(secondary) access key, or V(null) if they are switched off or not there
            yet.
          returned: when O(return_keys=true)
          type: dict
        statistics:
          description:
            - What the primary node says of itself, V(null) as long as the cache is being created. A field is V(null)
              where the service does not tell it.
            - Members of a cluster with the policy V(OSSCluster) are counted together.
          returned: when O(statistics=true)
          type: dict
          contains:
            uptime_seconds:
              description: For how long it has been running.
              type: int
            redis_version:
              description: The version of Redis.
              type: str
            role:
              description: C(master), as Redis names a primary node.
              type: str
            replicas:
              description: How many replicas are connected.
              type: int
            clients:
              description: How many clients are connected, this one among them.
              type: int
            blocked_clients:
              description: How many of them wait in a blocking command.
              type: int
            memory:
              description: The C(used_bytes), C(max_bytes) and C(used_percent), both V(null) without a limit, the
                C(fragmentation_ratio), and the C(policy) of what is forgotten when memory is full.
              type: dict
            keys:
              description: How many keys there are in all databases.
              type: int
            keys_by_database:
              description: How many keys there are in each database that has some, by its number as text.
              type: dict
            hits:
              description: How many keys were found since the start.
              type: int
            misses:
              description: How many keys were looked for in vain since the start.
              type: int
            hit_rate:
              description: The part of hits, from 0 to 1; V(null) if nothing was looked for.
              type: float
            evicted:
              description: How many keys were forgotten since the start because memory was full.
              type: int
            expired:
              description: How many keys have expired since the start.
              type: int
            ops_per_second:
              description: How many commands per second there are now.
              type: int
            slow_log:
              description: The newest slow commands. Of their arguments only the first key is shown.
              type: list
              elements: dict
              sample:
                - id: 12
                  at: "2026-10-22T20:00:00+00:00"
                  milliseconds: 31.2
                  command: HGETALL session:42
    managed:
      description: The Azure Managed Redis in the same words, or V(null) if there is none or O(service=classic).
      type: dict
      contains: *cache
    classic_in_subscription:
      description: How many Azure Cache for Redis the subscription has. V(null) unless neither cache exists; also with
        O(service=managed).
      type: int
serving:
  description: Which of them is the cache of the stack, or is to become it. Without access keys.
  returned: success
  type: dict
  sample:
    service: managed
    kind: Azure Managed Redis
    why: it is there, and what it replaces is not used any more
    is_plain: false
    is_ready: true
    trouble: ""
    lacks: ""
  contains:
    service:
      description: V(classic) or V(managed).
      type: str
    kind:
      description: What Azure calls it.
      type: str
    why:
      description: Why that one.
      type: str
    is_plain:
      description: Whether nobody needs to be told why, as there is just one, or it was asked for with O(expected).
      type: bool
    is_ready:
      description: Whether it is there, and Azure does nothing to it and has not failed to.
      type: bool
    trouble:
      description: Why it may serve nobody, where Azure has failed to make or to change it; otherwise empty.
      type: str
    lacks:
      description: Why it shows no access keys; empty where it does.
      type: str
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _info

PACKAGES = ("azure.mgmt.redis", "azure.mgmt.redisenterprise")
SPEC = _info.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Return the caches."""
    found = _info.find_caches(ctx)
    return {"changed": False, "redis_info": found, "serving": _info.choose(ctx.params, found)}


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
