#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container_registry module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: container_registry
version_added: 0.1.0
short_description: Create, change, and delete an Azure container registry
description:
  - Brings a container registry to the wanted state. Only what the task names is changed.
  - Follows API version 2025-11-01 of Microsoft.ContainerRegistry, see
    U(https://learn.microsoft.com/rest/api/container-registry/registries).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.wait
  - codexdominion.azure.tags
  - codexdominion.azure.attributes
requirements:
  - azure-mgmt-containerregistry
  - azure-mgmt-resource
options:
  resource_group:
    description: The resource group of the registry.
    type: str
    required: true
  name:
    description: The name of the registry, 5 to 50 letters and digits, unique in all of Azure.
    type: str
    required: true
  location:
    description: The region, such as V(eastus). Required when the registry does not exist yet; a registry cannot move.
    type: str
  sku:
    description: The service tier. A new registry is V(Basic) if this is not set; an existing one keeps its tier.
    type: str
    choices: [Basic, Standard, Premium]
  admin_user_enabled:
    description:
      - Whether the registry has an admin user, whose two passwords allow everyone who knows one to push and pull.
      - Azure leaves it off in a new registry. Prefer an identity with the role AcrPull.
    type: bool
  return_credentials:
    description:
      - Whether to return the name and password of the admin user in RV(container_registry.credentials).
      - The result then holds a secret; set C(no_log) on the task.
    type: bool
    default: false
  state:
    description: V(absent) deletes the registry with all its images.
    type: str
    choices: [present, absent]
    default: present
  timeout:
    description: How long to wait, in seconds.
    type: int
    default: 600
"""

EXAMPLES = r"""
- name: Create a registry
  codexdominion.azure.container_registry:
    resource_group: codex-rg
    name: codexdominionacr
    location: eastus
    sku: Basic

- name: Switch the admin user off, and touch nothing else
  codexdominion.azure.container_registry:
    resource_group: codex-rg
    name: codexdominionacr
    admin_user_enabled: false
"""

RETURN = r"""
container_registry:
  description: The registry as Azure has it now, or V(null) if there is none. Its host name is
    RV(container_registry.login_server).
  returned: success
  type: dict
  sample:
    id: /subscriptions/.../registries/codexdominionacr
    name: codexdominionacr
    login_server: codexdominionacr.azurecr.io
    admin_user_enabled: false
    sku:
      name: Basic
      tier: Basic
  contains:
    login_server:
      description: The host name to push to and pull from; V(null) as long as the registry does not exist.
      type: str
    credentials:
      description: The C(username) and C(password) of the admin user, or V(null) if there is no such user.
      returned: when O(return_credentials=true)
      type: dict
impact:
  description: What the change does to running things, one of V(none), V(restart), V(recreate), and V(data_loss).
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

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs, _names
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import converge
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec
from ansible_collections.codexdominion.azure.plugins.module_utils._registry._registry import SKUS, ContainerRegistry

PACKAGES = ("azure.mgmt.containerregistry",)
SPEC = (
    _common_specs.tracked(timeout=600)
    .merge(_common_specs.LOCATION)
    .merge(_common_specs.STATE)
    .merge(
        ArgumentSpec(
            options={
                "name": {"type": "str", "required": True},
                "sku": {"type": "str", "choices": list(SKUS)},
                "admin_user_enabled": {"type": "bool"},
                "return_credentials": {"type": "bool", "default": False},
            },
            rules={"name": _names.registry},
        )
    )
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Bring the registry to the wanted state."""
    return converge(ctx, ContainerRegistry(ctx))


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
