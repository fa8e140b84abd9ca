#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The static_web_app_deployment module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: static_web_app_deployment
version_added: 0.1.0
short_description: Deploy a kept build to a Static Web App
description:
  - Uploads a build that M(codexdominion.azure.static_web_app_build) has kept, with the Static Web Apps CLI, and proves
    by the page that it is served, file by file.
  - What was served before is served until all of the new content is there; an upload that is cut leaves it so.
  - The deployment token is read by the task itself and handed to the CLI in its environment. It is in no argument and
    in no result.
  - Nothing is uploaded where the build is served already. What was deployed last is remembered in the tag
    C(codex-frontend) of the site, for a preview in C(codex-frontend-) and its name.
  - The CLI is installed from npm with the versions and digests of O(cli_package), without running a script of any
    package.
  - With O(state=absent), a preview is removed together with the builds that were kept for it.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.static_web_app_environment
  - codexdominion.azure.static_web_app_environment.builds
  - codexdominion.azure.static_web_app_environment.node
  - codexdominion.azure.attributes
options:
  state:
    description: Whether the build is to be served, or the preview O(environment) removed.
    type: str
    choices: [present, absent]
    default: present
  release:
    description:
      - The name of the build, or V(previous) for the one before that which is served.
      - Required with O(state=present). It may be empty in check mode, for what is not built yet.
    type: str
  cli_package:
    description: The directory with C(package.json) and C(package-lock.json) of the CLI. Required with O(state=present).
    type: path
  cli_directory:
    description:
      - The directory in which the CLI is installed, once for each lock.
      - If not set, it is one in the user's own state (E(XDG_STATE_HOME)).
    type: path
  cli_environment:
    description: Environment variables of the CLI, such as E(HTTPS_PROXY) and E(NODE_EXTRA_CA_CERTS).
    type: dict
    default: {}
  keep:
    description: How many builds of the environment are kept, the newest ones. The one that is served stays in any case.
    type: int
    default: 10
  ready_timeout:
    description: How long it may take after the upload until all of it is served, in seconds.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: Deploy what was built
  codexdominion.azure.static_web_app_deployment:
    resource_group: codex-rg
    name: codex-frontend
    release: "{{ built['build']['release'] }}"
    cli_package: /srv/codex/static-web-apps-cli

- name: Go back to the build before
  codexdominion.azure.static_web_app_deployment:
    resource_group: codex-rg
    name: codex-frontend
    release: previous
    cli_package: /srv/codex/static-web-apps-cli

- name: Remove a preview
  codexdominion.azure.static_web_app_deployment:
    resource_group: codex-rg
    name: codex-frontend
    environment: pr-42
    state: absent
"""

RETURN = r"""
deployment:
  description: What is served now, or in check mode would be.
  returned: success
  type: dict
  contains:
    environment:
      description: The environment.
      type: str
    state:
      description: Whether it is there, V(present) or V(absent).
      type: str
    release:
      description: The name of the build; V(null) in check mode for one that is not built yet.
      type: str
    previous:
      description: The build that was served before; V(null) where that was none of ours.
      type: str
    url:
      description: Where it is served; V(null) where that is not known before.
      type: str
    content:
      description: The digest of its files.
      type: str
    files:
      description: How many files it has.
      type: int
    size_bytes:
      description: How large they are together.
      type: int
    addresses:
      description: The addresses that were written into its pages.
      type: list
      elements: str
  sample:
    environment: production
    state: present
    release: codex-frontend-20261127T210000Z
    previous: codex-frontend-20261120T090000Z
    url: https://happy-sea-0a1b2c3d4.5.azurestaticapps.net
    content: 3a7bd3e2360a3d29eea436fcfb7e44c735d117c42d1c1835420b6b9942dd4f1b
    files: 22
    size_bytes: 860160
    addresses: ["https://api.codex.example"]
impact:
  description: V(data_loss) where a preview is removed, else V(none).
  returned: success
  type: str
  sample: none
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _deploy

SPEC = _deploy.SPEC
PACKAGES = ("azure.mgmt.web",)


def run(ctx: Context) -> dict[str, t.Any]:
    """Deploy the build."""
    return _deploy.deploy(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
