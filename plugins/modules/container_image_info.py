#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container_image_info module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: container_image_info
version_added: 0.1.0
short_description: Look up images in an Azure container registry
description:
  - Resolves a tag to its digest, or lists the tags of a repository with their dates, the most recently changed first.
  - Asks the registry itself, through its own token exchange. Without O(username) the Azure identity of the run is used,
    which needs the role AcrPull or Reader.
  - Follows API version 2021-07-01 of the registry's data plane, see
    U(https://learn.microsoft.com/rest/api/containerregistry/).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.image_repository
  - codexdominion.azure.attributes.read_only
options:
  tag:
    description: Look up this tag only.
    type: str
  digest:
    description: Look up this digest only.
    type: str
  choose:
    description:
      - Choose the image to run, as RV(chosen), beside listing all tags.
      - With O(digest), which needs no tag, or O(tag) it is that one, and otherwise the one whose tag was changed last.
        Signatures, attestations, Helm charts and other artefacts are no choice, nor is an image for another platform.
        What a manifest is is decided by its media types and its platform, whatever its tag is called.
    type: bool
    default: false
  platform:
    description: What the image has to be built for, as operating system and architecture. Only with O(choose).
    type: str
    default: linux/amd64
  ignore_tags:
    description: A regular expression for the beginning of tags that are not chosen as the newest. Only with O(choose).
    type: str
"""

EXAMPLES = r"""
- name: List the tags of the backend
  codexdominion.azure.container_image_info:
    registry: codexdominionacr.azurecr.io
    repository: codex-backend
  register: backend

- name: Find the newest one that can be run, whatever was pushed beside it
  codexdominion.azure.container_image_info:
    registry: codexdominionacr.azurecr.io
    repository: codex-backend
    choose: true
    ignore_tags: release-
  register: backend

- name: Show its digest
  ansible.builtin.debug:
    msg: "{{ backend.chosen.digest }}"
"""

RETURN = r"""
exists:
  description: Whether there is any such image; with O(choose), whether one was chosen.
  returned: success
  type: bool
images:
  description: The images, the most recently changed tag first. Empty if there is none.
  returned: success
  type: list
  elements: dict
  sample:
    - registry: codexdominionacr.azurecr.io
      repository: codex-backend
      tag: 4f2a9c1
      digest: sha256:0a1b...
      image: codexdominionacr.azurecr.io/codex-backend@sha256:0a1b...
      created: "2026-11-22T20:00:00+00:00"
      last_updated: "2026-11-22T20:00:00+00:00"
chosen:
  description: The image to run, as in RV(images), or V(null). Its C(tag) is V(null) if it has none.
  returned: success, with O(choose)
  type: dict
passed_over:
  description: What was changed later than RV(chosen) and is no choice, as in RV(images), each with its C(reason).
  returned: success, with O(choose)
  type: list
  elements: dict
problem:
  description: Why nothing was chosen, in one line; empty otherwise.
  returned: success, with O(choose)
  type: str
  sample: ""
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
from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _image_choice, _images

PACKAGES = ("azure.containerregistry",)
SPEC = _common_specs.AZURE.merge(_common_specs.IMAGES).merge(_image_choice.SPEC)


def run(ctx: Context) -> dict[str, t.Any]:
    """Look the images up."""
    params = ctx.params
    registry = _images.Registry(ctx.session, params["registry"], params["username"], params["password"])
    look = _image_choice.choose if params["choose"] else _image_choice.look_up
    return {"changed": False, **look(registry, params)}


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
