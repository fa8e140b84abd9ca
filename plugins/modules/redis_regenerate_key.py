#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The redis_regenerate_key module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: redis_regenerate_key
version_added: 0.1.0
short_description: Replace an access key of a Redis cache, and prove that the old one is refused
description:
  - Replaces the primary or the secondary access key of an Azure Cache for Redis or of an Azure Managed Redis.
  - Proves over connections with TLS that the old key is refused, that the new one is taken, and that the other one
    still is.
  - Clients with the replaced key cannot connect any more. A connection they have may go on until it is closed, so that
    it can take a while until they fail. Clients with the other key notice nothing.
  - Give every client the other key first. The playbook C(codexdominion.azure.rotate_cache_keys) does that for the
    backend.
  - Every run replaces the key and is a change. No key is ever in the result.
  - In check mode nothing is sent. A cache that is being changed is refused.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.redis
  - codexdominion.azure.redis_connection
  - codexdominion.azure.attributes
options:
  key:
    description: Which of the two keys to replace.
    type: str
    required: true
    choices: [primary, secondary]
  verify:
    description:
      - Whether to connect with both keys before, and to wait for the proof after. With V(false) the task ends when
        Azure has replaced the key.
      - Needs authentication with access keys, and a network path to the cache.
    type: bool
    default: true
  timeout:
    description: How long Azure and the proof may take together, in seconds.
    type: int
    default: 900
"""

EXAMPLES = r"""
- name: Replace the key that no client uses
  codexdominion.azure.redis_regenerate_key:
    resource_group: codex-rg
    name: codex-redis-cache
    key: secondary
"""

RETURN = r"""
redis_regenerate_key:
  description: What was done; V(null) in check mode.
  returned: success
  type: dict
  sample:
    key: secondary
    verified: true
    seconds: 0.9
  contains:
    key:
      description: Which key was replaced.
      type: str
    verified:
      description: Whether it is proven that the old key is refused, and that the new one and the other one are taken.
      type: bool
    seconds:
      description: How long it took from the request to the proof.
      type: float
impact:
  description: V(restart), for clients with the replaced key have to be given another one.
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
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _regenerate_key

PACKAGES = ("azure.mgmt.redis", "azure.mgmt.redisenterprise")
SPEC = _regenerate_key.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Replace the key."""
    return _regenerate_key.regenerate(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
