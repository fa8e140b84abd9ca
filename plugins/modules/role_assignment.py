#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role_assignment module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: role_assignment
version_added: 0.1.0
short_description: Give a role to an identity, or take it away
description:
  - Makes sure that a principal has a role at a scope, or that it has not.
  - A new assignment takes effect after some minutes, which Azure does not show.
  - Follows API version 2022-04-01 of Microsoft.Authorization, see
    U(https://learn.microsoft.com/rest/api/authorization/role-assignments).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.wait
  - codexdominion.azure.attributes
requirements:
  - azure-mgmt-resource
options:
  scope:
    description: The id of the resource, resource group, or subscription the role is for.
    type: str
    required: true
  principal_id:
    description:
      - The object id of the user, group, service principal, or managed identity.
      - Required, but under check mode, where it may be V(null) for one that an earlier task of the same run would make.
    type: str
  principal_type:
    description: What the principal is. Without it, Azure would refuse an identity created a moment ago.
    type: str
    choices: [ServicePrincipal, User, Group]
    default: ServicePrincipal
  role:
    description: One of V(AcrPull), V(AcrPush), V(Contributor), V(Owner), V(Reader), or the GUID of any role definition.
    type: str
    required: true
  state:
    description: V(absent) removes the assignment.
    type: str
    choices: [present, absent]
    default: present
  timeout:
    description: How long to wait, in seconds.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: Let the backend's identity pull images
  codexdominion.azure.role_assignment:
    scope: "{{ registry.container_registry.id }}"
    principal_id: "{{ identity.user_assigned_identity.principal_id }}"
    role: AcrPull
"""

RETURN = r"""
role_assignment:
  description: The assignment as Azure has it now, or V(null) if there is none.
  returned: success
  type: dict
  sample:
    name: 6a9b1c0e-4f3d-5b7e-8f21-0c2d4e6f8a1b
    principal_id: 00000000-0000-0000-0000-000000000001
    scope: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/codex-rg
impact:
  description: What the change does to running things, one of V(none), V(restart), V(recreate), and V(data_loss).
  returned: success
  type: str
  sample: none
settling_seconds:
  description:
    - How many seconds the role may still take to show where it is used. 0 unless it was given a moment ago.
    - What M(codexdominion.azure.container_group) takes as C(image_access_timeout).
  returned: success
  type: int
  sample: 0
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

import datetime
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import converge
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec
from ansible_collections.codexdominion.azure.plugins.module_utils._identity._role_assignment import (
    RoleAssignment,
    problem_with_principal,
    problem_with_role,
    settling_seconds,
)

PACKAGES = ("azure.mgmt.resource.resources",)
SPEC = (
    _common_specs.AZURE.merge(_common_specs.wait(timeout=300))
    .merge(_common_specs.STATE)
    .merge(
        ArgumentSpec(
            options={
                "scope": {"type": "str", "required": True},
                "principal_id": {"type": "str"},
                "principal_type": {
                    "type": "str",
                    "choices": ["ServicePrincipal", "User", "Group"],
                    "default": "ServicePrincipal",
                },
                "role": {"type": "str", "required": True},
            },
            rules={"role": problem_with_role, "principal_id": problem_with_principal},
        )
    )
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Bring the assignment to the wanted state."""
    result = converge(ctx, RoleAssignment(ctx))
    now = datetime.datetime.now(datetime.UTC)
    return {**result, "settling_seconds": settling_seconds(result, now)}


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
