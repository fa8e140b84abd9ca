#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The static_web_app_build module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: static_web_app_build
version_added: 0.1.0
short_description: Build the site of a stack with npm
description:
  - Builds a project of Node with C(npm ci) and C(npm run build), in a copy of its own, and keeps what comes of it.
  - Nothing is built where what is served was built from the same sources with the same O(build_environment), or where
    such a build is kept already. What is served says so itself, in its C(codex-release.json).
  - C(node_modules) stays for the next build as long as C(package-lock.json) and Node are the same.
  - A build of Next.js that needs a server (hybrid) is refused with the line that makes it static.
  - npm and what it runs are given what programs need of the environment (C(PATH), C(HOME), proxies, npm's own
    settings), and no credentials.
  - Writes nothing to Azure.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.static_web_app_environment
  - codexdominion.azure.static_web_app_environment.builds
  - codexdominion.azure.static_web_app_environment.node
  - codexdominion.azure.attributes
attributes:
  diff_mode:
    description: There is no diff; RV(build) is what is new.
    support: none
options:
  project:
    description: The directory with C(package.json) and C(package-lock.json).
    type: path
    required: true
  build_environment:
    description:
      - Environment variables of the build, such as E(NEXT_PUBLIC_API_URL).
      - What a build writes into pages is public, so no value here can be a secret.
    type: dict
    default: {}
  output:
    description:
      - The folder inside of O(project) that C(npm run build) leaves the site in.
      - If not set, it is the one that comes of the build and has an C(index.html).
    type: str
  build:
    description: When to build, V(changed) if nothing was built from these sources yet, or V(always).
    type: str
    choices: [changed, always]
    default: changed
"""

EXAMPLES = r"""
- name: Build the site
  codexdominion.azure.static_web_app_build:
    resource_group: codex-rg
    name: codex-frontend
    project: /srv/codex/frontend
    build_environment:
      NEXT_PUBLIC_API_URL: https://api.codex.example
  register: built
"""

RETURN = r"""
build:
  description: The build to deploy, or the one that is served.
  returned: success
  type: dict
  contains:
    release:
      description: Its name; empty in check mode for one that is not built yet.
      type: str
    sources:
      description: The digest of its sources and of O(build_environment).
      type: str
    content:
      description: The digest of its files; empty in check mode for one that is not built yet.
      type: str
    deploy:
      description: Whether it still has to get to the site.
      type: bool
    made:
      description: Whether it was built now, or in check mode would be.
      type: bool
  sample:
    release: codex-frontend-20261127T210000Z
    sources: 0b4f9c1d1d8b7e8c5b9f52f0b6a1f0d24b7b9f3ab4d7b8b7a4c26ac14cfbb8ad
    content: 3a7bd3e2360a3d29eea436fcfb7e44c735d117c42d1c1835420b6b9942dd4f1b
    deploy: true
    made: true
impact:
  description: Always V(none).
  returned: success
  type: str
  sample: none
message:
  description: Why something was built, or nothing.
  returned: success
  type: str
  sample: codex-frontend-20261127T210000Z was built
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _site_build

SPEC = _site_build.SPEC
PACKAGES = ("azure.mgmt.web",)


def run(ctx: Context) -> dict[str, t.Any]:
    """Build the site."""
    return _site_build.build(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
