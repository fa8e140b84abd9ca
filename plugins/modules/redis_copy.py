#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The redis_copy module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: redis_copy
version_added: 0.1.0
short_description: Copy the keys of a Redis cache into another one
description:
  - Copies all keys, or those of a pattern, with their remaining lifetimes, through a client of both caches.
  - Clients of the cache go on meanwhile. What they change after a key was copied is not in the copy, but in one that
    follows it with O(existing=follow).
  - A choice of the copied keys is compared in the end, by their values and lifetimes.
  - An Azure Managed Redis has database 0 only. Keys in others are refused before anything is written, and so are more
    keys than the destination has memory for. Each database is copied to the one of the same number.
  - Uses SCAN, DUMP, and RESTORE, so that the destination must not run an older Redis than the source.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.redis
  - codexdominion.azure.redis_connection
  - codexdominion.azure.attributes
attributes:
  check_mode:
    description: Counts the keys, and writes none.
    support: full
  idempotent:
    description: A key that is there already is written again with O(existing=replace).
    support: none
options:
  destination_name:
    description: The name of the cache to copy into, in the same resource group.
    type: str
    required: true
  destination_service:
    description: Whether that is an Azure Cache for Redis, V(classic), or an Azure Managed Redis, V(managed).
    type: str
    choices: [classic, managed]
    default: managed
  existing:
    description:
      - What becomes of a key that the destination has already.
      - V(mirror) is for a destination that serves nobody yet. What is in it is deleted first, and what was copied is
        remembered in the run's private folder, by digests.
      - V(follow) needs a copy with V(mirror) before it in the same run, and is for after clients have moved to the
        destination. What was written, changed or deleted in the source since is written, changed or deleted in the
        destination too, but only where it is as it was copied. So what clients have deleted there does not come back.
    type: str
    choices: [replace, keep, mirror, follow]
    default: replace
  pattern:
    description: Which keys to copy, in the words of the command SCAN, such as V(session:*). All if this is not set.
    type: str
  batch_size:
    description: About how many keys are copied at a time, 1 to 10000.
    type: int
    default: 500
  compare:
    description: How many of the copied keys to compare, chosen at random.
    type: int
    default: 100
  assume_empty:
    description:
      - Whether the destination does not exist yet, as in a rehearsal of what creates it. It is not connected to.
      - Refused outside of check mode.
    type: bool
    default: false
  timeout:
    description: How long copying may take, in seconds.
    type: int
    default: 3600
"""

EXAMPLES = r"""
- name: Copy everything into the successor of the same name
  codexdominion.azure.redis_copy:
    resource_group: codex-rg
    name: codex-redis-cache
    destination_name: codex-redis-cache
"""

RETURN = r"""
redis_copy:
  description: What was counted.
  returned: success
  type: dict
  sample:
    keys: 1200
    copied: 1198
    kept: 0
    deleted: 0
    expired: 2
    compared: 100
    differing: 0
    changed_meanwhile: 1
    bytes: 153600
    seconds: 0.3
    keys_per_second: 4000
  contains:
    keys:
      description: How many keys were found. SCAN may name a key twice.
      type: int
    copied:
      description: How many were written.
      type: int
    kept:
      description:
        - How many were there already, with O(existing=keep).
        - With O(existing=follow) those too that had not changed since the copy, or that clients have changed.
      type: int
    deleted:
      description: How many were deleted, with O(existing=follow), since they were in the source.
      type: int
    expired:
      description: How many were gone before they were read.
      type: int
    changed_meanwhile:
      description: How many of the C(compared) ones a client has changed in the source meanwhile.
      type: int
    bytes:
      description: How much was copied.
      type: int
    seconds:
      description: How long copying took.
      type: float
    keys_per_second:
      description: The rate, or V(null) if nothing was copied.
      type: int
impact:
  description: V(none), since nothing is interrupted.
  returned: success
  type: str
  sample: none
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _copy

PACKAGES = ("azure.mgmt.redis", "azure.mgmt.redisenterprise")
SPEC = _copy.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Copy the keys."""
    return _copy.copy(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
