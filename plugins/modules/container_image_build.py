#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container_image_build module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: container_image_build
version_added: 0.1.0
short_description: Build an image and push it to an Azure container registry
description:
  - Builds a directory with a Dockerfile, by a container engine or by a task of the registry, and returns the digest
    that the registry has of it.
  - An image that has the commit of its source as its tag is not built again, see O(always).
  - The output of the builder is shown as it comes.
  - The engine is asked by the Docker SDK for Python, and gets what O(context) holds, but for what C(.dockerignore)
    names, over its socket. Docker's own interface builds without BuildKit, so C(RUN --mount) needs Podman or
    O(method=acr_task).
  - Without O(username) the Azure identity of the run is used, which needs the role AcrPush, and for O(method=acr_task)
    also Contributor on the registry.
  - A task of the registry is cancelled when the run is interrupted or killed before it ends.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.image_repository
  - codexdominion.azure.attributes
requirements:
  - docker
  - azure-storage-blob
options:
  method:
    description:
      - Who builds. V(engine) is Docker or Podman behind a socket of this machine.
      - V(acr_task) is Azure, by a run of an ACR task, which is billed by the second and not to be had in subscriptions
        with free credit only.
    type: str
    choices: [engine, acr_task]
    required: true
  resource_group:
    description: The resource group of the registry. Required with O(method=acr_task).
    type: str
  registry_name:
    description: The name of the registry. Required with O(method=acr_task).
    type: str
  repository:
    description: The repository, such as V(codex-backend). With O(local_image) that of its name if this is not set.
    type: str
    required: false
  context:
    description: The directory to build from. Either this or O(local_image) is required.
    type: path
  local_image:
    description:
      - An image that the engine has, which is pushed instead of building one. Its tag is kept unless O(tag) says
        otherwise.
    type: str
  dockerfile:
    description: The Dockerfile, as a path inside of O(context).
    type: str
    default: Dockerfile
  target:
    description: The stage of the Dockerfile to build. The last one if this is not set.
    type: str
  platform:
    description: What to build for.
    type: str
    default: linux/amd64
  build_arguments:
    description:
      - Values for C(ARG) lines of the Dockerfile. Everybody who may pull the image can read them, so none may be
        named or look like a secret, or hold one of O(secrets).
    type: dict
  secrets:
    description: Values that are secrets, and that no build argument may hold.
    type: list
    elements: str
  tag:
    description:
      - The tag of the image. The commit of O(context) in git if this is not set.
    type: str
  more_tags:
    description: Tags that shall point to the image as well.
    type: list
    elements: str
    default: [latest]
  allow_dirty:
    description:
      - Whether to build although files of O(context) are not as they are committed. The tag then ends with C(-dirty).
    type: bool
    default: false
  always:
    description:
      - Whether to build although the registry has an image with the commit as its tag. The tag then moves to the new
        image.
      - Needed after other O(build_arguments), or for newer base images with O(pull).
    type: bool
    default: false
  pull:
    description:
      - Whether an engine asks for base images again although it has them. A task of the registry has none.
    type: bool
    default: false
  socket:
    description:
      - The address of the engine, such as V(unix:///run/podman/podman.sock).
      - If this is not set, E(DOCKER_HOST), or else Docker's socket or Podman's, where one of them is there.
    type: str
  timeout:
    description: How long a task of the registry may take, and an engine say nothing, in seconds.
    type: int
    default: 1800
"""

EXAMPLES = r"""
- name: Build what is checked out, and push it
  codexdominion.azure.container_image_build:
    method: engine
    registry: codexdominionacr.azurecr.io
    repository: codex-backend
    context: /srv/codex/backend
  register: built

- name: Have Azure build it
  codexdominion.azure.container_image_build:
    method: acr_task
    resource_group: codex-rg
    registry_name: codexdominionacr
    registry: codexdominionacr.azurecr.io
    repository: codex-backend
    context: /srv/codex/backend
    build_arguments:
      VERSION: 1.4.2
"""

RETURN = r"""
image:
  description:
    - The image as the registry has it. C(digest) and C(image) are V(null) under check mode where it is not built yet.
  returned: success
  type: dict
  sample:
    registry: codexdominionacr.azurecr.io
    repository: codex-backend
    tag: 4f2a9c1d0e8b7a6f5c4d3e2b1a0f9e8d7c6b5a49
    digest: sha256:0a1b...
    image: codexdominionacr.azurecr.io/codex-backend@sha256:0a1b...
tags:
  description: The tags that point to it.
  returned: success
  type: list
  elements: str
  sample: [4f2a9c1d0e8b7a6f5c4d3e2b1a0f9e8d7c6b5a49, latest]
built:
  description: Whether it was built, or under check mode would be. If not, the registry had it.
  returned: success
  type: bool
commit:
  description: The commit of the source, or V(null) where it is in no git repository.
  returned: success
  type: str
  sample: 4f2a9c1d0e8b7a6f5c4d3e2b1a0f9e8d7c6b5a49
dirty:
  description: Whether the source is not as it is committed.
  returned: success
  type: bool
run_id:
  description: The run of the registry's task, or V(null).
  returned: success
  type: str
  sample: ch1
impact:
  description: Always V(none), since nothing that runs looks at tags.
  returned: success
  type: str
  sample: none
failure:
  description:
    - What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
      C(details), which has the last lines of the builder as C(log).
  returned: failure
  type: dict
"""

from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _build

PACKAGES = ("azure.containerregistry",)
SPEC = _build.SPEC
run = _build.run


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
