#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The redis_check module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: redis_check
version_added: 0.1.0
short_description: Check that a Redis cache answers over TLS, and how fast
description:
  - Connects with the primary key over TLS, writes one key, gets it a number of times one after the other over one
    connection, and compares the latency with what is expected. An Azure Cache for Redis must have no port without TLS.
  - The key has a random name that begins with C(codexdominion:check:). It is deleted in the end, also after a failure,
    and expires some minutes after a run that was killed. No other key is touched.
  - In check mode no key is written. The latency is that of the command PING then, and RV(checks) says so.
  - Reports what was found for every expectation instead of stopping at the first that is not met.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.redis
  - codexdominion.azure.redis_connection
  - codexdominion.azure.attributes.read_only
  - codexdominion.azure.latency_targets
attributes:
  check_mode:
    description: Writes nothing in C(check_mode), and measures PING instead of hits.
    support: full
  idempotent:
    description: Leaves the cache as it was.
    support: full
options:
  queries:
    description: How many times to get the key, 1 to 10000.
    type: int
    default: 50
  max_average_ms:
    description: The longest average latency to accept, in milliseconds.
    type: float
    default: 10
  fail:
    description: Whether the task fails when an expectation is not met. With V(false) only RV(ok) says so. There must be
      such a cache in any case.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Check the cache
  codexdominion.azure.redis_check:
    resource_group: codex-rg
    name: codex-redis-cache
    max_average_ms: 5
"""

RETURN = r"""
ok:
  description: Whether every expectation is met.
  returned: when every expectation is met or O(fail=false)
  type: bool
checks:
  description: Each expectation, with what was found.
  returned: when every expectation is met or O(fail=false)
  type: list
  elements: dict
  sample:
    - check: answer
      expected: "yes"
      found: "yes"
      ok: true
    - check: average
      expected: <= 10 ms
      found: 0.6 ms, p95 0.9 ms
      ok: true
    - check: hits
      expected: 50 of 50
      found: 50 of 50
      ok: true
    - check: port without TLS
      expected: closed
      found: closed
      ok: true
redis_check:
  description: What was found, or V(null) if the cache does not answer.
  returned: when every expectation is met or O(fail=false)
  type: dict
  contains:
    average_ms:
      description: The average latency, in milliseconds.
      type: float
    p95_ms:
      description: The latency that 95 percent of the queries did not exceed, in milliseconds.
      type: float
    queries:
      description: How many queries there were.
      type: int
    redis_version:
      description: The version of Redis, or V(null) if the cache does not tell it.
      type: str
failure:
  description:
    - What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
      C(details).
    - If an expectation is not met, C(details) holds RV(checks) and RV(redis_check).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _check

PACKAGES = ("azure.mgmt.redis", "azure.mgmt.redisenterprise")
SPEC = _check.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Check the cache."""
    return _check.check(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
