#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The managed_redis module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: managed_redis
version_added: 0.1.0
short_description: Create, change, and delete an Azure Managed Redis
description:
  - Brings an Azure Managed Redis, a cluster with its one database, to the wanted state. Only what the task names is
    changed.
  - It listens on port 10000, has no database but 0, and no firewall rules.
  - With O(wait=false) the first of several requests is sent, and the next run sends the rest.
  - Follows API version 2025-07-01 of Microsoft.Cache/redisEnterprise, see
    U(https://learn.microsoft.com/rest/api/redis/redisenterprisecache/).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.wait
  - codexdominion.azure.tags
  - codexdominion.azure.attributes
requirements:
  - azure-mgmt-redisenterprise
  - azure-mgmt-resource
options:
  resource_group:
    description: The resource group of the cache.
    type: str
    required: true
  name:
    description: The name of the cache, 1 to 60 letters, digits, and single inner hyphens, unique in its region.
    type: str
    required: true
  location:
    description: The region, such as V(eastus). Required when the cache does not exist yet; a cache cannot move.
    type: str
  sku:
    description: The size, such as V(Balanced_B1). A new cache is V(Balanced_B0) if this is not set.
    type: str
  high_availability:
    description: Whether there is a second node. A new cache has one if this is not set. Once on, it stays on.
    type: bool
  public_network_access:
    description: Whether the cache has a public address. A new cache has one if this is not set.
    type: bool
  access_keys_authentication:
    description: Whether clients may sign in with an access key. They may not in a new cache if this is not set.
    type: bool
  clustering_policy:
    description:
      - How clients see the nodes. A new cache is V(NoCluster) if this is not set.
      - Clients of V(NoCluster) and V(EnterpriseCluster) need not know of clusters, those of V(OSSCluster) do.
    type: str
    choices: [NoCluster, EnterpriseCluster, OSSCluster]
  eviction_policy:
    description: What is forgotten when memory is full.
    type: str
    choices: [AllKeysLFU, AllKeysLRU, AllKeysRandom, VolatileLRU, VolatileLFU, VolatileTTL, VolatileRandom, NoEviction]
  return_keys:
    description:
      - Whether to return the access keys in RV(managed_redis.keys).
      - The result then holds secrets; set C(no_log) on the task.
    type: bool
    default: false
  force:
    description: Needed for O(state=absent).
    type: bool
    default: false
  allow_recreate:
    description: Whether a cache or database whose creation failed may be deleted and created again.
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
- name: Create the smallest cache, for a client with an access key
  codexdominion.azure.managed_redis:
    resource_group: codex-rg
    name: codex-redis
    location: eastus
    access_keys_authentication: true
"""

RETURN = r"""
managed_redis:
  description: The cluster as Azure has it now, with its C(database), or V(null) if there is none.
  returned: success
  type: dict
  sample:
    id: /subscriptions/.../redisEnterprise/codex-redis
    name: codex-redis
    host_name: codex-redis.eastus.redis.azure.net
    port: 10000
    sku:
      name: Balanced_B0
    database:
      name: default
      clustering_policy: NoCluster
  contains:
    host_name:
      description: The host to connect to; V(null) as long as the cache does not exist.
      type: str
    port:
      description: The port to connect to; V(null) as long as there is no database.
      type: int
    keys:
      description: The C(primary) and the C(secondary) access key, or V(null) if they are switched off or not there yet.
      returned: when O(return_keys=true)
      type: dict
impact:
  description: V(restart) for another O(sku) and O(access_keys_authentication), V(data_loss) if the cache is
    deleted, or deleted and created again.
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
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _managed, _managed_spec

PACKAGES = ("azure.mgmt.redisenterprise",)
SPEC = _managed_spec.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Bring the cache to the wanted state."""
    return converge(ctx, _managed.ManagedRedis(ctx))


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
