#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The traffic_manager_profile module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: traffic_manager_profile
version_added: 0.1.0
short_description: Create, switch, and delete a Traffic Manager profile with external endpoints
description:
  - Brings a Traffic Manager profile to the wanted state. What the task does not name is kept.
  - Endpoints are written together with the profile, so one task moves the traffic from one endpoint to another at once.
  - Clients see a switch when their cached DNS answer has expired, which takes the time to live of the profile.
  - Follows the API of Microsoft.Network that azure-mgmt-trafficmanager brings, see
    U(https://learn.microsoft.com/rest/api/trafficmanager/profiles).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.wait
  - codexdominion.azure.tags
  - codexdominion.azure.attributes
requirements:
  - azure-mgmt-trafficmanager
  - azure-mgmt-resource
options:
  resource_group:
    description: The resource group of the profile.
    type: str
    required: true
  name:
    description: The name of the profile.
    type: str
    required: true
  relative_name:
    description:
      - The first part of the host name below C(trafficmanager.net), unique in all of Azure.
      - The name of a new profile if this is not set. Read the whole name from RV(traffic_manager_profile.dns_config).
    type: str
  ttl:
    description: How long clients may keep an answer, in seconds; 30 for a new profile if this is not set.
    type: int
  routing_method:
    description: How an endpoint is chosen among those enabled; V(Priority) for a new profile if this is not set.
    type: str
    choices: [Priority, Weighted]
  monitor:
    description: How Azure finds out which endpoints are well.
    type: dict
    suboptions:
      protocol:
        description: The protocol; V(HTTP) for a new profile if this is not set.
        type: str
        choices: [HTTP, HTTPS, TCP]
      port:
        description: The port; V(80) for a new profile if this is not set.
        type: int
      path:
        description: The path to ask for; V(/) for a new profile if this is not set.
        type: str
      interval_seconds:
        description: How often to ask, V(10) or V(30).
        type: int
      timeout_seconds:
        description: How long to wait for an answer.
        type: int
      tolerated_failures:
        description: How many failures in a row are tolerated.
        type: int
  endpoints:
    description: All endpoints of the profile.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the endpoint.
        type: str
        required: true
      target:
        description: The host name or address.
        type: str
        required: true
      enabled:
        description: Whether the endpoint may get traffic.
        type: bool
        default: true
      weight:
        description: Its share with O(routing_method=Weighted), 1 to 1000.
        type: int
      priority:
        description: Its rank with O(routing_method=Priority), 1 to 1000; the lowest that is well gets all traffic.
        type: int
  await_online:
    description:
      - The endpoints to wait for until Azure's probes have found them online, changed or not.
      - Others may be what is to be replaced because it is not well, and are not waited for.
    type: list
    elements: str
    default: []
  state:
    description: V(absent) deletes the profile; its host name stops to resolve.
    type: str
    choices: [present, absent]
    default: present
  timeout:
    description: How long to wait, in seconds.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: Give the traffic to green
  codexdominion.azure.traffic_manager_profile:
    resource_group: codex-rg
    name: codex-api
    endpoints:
      - {name: blue, target: codex-api-blue.eastus.azurecontainer.io, enabled: false}
      - {name: green, target: codex-api-green.eastus.azurecontainer.io}
"""

RETURN = r"""
traffic_manager_profile:
  description: The profile as Azure has it now, or V(null) if there is none.
  returned: success
  type: dict
  sample:
    name: codex-api
    dns_config:
      fqdn: codex-api.trafficmanager.net
      ttl: 30
    endpoints:
      - name: green
        target: codex-api-green.eastus.azurecontainer.io
        endpoint_status: Enabled
        endpoint_monitor_status: Online
  contains:
    dns_config:
      description: The C(relative_name), the whole C(fqdn), and the C(ttl); V(null) as long as there is no profile.
      type: dict
impact:
  description: What the change does to running things, one of V(none), V(restart), V(recreate), and V(data_loss).
  returned: success
  type: str
  sample: none
operation:
  description: Always V(null), since Azure answers at once.
  returned: success
  type: dict
failure:
  description:
    - What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
      C(details).
  returned: failure
  type: dict
"""

from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._traffic import _task

PACKAGES = ("azure.mgmt.trafficmanager",)
SPEC = _task.SPEC
run = _task.run


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
