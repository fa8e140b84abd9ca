#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container_image_prune module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: container_image_prune
version_added: 0.1.0
short_description: Remove old tags and untagged images from a repository
description:
  - Removes the tags that match O(tag_pattern), except the newest O(keep) of them and all that point to a digest in
    O(keep_digests).
  - Removes images without a tag that are older than O(untagged_days), except those in O(keep_digests).
  - What stays keeps the parts it lists, what it belongs to, and what belongs to it, such as signatures, attestations
    and bills of materials, known by their subject (OCI 1.1) or by the tags Cosign gives them. What goes takes these
    along, with their tags and whatever their age; old ones whose image is gone already go too.
  - Nothing else is touched. If something cannot be read, nothing is removed, since it is not known what belongs to
    what.
  - Without O(username) the Azure identity of the run is used, which needs a role that may delete images.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.image_repository
  - codexdominion.azure.attributes
options:
  tag_pattern:
    description: A regular expression for whole tags. No tag is removed if this is not set.
    type: str
  keep:
    description: How many of the matching tags to keep, the most recently changed ones.
    type: int
    default: 10
  keep_digests:
    description: Digests that stay whatever their age, such as everything that is deployed.
    type: list
    elements: str
    required: true
  untagged_days:
    description: Remove images without a tag that are older than so many days. They all stay if this is not set.
    type: int
"""

EXAMPLES = r"""
- name: Say what would be removed
  codexdominion.azure.container_image_prune:
    registry: codexdominionacr.azurecr.io
    repository: codex-backend
    tag_pattern: release-.*
    keep: 5
    keep_digests: ["{{ running_digest }}"]
    untagged_days: 30
  check_mode: true
"""

RETURN = r"""
tags:
  description: The tags that were removed, or in check mode would be, the newest first.
  returned: success
  type: list
  elements: str
  sample: [release-20261022T200000Z-4f2a9c1]
manifests:
  description:
    - The digests of untagged images, and of what belonged to them, that were removed, or in check mode would be.
  returned: success
  type: list
  elements: str
  sample: []
impact:
  description: V(data_loss) if anything is removed, else V(none).
  returned: success
  type: str
  sample: none
failure:
  description:
    - What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
      C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec
from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _image_prune, _images

PACKAGES = ("azure.containerregistry",)
SPEC = _common_specs.AZURE.merge(_common_specs.IMAGES).merge(
    ArgumentSpec(
        options={
            "tag_pattern": {"type": "str"},
            "keep": {"type": "int", "default": 10},
            "keep_digests": {"type": "list", "elements": "str", "required": True},
            "untagged_days": {"type": "int"},
        },
        rules={"tag_pattern": _image_prune.problem_with_pattern},
        checks=(_image_prune.problems,),
    )
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Remove what is old."""
    params = ctx.params
    registry = _images.Registry(ctx.session, params["registry"], params["username"], params["password"])
    return _image_prune.prune(ctx, registry)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
