#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user_assigned_identity module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: user_assigned_identity
version_added: 0.1.0
short_description: Create, tag, and delete a user-assigned managed identity
description:
  - Brings a user-assigned managed identity to the wanted state. A container group uses one to pull its image without a
    password.
  - Follows API version 2024-11-30 of Microsoft.ManagedIdentity, see
    U(https://learn.microsoft.com/rest/api/managedidentity/user-assigned-identities).
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
  resource_group:
    description: The resource group of the identity.
    type: str
    required: true
  name:
    description: The name of the identity, 3 to 128 letters, digits, underscores, and hyphens.
    type: str
    required: true
  location:
    description: The region, such as V(eastus). Required when the identity does not exist yet; an identity cannot move.
    type: str
  state:
    description: V(absent) deletes the identity. Whatever still uses it can no longer sign in.
    type: str
    choices: [present, absent]
    default: present
  timeout:
    description: How long to wait, in seconds.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: Create the identity that pulls the backend's image
  codexdominion.azure.user_assigned_identity:
    resource_group: codex-rg
    name: codex-api-pull
    location: eastus
"""

RETURN = r"""
user_assigned_identity:
  description: The identity as Azure has it now, or V(null) if there is none.
  returned: success
  type: dict
  sample:
    id: /subscriptions/.../userAssignedIdentities/codex-api-pull
    name: codex-api-pull
    principal_id: 00000000-0000-0000-0000-000000000001
    client_id: 00000000-0000-0000-0000-000000000002
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
from ansible_collections.codexdominion.azure.plugins.module_utils._identity._user_assigned_identity import (
    UserAssignedIdentity,
)

PACKAGES = ("azure.mgmt.resource.resources",)
SPEC = (
    _common_specs.tracked(timeout=300)
    .merge(_common_specs.LOCATION)
    .merge(_common_specs.STATE)
    .merge(ArgumentSpec(options={"name": {"type": "str", "required": True}}, rules={"name": _names.identity}))
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Bring the identity to the wanted state."""
    return converge(ctx, UserAssignedIdentity(ctx))


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
