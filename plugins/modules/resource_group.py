#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resource_group module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: resource_group
version_added: 0.1.0
short_description: Create, tag, and delete a resource group
description:
  - Brings a resource group to the wanted state.
  - Follows API version 2025-04-01 of Microsoft.Resources, see
    U(https://learn.microsoft.com/rest/api/resources/resource-groups).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.wait
  - codexdominion.azure.tags
  - codexdominion.azure.attributes
requirements:
  - azure-mgmt-resource
options:
  name:
    description: The name of the resource group.
    type: str
    required: true
  location:
    description:
      - The region, such as V(eastus). Required when the group does not exist yet.
      - A group cannot move; naming another region than its own is an error.
    type: str
  state:
    description: V(absent) deletes the group.
    type: str
    choices: [present, absent]
    default: present
  force:
    description: With O(state=absent), delete the group together with the resources in it.
    type: bool
    default: false
  removed:
    description:
      - With O(state=absent), what earlier tasks of the same run remove from the group, as type and name, such as
        V(Microsoft.Cache/redis/codex-redis-cache). Under check mode it is still there, and does not count.
      - A real run never reads this, it looks at what is there.
    type: list
    elements: str
    default: []
  timeout:
    description: How long to wait, in seconds.
    type: int
    default: 1800
"""

EXAMPLES = r"""
- name: Create a resource group
  codexdominion.azure.resource_group:
    name: codex-rg
    location: eastus
    tags:
      environment: production

- name: Delete a resource group that must be empty
  codexdominion.azure.resource_group:
    name: codex-rg
    state: absent
"""

RETURN = r"""
resource_group:
  description: The resource group as Azure has it now, or V(null) if there is none.
  returned: success
  type: dict
  sample:
    id: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/codex-rg
    name: codex-rg
    location: eastus
    tags: {}
    provisioning_state: Succeeded
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

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._resource_group import ResourceGroup
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs, _names
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import converge
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec

PACKAGES = ("azure.mgmt.resource.resources",)
SPEC = (
    _common_specs.AZURE.merge(_common_specs.wait(timeout=1800))
    .merge(_common_specs.TAGS)
    .merge(_common_specs.LOCATION)
    .merge(_common_specs.STATE)
    .merge(
        ArgumentSpec(
            options={
                "name": {"type": "str", "required": True},
                "force": {"type": "bool", "default": False},
                "removed": {"type": "list", "elements": "str", "default": []},
            },
            rules={"name": _names.resource_group},
        )
    )
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Bring the resource group to the wanted state."""
    return converge(ctx, ResourceGroup(ctx))


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
