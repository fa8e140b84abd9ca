#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend_info module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backend_info
version_added: 0.1.0
short_description: Show who serves as the backend of a stack, its releases, and what there is to run
description:
  - Returns which container group serves, what else of the backend there is, what a change of its strategy would mean,
    and its releases, as one decision that tasks of a role work with.
  - A backend is one container group named after it, or, with the strategy V(blue_green), one for each colour, of which
    one gets the traffic of a Traffic Manager profile.
  - The registry is asked for its images at the same time as Azure for the groups.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.attributes.read_only
requirements:
  - azure-mgmt-containerinstance
  - azure-mgmt-trafficmanager
  - azure-containerregistry
options:
  resource_group:
    description: The resource group.
    type: str
    required: true
  name:
    description: The name of the backend. Its colours are called like it, with C(-blue) and C(-green) behind.
    type: str
    required: true
  strategy:
    description: How a change shall get into service, see M(codexdominion.azure.backend_deployment).
    type: str
    choices: [in_place, recreate, blue_green]
    default: in_place
  drain_seconds:
    description: How long what is replaced goes on answering, for what RV(backend.strategy_change) says.
    type: int
    default: 60
  inside:
    description: Whether to look into the container that serves too, for its state, its events, and its restarts.
    type: bool
    default: false
  required:
    description: Whether the task fails where nothing serves.
    type: bool
    default: false
  change:
    description:
      - What a deployment is about to change, see M(codexdominion.azure.backend_deployment). None if this is not set.
      - The task fails where that cannot be done, or may not, before anything is written.
    type: str
    choices: [everything, environment]
  allow_recreate:
    description: Whether the strategy may be changed, by which the backend gets another address.
    type: bool
    default: false
  choose:
    description:
      - Which image to choose as RV(backend.image). None if this is not set.
      - V(deploy) is the one named by O(image_digest) or O(image_tag), or else the newest that can be run, see
        M(codexdominion.azure.container_image_info).
      - V(rollback) is O(release), or else the release before the one that runs.
      - The task fails where there is none.
    type: str
    choices: [deploy, rollback]
  image_tag:
    description: The tag to deploy. Empty is as if this was not set.
    type: str
  image_digest:
    description: The digest to deploy. Empty is as if this was not set.
    type: str
  release:
    description: The release to go back to, by tag or digest. Empty is as if this was not set.
    type: str
  release_prefix:
    description: How the tags of the backend's releases begin, before C(-<UTC time>-<start of the digest>).
    type: str
    default: release
  registry:
    description:
      - The host name of the registry, as Azure gives it in C(login_server).
      - Empty for one that is not there yet; it has no images then.
    type: str
  registry_name:
    description: The name of the registry, for messages about one that is not there yet.
    type: str
  repository:
    description: The repository to look for images and releases in. They are not looked at if this is not set.
    type: str
  pull:
    description: Whether the backend pulls with an identity, or with the registry's admin user.
    type: str
    choices: [identity, admin]
    default: identity
  username:
    description: The registry's admin user. With O(pull=identity) the Azure identity of the run is used instead.
    type: str
  password:
    description: The password to O(username).
    type: str
  stack:
    description: The name of the stack, for messages. O(host) if this is not set.
    type: str
  host:
    description: The inventory's host, which commands in messages are limited to.
    type: str
  action:
    description: The playbook that runs, for messages.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: See who serves, and which release a rollback would bring back
  codexdominion.azure.backend_info:
    resource_group: codex-rg
    name: codex-api
    registry: codexdominionacr.azurecr.io
    repository: codex-backend
    choose: rollback
    host: "{{ inventory_hostname }}"
  register: found

- name: Show it
  ansible.builtin.debug:
    msg: "{{ found.backend.serving_name }} would run {{ found.backend.image }}"
"""

RETURN = r"""
backend:
  description: The backend.
  returned: success
  type: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: codex-api
    serving_name:
      description: The name of the group that serves, or would if it was there.
      type: str
      sample: codex-api-green
    serving:
      description:
        - The group that serves, or V(null), with C(name), C(colour), C(host), C(image), C(digest), and C(tags).
        - With O(inside) also its C(state), C(restart_count), and C(instance_view).
      type: dict
      sample:
        name: codex-api-green
        colour: green
        host: codex-api-green.eastus.azurecontainer.io
        image: codexdominionacr.azurecr.io/codex-backend@sha256:0a1b...
        digest: sha256:0a1b...
        tags: {}
        state: Running
        restart_count: 0
        instance_view: {}
    host:
      description: Where clients reach it, a host name or an address; empty where nothing serves.
      type: str
      sample: codex-api.trafficmanager.net
    missing:
      description: Why nothing serves, and what brings it; empty where something does.
      type: str
      sample: ""
    group_names:
      description: The names of its container groups there are.
      type: list
      elements: str
      sample: [codex-api-green]
    traffic:
      description: The endpoints of its Traffic Manager profile that may get traffic, the first one first.
      type: list
      elements: dict
      sample:
        - name: green
          target: codex-api-green.eastus.azurecontainer.io
          priority: 1
          endpoint_monitor_status: Online
    has_profile:
      description: Whether it has, or by O(strategy) should have, a Traffic Manager profile.
      type: bool
    strategy_change:
      description: What it means that what runs was made by another strategy than O(strategy); empty where it was not.
      type: str
      sample: ""
    resource_names:
      description: What it may consist of, as type and name.
      type: list
      elements: str
      sample: ["Microsoft.ContainerInstance/containerGroups/codex-api"]
    deployed_digests:
      description: The digests of everything that container groups of the resource group run.
      type: list
      elements: str
      sample: ["sha256:0a1b..."]
    releases:
      description:
        - Its releases, the newest first, each as M(codexdominion.azure.container_image_info) has it, with whether it is
          what runs as C(running).
      type: list
      elements: dict
      sample:
        - tag: release-codex-20261122T213935Z-7c89ab7
          digest: sha256:7c89ab7...
          created: "2026-11-22T21:39:35+00:00"
          running: true
    image:
      description: The image chosen by O(choose), by its digest; empty without it.
      type: str
      sample: codexdominionacr.azurecr.io/codex-backend@sha256:0a1b...
    serving_image:
      description: The image that runs; empty where nothing serves.
      type: str
      sample: codexdominionacr.azurecr.io/codex-backend@sha256:0a1b...
    replaces_image:
      description: Whether the chosen image would take the place of another one that runs.
      type: bool
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _look
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module

PACKAGES = ("azure.mgmt.containerinstance", "azure.containerregistry")
SPEC = _look.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Look at the backend."""
    return {"changed": False, "backend": _look.info(ctx)}


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
