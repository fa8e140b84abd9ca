#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The redis_flush module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: redis_flush
version_added: 0.1.0
short_description: Delete the keys of a Redis cache, all or those that match a pattern
description:
  - Deletes keys of an Azure Cache for Redis or of an Azure Managed Redis, and counts over a connection with TLS how
    many there were and how many are left.
  - The service deletes all keys of all databases. Through a client, keys of one database, or keys that match a pattern,
    can be deleted too, in batches, so that other clients of the cache hardly wait.
  - In check mode the keys are counted and nothing is deleted. A cache without such keys is no change.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.redis
  - codexdominion.azure.redis_connection
  - codexdominion.azure.attributes
options:
  method:
    description: Whether the service deletes, or a client of ours.
    type: str
    choices: [service, client]
    default: service
  pattern:
    description:
      - Which keys to delete, in the words of the command SCAN, such as V(session:*). Needs O(method=client).
      - A pattern that matches nearly every key, such as V([^~]*) or V(*:*), needs O(force), as no pattern does.
    type: str
  database:
    description: The number of the only database to delete from, all of them if this is not set. Needs O(method=client).
    type: int
  batch_size:
    description: About how many keys are looked at and deleted at a time, 1 to 10000.
    type: int
    default: 500
  force:
    description: Needed where every key is deleted.
    type: bool
    default: false
  timeout:
    description: How long deleting may take, in seconds.
    type: int
    default: 900
"""

EXAMPLES = r"""
- name: Forget all sessions
  codexdominion.azure.redis_flush:
    resource_group: codex-rg
    name: codex-redis-cache
    method: client
    pattern: session:*

- name: Empty the cache
  codexdominion.azure.redis_flush:
    resource_group: codex-rg
    name: codex-redis-cache
    force: true
"""

RETURN = r"""
redis_flush:
  description: What was counted.
  returned: success
  type: dict
  sample:
    keys_deleted: 1200
    keys_before: 5000
    keys: 3800
    seconds: 0.4
  contains:
    keys_deleted:
      description: How many keys were deleted, or would be.
      type: int
    keys_before:
      description: How many keys there were in all.
      type: int
    keys:
      description: How many keys there are now; clients may have written some meanwhile.
      type: int
    seconds:
      description: How long deleting took.
      type: float
impact:
  description: V(data_loss) if there are such keys, else V(none).
  returned: success
  type: str
  sample: data_loss
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _flush

PACKAGES = ("azure.mgmt.redis", "azure.mgmt.redisenterprise")
SPEC = _flush.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Delete the keys."""
    return _flush.flush(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
