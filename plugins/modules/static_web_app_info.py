#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The static_web_app_info module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: static_web_app_info
version_added: 0.1.0
short_description: Show an Azure static web app with its domains and environments
description:
  - Returns one static web app, how far Azure is with its custom domains, and what its environments serve.
  - Follows API version 2025-05-01 of Microsoft.Web, see U(https://learn.microsoft.com/rest/api/appservice/static-sites).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.attributes.read_only
requirements:
  - azure-mgmt-web
options:
  resource_group:
    description: The resource group.
    type: str
    required: true
  name:
    description: The name of the static web app.
    type: str
    required: true
  return_deployment_token:
    description:
      - Whether to return the deployment token in RV(static_web_apps[].credentials).
      - The result then holds a secret; set C(no_log) on the task.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Look at the static web app
  codexdominion.azure.static_web_app_info:
    resource_group: codex-rg
    name: codex-frontend
  register: found

- name: Show the DNS records that are missing
  ansible.builtin.debug:
    msg: "{{ found.static_web_apps[0].custom_domains | map(attribute='dns_record') | select }}"
"""

RETURN = r"""
static_web_apps:
  description: The static web app as M(codexdominion.azure.static_web_app) returns it; an empty list if there is none.
  returned: success
  type: list
  elements: dict
  sample:
    - name: codex-frontend
      default_hostname: jolly-mud-09cea6710.4.azurestaticapps.net
      sku:
        name: Free
        tier: Free
      custom_domains: []
      builds:
        - build_id: default
          hostname: jolly-mud-09cea6710.4.azurestaticapps.net
          status: Ready
  contains:
    credentials:
      description: The C(deployment_token).
      returned: when O(return_deployment_token=true)
      type: dict
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._static_site import _spec
from ansible_collections.codexdominion.azure.plugins.module_utils._static_site._site import find_site

PACKAGES = ("azure.mgmt.web",)
SPEC = _spec.INFO_SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Return the static web app."""
    return {"changed": False, "static_web_apps": find_site(ctx)}


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
