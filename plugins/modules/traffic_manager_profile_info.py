#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The traffic_manager_profile_info module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: traffic_manager_profile_info
version_added: 0.1.0
short_description: Show a Traffic Manager profile with what its probes have found
description:
  - Returns one profile with its endpoints, which of them may get traffic, and which of them Azure's probes find online.
  - Follows the API of Microsoft.Network that azure-mgmt-trafficmanager brings, see
    U(https://learn.microsoft.com/rest/api/trafficmanager/profiles).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.attributes.read_only
requirements:
  - azure-mgmt-trafficmanager
options:
  resource_group:
    description: The resource group.
    type: str
    required: true
  name:
    description: The name of the profile.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Look at who takes the traffic
  codexdominion.azure.traffic_manager_profile_info:
    resource_group: codex-rg
    name: codex-api-traffic
  register: traffic

- name: Show it
  ansible.builtin.debug:
    msg: "{{ traffic.traffic_manager_profiles[0].endpoints | map(attribute='endpoint_monitor_status') }}"
"""

RETURN = r"""
traffic_manager_profiles:
  description: The profile, or an empty list if there is none.
  returned: success
  type: list
  elements: dict
  sample:
    - name: codex-api-traffic
      dns_config:
        fqdn: codex-api.trafficmanager.net
        ttl: 30
      endpoints:
        - name: green
          target: codex-api-green.eastus.azurecontainer.io
          endpoint_status: Enabled
          endpoint_monitor_status: Online
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec
from ansible_collections.codexdominion.azure.plugins.module_utils._traffic._profile import find_profile

PACKAGES = ("azure.mgmt.trafficmanager",)
SPEC = _common_specs.AZURE.merge(_common_specs.IN_GROUP).merge(
    ArgumentSpec(options={"name": {"type": "str", "required": True}})
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Return the profile."""
    return {"changed": False, "traffic_manager_profiles": find_profile(ctx)}


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
