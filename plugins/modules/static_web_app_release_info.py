#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The static_web_app_release_info module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: static_web_app_release_info
version_added: 0.1.0
short_description: List the kept builds of a Static Web App
description:
  - Returns the builds that M(codexdominion.azure.static_web_app_build) has kept, and which of them is served.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.static_web_app_environment
  - codexdominion.azure.static_web_app_environment.builds
  - codexdominion.azure.attributes.read_only
"""

EXAMPLES = r"""
- name: List the builds
  codexdominion.azure.static_web_app_release_info:
    resource_group: codex-rg
    name: codex-frontend
  register: found
"""

RETURN = r"""
releases:
  description: The builds, the newest first.
  returned: success
  type: list
  elements: dict
  sample:
    - name: codex-frontend-20261127T210000Z
      environment: production
      created: "2026-11-27T21:00:00+00:00"
      sources: 0b4f9c1d1d8b7e8c5b9f52f0b6a1f0d24b7b9f3ab4d7b8b7a4c26ac14cfbb8ad
      content: 3a7bd3e2360a3d29eea436fcfb7e44c735d117c42d1c1835420b6b9942dd4f1b
      files: 22
      size_bytes: 860160
      addresses: ["https://api.codex.example"]
      node: 20.11.1
      commit: 8b1a9953c4611296a827abf8c47804d7f1d3a0d5
      serving: true
      path: /srv/codex/builds/codex-frontend-20261127T210000Z
serving:
  description: The name of the build that is served; V(null) where that is none of ours.
  returned: success
  type: str
  sample: codex-frontend-20261127T210000Z
url:
  description: Where it is served; V(null) where there is no site yet.
  returned: success
  type: str
  sample: https://happy-sea-0a1b2c3d4.5.azurestaticapps.net
directory:
  description: Where the builds are kept.
  returned: success
  type: str
  sample: /srv/codex/builds
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _releases_of_site

SPEC = _releases_of_site.SPEC
PACKAGES = ("azure.mgmt.web",)


def run(ctx: Context) -> dict[str, t.Any]:
    """List the builds."""
    return _releases_of_site.look(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
