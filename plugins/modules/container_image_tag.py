#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container_image_tag module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: container_image_tag
version_added: 0.1.0
short_description: Tag an image that is in an Azure container registry
description:
  - Makes sure that a tag points to a digest, or that there is no such tag. No image data is moved.
  - Without O(username) the Azure identity of the run is used, which needs the role AcrPush.
  - Follows the OCI distribution specification, see U(https://github.com/opencontainers/distribution-spec).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.image_repository
  - codexdominion.azure.attributes
options:
  tag:
    description: The tag.
    type: str
    required: true
  digest:
    description: The digest the tag has to point to. Required with O(state=present).
    type: str
  state:
    description: V(absent) removes the tag; the image stays, by its digest.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Mark what was deployed
  codexdominion.azure.container_image_tag:
    registry: codexdominionacr.azurecr.io
    repository: codex-backend
    tag: release-20261122T200000Z-4f2a9c1
    digest: "{{ backend.images[0].digest }}"
"""

RETURN = r"""
image:
  description: The tag as the registry has it now, or V(null) if there is none.
  returned: success
  type: dict
  sample:
    registry: codexdominionacr.azurecr.io
    repository: codex-backend
    tag: release-20261122T200000Z-4f2a9c1
    digest: sha256:0a1b...
impact:
  description: Always V(none), since nothing that runs looks at tags.
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

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs, _plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec
from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _images

PACKAGES = ("azure.containerregistry",)
SPEC = (
    _common_specs.AZURE.merge(_common_specs.IMAGES)
    .merge(_common_specs.STATE)
    .merge(
        ArgumentSpec(
            options={"tag": {"type": "str", "required": True}, "digest": {"type": "str"}},
            required_if=(("state", "present", ["digest"]),),
            rules={"tag": _images.problem_with_tag, "digest": _images.problem_with_digest},
        )
    )
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Bring the tag to the wanted state."""
    params = ctx.params
    registry = _images.Registry(ctx.session, params["registry"], params["username"], params["password"])
    actual = registry.find_tag(params["repository"], params["tag"])
    before = actual["digest"] if actual else None
    wanted = params["digest"] if params["state"] == "present" else None
    plan = _plan.update([_plan.Change((params["tag"],), before, wanted)] if before != wanted else [])
    if plan.changed and not ctx.check_mode:
        if wanted:
            registry.set_tag(params["repository"], params["tag"], wanted)
        else:
            registry.delete_tag(params["repository"], params["tag"])
        actual = registry.find_tag(params["repository"], params["tag"])
    return {"changed": plan.changed, "impact": str(plan.impact), "diff": plan.diff(), "image": actual}


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
