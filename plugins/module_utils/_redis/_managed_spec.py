# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of an Azure Managed Redis and what is wrong with them. Pure; private to this collection."""

from __future__ import annotations

import re

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _rules

_EVICTION = [
    "AllKeysLFU",
    "AllKeysLRU",
    "AllKeysRandom",
    "VolatileLRU",
    "VolatileLFU",
    "VolatileTTL",
    "VolatileRandom",
    "NoEviction",
]


def _sku(value: str) -> str | None:
    if re.fullmatch(r"Balanced_B\d+|MemoryOptimized_M\d+|ComputeOptimized_X\d+|FlashOptimized_A\d+", value):
        return None
    return f"{value!r} is not a size such as Balanced_B0, MemoryOptimized_M10 or ComputeOptimized_X3"


SPEC = (
    _common_specs.tracked(timeout=3600)
    .merge(_common_specs.LOCATION)
    .merge(_common_specs.STATE)
    .merge(
        ArgumentSpec(
            options={
                "name": {"type": "str", "required": True},
                "sku": {"type": "str"},
                "high_availability": {"type": "bool"},
                "public_network_access": {"type": "bool"},
                "access_keys_authentication": {"type": "bool", "no_log": False},
                "clustering_policy": {"type": "str", "choices": ["NoCluster", "EnterpriseCluster", "OSSCluster"]},
                "eviction_policy": {"type": "str", "choices": _EVICTION},
                "return_keys": {"type": "bool", "default": False, "no_log": False},
                "force": {"type": "bool", "default": False},
                "allow_recreate": {"type": "bool", "default": False},
            },
            rules={"name": _rules.managed_name, "sku": _sku},
        )
    )
)
