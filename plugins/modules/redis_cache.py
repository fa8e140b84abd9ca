#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The redis_cache module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: redis_cache
version_added: 0.1.0
short_description: Create, change, scale, and delete an Azure Cache for Redis
description:
  - Brings an Azure Cache for Redis (Basic, Standard, Premium) to the wanted state. Only what the task names is changed.
  - While an earlier operation still runs on the cache, the task waits for its end instead of writing over it. While
    Azure says that the cache is busy, the write is tried again until O(timeout).
  - Azure retires this service. Where it makes no new caches any more, the failure has the code C(CacheCreationRetired);
    M(codexdominion.azure.managed_redis) creates the successor.
  - Azure takes a change of O(sku), O(capacity), or O(public_network_access) only alone. Several changes are sent one
    after the other; with O(wait=false) the first is sent, and the next run sends the rest.
  - Caches in virtual networks, clustered ones, and geo-replication are left as they are.
  - Follows API version 2024-11-01 of Microsoft.Cache, see U(https://learn.microsoft.com/rest/api/redis/).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.wait
  - codexdominion.azure.tags
  - codexdominion.azure.attributes
requirements:
  - azure-mgmt-redis
  - azure-mgmt-resource
options:
  resource_group:
    description: The resource group of the cache.
    type: str
    required: true
  name:
    description: The name of the cache, 1 to 63 letters, digits, and single inner hyphens, unique in all of Azure.
    type: str
    required: true
  location:
    description: The region, such as V(eastus). Required when the cache does not exist yet; a cache cannot move.
    type: str
  sku:
    description:
      - The tier. A new cache is V(Basic) if this is not set. V(Basic) has one node and no replica.
      - Azure scales to the next higher tier only, and never to a lower one.
    type: str
    choices: [Basic, Standard, Premium]
  family:
    description: The family of sizes, V(C) of Basic and Standard, V(P) of Premium. It follows from O(sku).
    type: str
    choices: [C, P]
  capacity:
    description:
      - The size within the family, 0 to 6 of V(C), 1 to 5 of V(P). A new cache has the smallest if this is not set.
      - A Basic cache loses its data when its size changes, which needs O(force).
    type: int
  minimum_tls_version:
    description: The oldest version of TLS that clients may speak. A new cache has V(1.2) if this is not set.
    type: str
    choices: ["1.2"]
  non_ssl_port:
    description: Whether the cache is also open without TLS, on port 6379. A new cache is not if this is not set.
    type: bool
  redis_version:
    description: The version of Redis, such as V(6), or V(latest), which leaves an existing cache as it is.
    type: str
  public_network_access:
    description: Whether the cache has a public address.
    type: bool
  access_keys_authentication:
    description:
      - Whether clients may sign in with an access key. Switching it off needs C(aad-enabled) in O(configuration), and
        ends the connections of all clients.
    type: bool
  configuration:
    description:
      - Settings of Redis, such as C(maxmemory-policy), C(maxmemory-reserved), or C(notify-keyspace-events). Underscores
        may stand for the hyphens.
      - Values are compared as Azure stores them, as text. Settings that are not named are kept.
    type: dict
  firewall_rules:
    description:
      - All firewall rules of the cache; others are removed. Without a rule a cache admits every address.
      - Removing the last one needs O(force).
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the rule, letters, digits, and underscores.
        type: str
        required: true
      start_address:
        description: The first IPv4 address.
        type: str
        required: true
      end_address:
        description: The last IPv4 address, the first one if this is not set.
        type: str
  patch_schedule:
    description: When Azure may patch the cache. With an empty list Azure chooses.
    type: list
    elements: dict
    suboptions:
      day_of_week:
        description: The day.
        type: str
        required: true
        choices: [Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday, Everyday, Weekend]
      start_hour_utc:
        description: The hour in UTC, 0 to 23.
        type: int
        required: true
      hours:
        description: How long the window is, 5 to 16 hours.
        type: int
        default: 5
  return_keys:
    description:
      - Whether to return the access keys in RV(redis_cache.keys).
      - The result then holds secrets; set C(no_log) on the task.
    type: bool
    default: false
  force:
    description: Needed for what loses data or opens the cache, that is O(state=absent), another size of a Basic cache,
      and the removal of the last firewall rule.
    type: bool
    default: false
  state:
    description: V(absent) deletes the cache with its data, and needs O(force).
    type: str
    choices: [present, absent]
    default: present
  timeout:
    description: How long to wait, in seconds.
    type: int
    default: 3600
"""

EXAMPLES = r"""
- name: Create a cache with a replica
  codexdominion.azure.redis_cache:
    resource_group: codex-rg
    name: codex-redis-cache
    location: eastus
    sku: Standard
    capacity: 0
    configuration:
      maxmemory-policy: allkeys-lru

- name: Admit one address, and touch nothing else
  codexdominion.azure.redis_cache:
    resource_group: codex-rg
    name: codex-redis-cache
    firewall_rules:
      - name: backend
        start_address: 203.0.113.7
"""

RETURN = r"""
redis_cache:
  description:
    - The cache as Azure has it now, or V(null) if there is none.
    - In check mode, a cache that does not exist yet has only C(id), C(name), and a C(host_name) of V(null).
  returned: success
  type: dict
  sample:
    id: /subscriptions/.../Redis/codex-redis-cache
    name: codex-redis-cache
    host_name: codex-redis-cache.redis.cache.windows.net
    ssl_port: 6380
    enable_non_ssl_port: false
    sku:
      name: Standard
      family: C
      capacity: 0
  contains:
    host_name:
      description: The host to connect to; V(null) as long as the cache does not exist.
      type: str
    ssl_port:
      description: The port with TLS.
      type: int
    keys:
      description: The C(primary) and the C(secondary) access key, or V(null) if they are switched off or not there yet.
      returned: when O(return_keys=true)
      type: dict
impact:
  description:
    - What the change does to running things. V(data_loss) if the cache is deleted, or is Basic and changes its size;
      V(restart) for other sizes, another O(redis_version), and O(access_keys_authentication); V(none) for the rest.
  returned: success
  type: str
  sample: none
operation:
  description: What still runs, for M(codexdominion.azure.operation_wait); V(null) if Azure has finished.
  returned: success
  type: dict
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import converge
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _cache_spec
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._cache import RedisCache

PACKAGES = ("azure.mgmt.redis",)
SPEC = _cache_spec.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Bring the cache to the wanted state."""
    return converge(ctx, RedisCache(ctx))


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
