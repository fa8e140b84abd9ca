# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Redis cache to work on."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of modules that work on a cache of either service."""

    DOCUMENTATION = r"""
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
    description: Whether it is an Azure Cache for Redis, V(classic), or an Azure Managed Redis, V(managed).
    type: str
    choices: [classic, managed]
    default: classic
requirements:
  - azure-mgmt-redis, or azure-mgmt-redisenterprise for O(service=managed)
"""
