#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container_group module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: container_group
version_added: 0.1.0
short_description: Create, change, restart, stop, start, and delete a container group
description:
  - Brings a group of Azure Container Instances to the wanted state, and waits until its containers run and stay
    running.
  - A converged group is not written at all, since Azure restarts every container on each write, even one without a
    change.
  - What the task does not name is kept. Azure replaces the whole group on a write, so the module sends everything
    again; if that
    needs a secret that Azure does not return, the task fails before the write and says which.
  - Most changes are made in place, with one restart of all containers. Size, restart policy, operating system, subnet,
    and kind of
    address need a new group, which is made only with O(allow_recreate=true).
  - A secret that has another value than the one applied last is a change. What was applied is remembered in the tag
    C(codex-secrets) as short, salted, scrypt-hardened digests. This cannot see that somebody else wrote the group again
    with our
    tags and another secret.
  - Follows API version 2023-05-01 of Microsoft.ContainerInstance, see
    U(https://learn.microsoft.com/rest/api/container-instances/container-groups).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.wait
  - codexdominion.azure.tags
  - codexdominion.azure.secrets_key
  - codexdominion.azure.attributes
requirements:
  - azure-mgmt-containerinstance
  - azure-mgmt-resource
  - azure-containerregistry
options:
  resource_group:
    description: The resource group of the container group.
    type: str
    required: true
  name:
    description: The name of the container group, 1 to 63 lower-case letters, digits, and single inner hyphens.
    type: str
    required: true
  state:
    description:
      - V(present) creates or changes the group, V(absent) deletes it and waits until it is gone.
      - V(restarted), V(started), and V(stopped) act on a group as it is and change nothing of it. V(restarted) acts
        every time.
    type: str
    choices: [present, absent, restarted, started, stopped]
    default: present
  location:
    description: The region, such as V(eastus). Required when the group does not exist yet; a group cannot move.
    type: str
  containers:
    description:
      - All containers of the group. Required when the group does not exist yet; containers that are not listed are
        removed.
      - Of a container that exists, what is not named here is kept.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the container.
        type: str
        required: true
      image:
        description:
          - The image, by tag or by digest. Required for a new container.
          - A tag in a registry named in O(registry_credentials) is resolved, and the digest is deployed; so a tag that
            was moved is a
            change, and a running container never changes behind its tag.
        type: str
      cpu:
        description: CPU cores; 1 for a new container if this is not set.
        type: float
      memory:
        description: Memory in GB; 1.5 for a new container if this is not set.
        type: float
      ports:
        description: Ports the container listens on, such as V(8001) or V(53/udp).
        type: list
        elements: str
      environment:
        description:
          - All plain environment variables. They can be read back by everyone who may read the group.
          - Values are text. Integers and booleans are taken in the one form they have (C(8001), C(true)); everything
            else that YAML makes of a plain word is refused, quote it.
        type: dict
      secret_environment:
        description: All secret environment variables, with values as in O(containers[].environment). Azure never
          returns them.
        type: dict
      command:
        description: The command to run instead of the image's entry point. An empty list goes back to that.
        type: list
        elements: str
      liveness_probe:
        description: When this fails, Azure restarts the container. Azure's defaults apply to the numbers that are left
          out. An empty dictionary takes the probe away.
        type: dict
        suboptions:
          http_get:
            description: Ask over HTTP; any status from 200 to 399 counts as success.
            type: dict
            suboptions:
              path:
                description: The path to ask for.
                type: str
                default: /
              port:
                description: The container's port.
                type: int
                required: true
              scheme:
                description: The protocol.
                type: str
                choices: [http, https]
                default: http
          command:
            description: Run this in the container; exit code 0 counts as success.
            type: list
            elements: str
          initial_delay_seconds:
            description: Seconds after the start before the first probe.
            type: int
          period_seconds:
            description: Seconds between probes.
            type: int
          failure_threshold:
            description: So many failures in a row count as failed.
            type: int
          success_threshold:
            description: So many successes in a row count as well again.
            type: int
          timeout_seconds:
            description: Seconds after which a probe counts as failed.
            type: int
      readiness_probe:
        description: Whether the container is ready; on a single group this removes it from nothing. Azure's defaults
          apply to the numbers that are left out. An empty dictionary takes the probe away.
        type: dict
        suboptions:
          http_get:
            description: Ask over HTTP; any status from 200 to 399 counts as success.
            type: dict
            suboptions:
              path:
                description: The path to ask for.
                type: str
                default: /
              port:
                description: The container's port.
                type: int
                required: true
              scheme:
                description: The protocol.
                type: str
                choices: [http, https]
                default: http
          command:
            description: Run this in the container; exit code 0 counts as success.
            type: list
            elements: str
          initial_delay_seconds:
            description: Seconds after the start before the first probe.
            type: int
          period_seconds:
            description: Seconds between probes.
            type: int
          failure_threshold:
            description: So many failures in a row count as failed.
            type: int
          success_threshold:
            description: So many successes in a row count as well again.
            type: int
          timeout_seconds:
            description: Seconds after which a probe counts as failed.
            type: int
      volume_mounts:
        description: Where the container sees volumes of the group.
        type: list
        elements: dict
        suboptions:
          name:
            description: The name of the volume in O(volumes).
            type: str
            required: true
          mount_path:
            description: The path in the container.
            type: str
            required: true
          read_only:
            description: Whether the container may only read.
            type: bool
            default: false
  ip_address:
    description:
      - Whether the group has an address, and of which kind. A new group has a public one if O(dns_name_label) is set,
        else none.
      - Nothing is opened to the network unless this or O(dns_name_label) says so.
    type: str
    choices: [Public, Private, None]
  ports:
    description: The ports open at the group's address, at most five. The ports of all containers if this is not set.
    type: list
    elements: str
  dns_name_label:
    description:
      - The first part of the group's host name. Read the whole name from RV(container_group.ip_address) and never build
        it.
      - An empty one takes the label away, which restarts the group and gives the name up.
    type: str
  dns_name_label_scope:
    description:
      - Who else may use the label. With V(Unsecure), Azure's default, the name is just
        C(label.region.azurecontainer.io), and
        anyone may take it over once the group is deleted; the others put a hash into the name.
    type: str
    choices: [Unsecure, TenantReuse, SubscriptionReuse, ResourceGroupReuse, Noreuse]
  subnet_ids:
    description: The subnet of a private group.
    type: list
    elements: str
  os_type:
    description: The operating system; V(Linux) for a new group if this is not set.
    type: str
    choices: [Linux, Windows]
  restart_policy:
    description: Whether Azure starts containers again that have ended; V(Always) for a new group if this is not set.
    type: str
    choices: [Always, OnFailure, Never]
  registry_credentials:
    description:
      - How to pull images. Prefer an identity with the role AcrPull; a new role may take minutes to work, for which the
        module
        waits O(image_access_timeout).
    type: list
    elements: dict
    suboptions:
      server:
        description: The host name of the registry.
        type: str
        required: true
      identity:
        description: The id of a user-assigned identity. It is added to the identities of the group.
        type: str
      username:
        description: A user name, instead of O(registry_credentials[].identity).
        type: str
      password:
        description: The password to O(registry_credentials[].username).
        type: str
  identities:
    description: The ids of all user-assigned identities of the group, beside those in O(registry_credentials).
    type: list
    elements: str
  log_analytics:
    description: Where Azure sends the containers' logs.
    type: dict
    suboptions:
      workspace_id:
        description: The id of the Log Analytics workspace.
        type: str
        required: true
      workspace_key:
        description: A key of the workspace.
        type: str
        required: true
  volumes:
    description: All volumes of the group.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the volume.
        type: str
        required: true
      empty_dir:
        description: An empty folder that lives as long as the group; set to V(true).
        type: bool
      secret:
        description: Files with secrets, content by file name.
        type: dict
      azure_file:
        description: An Azure Files share.
        type: dict
        suboptions:
          share_name:
            description: The name of the share.
            type: str
            required: true
          storage_account_name:
            description: The storage account.
            type: str
            required: true
          storage_account_key:
            description: A key of the storage account.
            type: str
            required: true
          read_only:
            description: Whether the share is mounted for reading only.
            type: bool
            default: false
      git_repo:
        description: A clone of a public git repository.
        type: dict
        suboptions:
          repository:
            description: The URL of the repository.
            type: str
            required: true
          directory:
            description: The target folder.
            type: str
          revision:
            description: The commit.
            type: str
  resolve_digest:
    description: Whether to deploy by digest an image that is named by tag.
    type: bool
    default: true
  allow_recreate:
    description:
      - Whether the group may be deleted and created where Azure cannot change it in place. Its address may change then.
    type: bool
    default: false
  planned:
    description:
      - Whether an earlier task of the same run creates the group. Under check mode, where it is not there yet, the
        O(tags) count as a change of it then. Otherwise this means nothing.
    type: bool
    default: false
  stable_seconds:
    description:
      - How long the containers must have run without a restart before the task is done.
      - A container with a liveness probe must have passed it, too. Its page is asked as Azure asks it; where it cannot
        be asked from here, the container is watched for as long as Azure takes to kill one whose probe fails.
    type: int
    default: 10
  image_access_timeout:
    description: How long to try again, in seconds, while the identity in O(registry_credentials) may not pull the image
      yet.
    type: int
    default: 300
  gates:
    description:
      - Pages that have to answer before a change that restarts or creates something is done, in this order.
      - They are asked at the group's public address; a group without one is not asked.
      - With gates, a group for which nothing that restarts it has to be written must run and answer as well, and one
        that was stopped is started.
    type: list
    elements: dict
    suboptions:
      path:
        description: The path of the page.
        type: str
        required: true
      port:
        description: The port it is asked at.
        type: int
        required: true
      status:
        description: The status it has to answer with.
        type: int
        default: 200
      timeout:
        description: How long it may take until it does, in seconds.
        type: int
        default: 120
  rollback:
    description:
      - Whether a change is undone that does not run, whose liveness probe fails, or whose O(gates) do not answer.
      - Image, size, command, probes, plain variables, ports and restart policy are what they were.
      - The task fails all the same, and C(failure.details.done) says what was done.
      - Azure gives no secrets back, so those are the ones of the task.
    type: bool
    default: false
  remove_failed:
    description: Whether O(rollback) also removes a group that was not there before.
    type: bool
    default: false
  timeout:
    description: How long to wait, in seconds. Azure itself gives up after 30 minutes.
    type: int
    default: 1800
"""

EXAMPLES = r"""
- name: Run the backend
  codexdominion.azure.container_group:
    resource_group: codex-rg
    name: codex-api
    location: eastus
    dns_name_label: codex-api
    containers:
      - name: api
        image: codexdominionacr.azurecr.io/codex-backend:4f2a9c1
        cpu: 1
        memory: 1
        ports: [8001]
        environment:
          PORT: "8001"
        secret_environment:
          DATABASE_URL: "{{ database_url }}"
    registry_credentials:
      - server: codexdominionacr.azurecr.io
        identity: "{{ identity.user_assigned_identity.id }}"

- name: Restart it, and touch nothing else
  codexdominion.azure.container_group:
    resource_group: codex-rg
    name: codex-api
    state: restarted
"""

RETURN = r"""
container_group:
  description:
    - The group as Azure has it now, or V(null) if there is none. Secret values are never part of it.
    - In check mode, a group that does not exist yet has only C(id) and C(name).
  returned: success
  type: dict
  sample:
    id: /subscriptions/.../containerGroups/codex-api
    name: codex-api
    location: eastus
    provisioning_state: Succeeded
    ip_address:
      ip: 20.0.0.1
      fqdn: codex-api.eastus.azurecontainer.io
      type: Public
    containers:
      - name: api
        image: codexdominionacr.azurecr.io/codex-backend@sha256:0a1b...
  contains:
    ip_address:
      description: The C(ip), C(fqdn), C(ports), and C(type) of the group; missing if it has no address.
      type: dict
previous:
  description: What of the group as it was before the task is needed to decide something; V(null) if there was none.
  returned: success
  type: dict
  sample:
    name: codex-api
    images: ["codexdominionacr.azurecr.io/codex-backend@sha256:0a1b..."]
impact:
  description:
    - What the change does to running things. V(none) for tags, V(restart) for what is changed in place, V(recreate) if
      the group is
      deleted and created, V(data_loss) if it is deleted.
  returned: success
  type: str
  sample: restart
operation:
  description: What still runs, for M(codexdominion.azure.operation_wait); V(null) if Azure has finished.
  returned: success
  type: dict
failure:
  description:
    - What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and C(details).
    - C(details) holds what was C(expected) and C(answered), the container's C(state), C(exit_code), C(restart_count),
      C(events), and the last lines of its C(log), whether the group C(existed) and whether the task C(wrote) it, and
      with O(rollback) what was C(done).
  returned: failure
  type: dict
"""

from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import _spec, _task
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module

PACKAGES = ("azure.mgmt.containerinstance",)
SPEC = _spec.SPEC
run = _task.run


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
