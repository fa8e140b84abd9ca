#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container_group_info module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: container_group_info
version_added: 0.1.0
short_description: Show container groups with the state of their containers
description:
  - Returns one container group with state, events, and restart counts, or all groups of a resource group without them,
    as Azure does.
  - Follows API version 2023-05-01 of Microsoft.ContainerInstance, see
    U(https://learn.microsoft.com/rest/api/container-instances/container-groups).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.attributes.read_only
requirements:
  - azure-mgmt-containerinstance
options:
  resource_group:
    description: The resource group.
    type: str
    required: true
  name:
    description: The container group. All groups of the resource group if this is not set.
    type: str
"""

EXAMPLES = r"""
- name: Look at the backend
  codexdominion.azure.container_group_info:
    resource_group: codex-rg
    name: codex-api
  register: backend

- name: Show how often it was restarted
  ansible.builtin.debug:
    msg: "{{ backend.container_groups[0].containers[0].instance_view.restart_count }}"
"""

RETURN = r"""
container_groups:
  description: The groups, empty if there is none, or no such resource group. Secret values are never part of them.
  returned: success
  type: list
  elements: dict
  sample:
    - name: codex-api
      provisioning_state: Succeeded
      instance_view:
        state: Running
        events: []
      containers:
        - name: api
          instance_view:
            restart_count: 0
            current_state:
              state: Running
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._container_group._group import find_groups
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs, _names
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec

PACKAGES = ("azure.mgmt.containerinstance",)
SPEC = _common_specs.AZURE.merge(_common_specs.IN_GROUP).merge(
    ArgumentSpec(options={"name": {"type": "str"}}, rules={"name": _names.container})
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Return the container groups."""
    return {"changed": False, "container_groups": find_groups(ctx)}


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
