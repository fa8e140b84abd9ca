#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend_deployment module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backend_deployment
version_added: 0.1.0
short_description: Bring a change of the backend of a stack into service
description:
  - Brings the container groups of a backend, and its Traffic Manager profile, to the wanted state by a strategy.
  - With V(in_place) and V(recreate) the one group is changed, has to run and to answer, and is put back if it does not,
    see M(codexdominion.azure.container_group).
  - With V(blue_green) a change goes to the colour that does not serve. Once that runs, answers us, and is found online
    by Azure's own probes, one write gives it the traffic; it is watched, and the other one is removed or stopped.
    Whatever fails before, the traffic stays where it was or goes back, and what failed is removed.
  - What serves is compared first; nothing is written where nothing differs, and what restarts nothing is written to the
    colour that serves.
  - From one strategy to the other goes only what O(allow_recreate) allows, since the backend gets another address.
  - What an interrupted run has left is finished or undone by the next one.
  - In check mode RV(steps) says step by step what would be done.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.wait
  - codexdominion.azure.secrets_key
  - codexdominion.azure.attributes
requirements:
  - azure-mgmt-containerinstance
  - azure-mgmt-trafficmanager
  - azure-mgmt-resource
options:
  resource_group:
    description: The resource group.
    type: str
    required: true
  name:
    description: The name of the backend, and of its container. Its colours are called like it, with the colour behind.
    type: str
    required: true
  strategy:
    description: How a change gets into service. V(recreate) is V(in_place) that may delete and create the group.
    type: str
    choices: [in_place, recreate, blue_green]
    default: in_place
  change:
    description:
      - What may change. V(environment) keeps the image that runs and, but with the strategy V(blue_green), names
        nothing but the environment.
      - V(restart) restarts the containers that serve, and changes nothing else. It acts every time.
    type: str
    choices: [everything, environment, restart]
    default: everything
  image:
    description: The image to run, by its digest. Required to change everything.
    type: str
  group_names:
    description: The names of the backend's container groups there are, where M(codexdominion.azure.backend_info) has
      just said it. They are asked for if this is not set.
    type: list
    elements: str
  serving_image:
    description: The image that runs, where O(group_names) says what there is.
    type: str
  location:
    description: The region, such as V(eastus). Required for a group that does not exist yet.
    type: str
  cpu:
    description: CPU cores.
    type: float
  memory:
    description: Memory in GB.
    type: float
  port:
    description: The port the backend listens on.
    type: int
    default: 8001
  ip_address:
    description: Whether it has an address, and of which kind. The strategy V(blue_green) needs V(Public).
    type: str
    choices: [Public, Private, None]
  dns_label:
    description: The first part of its host name; those of colours have the colour behind. None if empty.
    type: str
    default: ""
  dns_label_scope:
    description: Who else may use the label, see M(codexdominion.azure.container_group).
    type: str
    choices: [Unsecure, TenantReuse, SubscriptionReuse, ResourceGroupReuse, Noreuse]
  environment:
    description: All plain environment variables. They can be read back by everyone who may read the group.
    type: dict
  secret_environment:
    description: All secret environment variables. Azure never returns them.
    type: dict
  command:
    description: The command to run instead of the image's entry point. An empty list goes back to that.
    type: list
    elements: str
  liveness_path:
    description: The page by which Azure sees whether it is alive; no probe if empty.
    type: str
    default: ""
  readiness_path:
    description:
      - The page by which everybody sees whether it is ready; it has to answer before a change is done. None if empty.
      - The strategy V(blue_green) needs it.
    type: str
    default: ""
  health_path:
    description: A further page that has to answer before a change is done. None if empty.
    type: str
    default: ""
  restart_policy:
    description: Whether Azure starts the container again when it has ended.
    type: str
    choices: [Always, OnFailure, Never]
  tags:
    description: Tags of everything that is made; tags that others have set stay.
    type: dict
  pull:
    description: Whether the image is pulled with O(identity), or with the registry's admin user.
    type: str
    choices: [identity, admin]
    default: identity
  registry:
    description: The host name of the registry. Empty as long as it does not exist, in check mode.
    type: str
  registry_username:
    description: The registry's admin user.
    type: str
  registry_password:
    description: The password to O(registry_username).
    type: str
  identity:
    description: The id of the user-assigned identity that pulls the image.
    type: str
  image_access_timeout:
    description: How long to try again, in seconds, while O(identity) may not pull the image yet.
    type: int
    default: 300
  allow_recreate:
    description: Whether a group may be deleted and created, or the strategy changed; the address may change then.
    type: bool
    default: false
  stable_seconds:
    description: How long the container must have run without a restart before it counts as running, in seconds.
    type: int
    default: 10
  ready_timeout:
    description: How long a page may take to answer, and the probes of Azure to find a new colour online, in seconds.
    type: int
    default: 120
  traffic_name:
    description: The first part of the host name below trafficmanager.net. O(dns_label) or O(name) if this is not set.
    type: str
  traffic_ttl:
    description: How long clients may keep the answer of Traffic Manager, in seconds.
    type: int
    default: 30
  bake_seconds:
    description: How long a new colour is watched at least once it has the traffic, in seconds.
    type: int
    default: 60
  drain_seconds:
    description: How long what is replaced goes on answering at least, in seconds. Not less than O(traffic_ttl).
    type: int
    default: 60
  keep_previous:
    description: Whether the colour that was replaced is stopped instead of removed; a rollback is faster then.
    type: bool
    default: false
  allowed_site:
    description:
      - The static web app whose pages may call the backend. Its origins are added to C(ALLOWED_ORIGINS) in
        O(environment), that of its own host name and those of its custom domains.
      - Nothing is added as long as there is no such static web app.
    type: str
  allowed_site_is_planned:
    description: Whether this run creates O(allowed_site) before; check mode counts with an unknown origin then.
    type: bool
    default: false
  allowed_site_resource_group:
    description: The resource group of O(allowed_site). That of the backend if not set.
    type: str
  hide:
    description: Secrets beside O(secret_environment) that must not be shown of an answer or of a log line.
    type: list
    elements: str
    default: []
  timeout:
    description: How long to wait for each group, in seconds. Azure itself gives up after 30 minutes.
    type: int
    default: 1800
"""

EXAMPLES = r"""
- name: Bring another image into service, beside the one that serves
  codexdominion.azure.backend_deployment:
    resource_group: codex-rg
    name: codex-api
    strategy: blue_green
    location: eastus
    image: codexdominionacr.azurecr.io/codex-backend@sha256:0a1b...
    ip_address: Public
    readiness_path: /ready
    registry: codexdominionacr.azurecr.io
    identity: "{{ identity.user_assigned_identity.id }}"

- name: Restart what serves, and touch nothing else
  codexdominion.azure.backend_deployment:
    resource_group: codex-rg
    name: codex-api
    change: restart
"""

RETURN = r"""
container_group:
  description: The group that serves in the end, as M(codexdominion.azure.container_group) returns it.
  returned: success
  type: dict
previous:
  description: What of this group as it was before is needed to decide something; V(null) if there was none.
  returned: success
  type: dict
traffic_manager_profile:
  description: The profile as it was when the deployment began, or was provided.
  returned: success, with O(strategy=blue_green)
  type: dict
impact:
  description: What the change does to those who use the backend, V(none), V(restart), or V(recreate).
  returned: success
  type: str
  sample: restart
steps:
  description: What was done, or in check mode would be, in this order.
  returned: success
  type: list
  elements: dict
  sample:
    - operation: create
      name: codex-api-green
    - operation: probe
      name: codex-api-green
    - operation: switch
      name: codex-api-green
    - operation: watch
      name: codex-api-green
      seconds: 60
    - operation: forget
      name: codex-api-green
    - operation: remove
      name: codex-api-blue
host:
  description: Where clients reach it; empty where it has no address, C(not known before) in check mode.
  returned: success
  type: str
  sample: codex-api.trafficmanager.net
image:
  description: The image that runs.
  returned: success
  type: str
  sample: codexdominionacr.azurecr.io/codex-backend@sha256:0a1b...
digest:
  description: Its digest.
  returned: success
  type: str
  sample: sha256:0a1b...
environment_digest:
  description: What tells its environment from another one, by the plain variables and the names of the secret ones.
  returned: success
  type: str
  sample: 4c1f0a9b2d3e
unknown_environment:
  description: Under check mode, the secret variables with the address of something that is not there yet, where nothing
    else would be changed. If they turn out as they are, nothing is.
  returned: success
  type: list
  elements: str
  sample: [DATABASE_URL]
operation:
  description: What still runs, for M(codexdominion.azure.operation_wait); V(null) if Azure has finished.
  returned: success
  type: dict
failure:
  description:
    - What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and C(details).
    - C(details) holds what M(codexdominion.azure.container_group) says of what failed, and as C(way_back) where the
      traffic is now and what became of what failed. The filter P(codexdominion.azure.backend_report#filter) tells it.
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _deployment_spec
from ansible_collections.codexdominion.azure.plugins.module_utils._backend._deployment import Deployment
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module

PACKAGES = ("azure.mgmt.containerinstance",)
SPEC = _deployment_spec.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Deploy."""
    return Deployment(ctx).run()


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
