#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The static_web_app module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: static_web_app
version_added: 0.1.0
short_description: Create, change, and delete an Azure static web app
description:
  - Brings a static web app to the wanted state, with its application settings and custom domains. Only what the task
    names is changed.
  - Does not upload content. Whoever does that needs the deployment token, which this module returns or resets only when
    it is told to.
  - Follows API version 2025-05-01 of Microsoft.Web, see U(https://learn.microsoft.com/rest/api/appservice/static-sites).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.wait
  - codexdominion.azure.tags
  - codexdominion.azure.attributes
requirements:
  - azure-mgmt-web
  - azure-mgmt-resource
options:
  resource_group:
    description: The resource group of the static web app.
    type: str
    required: true
  name:
    description: The name of the static web app, 1 to 40 letters, digits and inner hyphens, unique in its group.
    type: str
    required: true
  location:
    description:
      - The region, such as V(eastus2). Required when the static web app does not exist yet; it cannot move.
      - Azure has static web apps in a few regions only, and serves their content from everywhere.
    type: str
  sku:
    description:
      - The plan. A new static web app is V(Free) if this is not set; an existing one keeps its plan.
      - V(Free) allows 3 preview environments, 2 custom domains and 250 MB of content, V(Standard) 10, 5 and 500 MB.
    type: str
    choices: [Free, Standard]
  staging_environments:
    description: Whether content may be uploaded to preview environments. Azure allows it in a new static web app.
    type: bool
  app_settings:
    description:
      - Application settings, by name. They are not touched if neither this nor O(secret_app_settings) is set.
      - Their values are shown in the diff.
    type: dict
  secret_app_settings:
    description:
      - Application settings whose values are never shown, by name.
      - Azure shows them to everybody who may list application settings, so a change that somebody else has made is seen
        too.
    type: dict
  append_app_settings:
    description: Whether to keep the settings that neither O(app_settings) nor O(secret_app_settings) names.
    type: bool
    default: true
  custom_domains:
    description:
      - All custom domains. Those that are not named are removed. They are not touched if this is not set.
      - Every domain needs a DNS record that Azure looks for, see RV(static_web_app.custom_domains).
    type: list
    elements: dict
    suboptions:
      name:
        description: The host name, such as V(www.example.com).
        type: str
        required: true
      validation:
        description:
          - How Azure sees that the domain is yours.
          - With V(dns_txt) it is added at once, and is ready when Azure has found the TXT record that it asks for.
          - With V(cname) it is added once a CNAME record leads from it to the static web app. Until then nothing is
            written, and its status is V(RecordMissing).
        type: str
        choices: [dns_txt, cname]
        default: dns_txt
  reset_deployment_token:
    description:
      - Whether to have Azure make a new deployment token. Whoever uploads with the old one is refused at once.
      - The task says C(changed) each time; a new static web app has a new token anyway.
    type: bool
    default: false
  return_deployment_token:
    description:
      - Whether to return the deployment token in RV(static_web_app.credentials).
      - The result then holds a secret; set C(no_log) on the task.
    type: bool
    default: false
  state:
    description: V(absent) deletes the static web app with its content, its environments, and its host names.
    type: str
    choices: [present, absent]
    default: present
  timeout:
    description: How long to wait, in seconds.
    type: int
    default: 900
"""

EXAMPLES = r"""
- name: Create a static web app
  codexdominion.azure.static_web_app:
    resource_group: codex-rg
    name: codex-frontend
    location: eastus2
    sku: Free

- name: Add a domain, and see which DNS record it needs
  codexdominion.azure.static_web_app:
    resource_group: codex-rg
    name: codex-frontend
    custom_domains:
      - name: www.example.com
  register: site

- name: Show the record
  ansible.builtin.debug:
    msg: "{{ site.static_web_app.custom_domains[0].dns_record }}"

- name: Make the old deployment token worthless
  codexdominion.azure.static_web_app:
    resource_group: codex-rg
    name: codex-frontend
    reset_deployment_token: true
"""

RETURN = r"""
static_web_app:
  description: The static web app as Azure has it now, or V(null) if there is none.
  returned: success
  type: dict
  sample:
    id: /subscriptions/.../staticSites/codex-frontend
    name: codex-frontend
    default_hostname: jolly-mud-09cea6710.4.azurestaticapps.net
    location: East US 2
    sku:
      name: Free
      tier: Free
    staging_environments: true
    tags: {}
    custom_domains:
      - name: www.example.com
        status: Validating
        dns_record:
          type: TXT
          name: _dnsauth.www.example.com
          value: _p2j5xk0o7yq3m1d
        error:
    builds:
      - build_id: default
        hostname: jolly-mud-09cea6710.4.azurestaticapps.net
        status: Ready
  contains:
    default_hostname:
      description: The host name at which its production is served, by HTTPS; V(null) as long as it does not exist.
      type: str
    custom_domains:
      description:
        - Its domains. The C(status) is Azure's, or V(RecordMissing) for a domain that is not added yet.
        - The C(dns_record) is what Azure looks for, with C(type), C(name) and C(value); V(null) once a domain is ready.
          A record must also lead from the domain to the static web app, so that anybody finds it.
      type: list
      elements: dict
    builds:
      description: Its environments. V(default) is production, the others are previews.
      type: list
      elements: dict
    credentials:
      description: The C(deployment_token).
      returned: when O(return_deployment_token=true)
      type: dict
impact:
  description: What the change does to running things, one of V(none), V(restart), V(recreate), and V(data_loss).
  returned: success
  type: str
  sample: none
operation:
  description: What still runs, for M(codexdominion.azure.operation_wait); V(null) if Azure has finished.
  returned: success
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
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import converge
from ansible_collections.codexdominion.azure.plugins.module_utils._static_site import _spec
from ansible_collections.codexdominion.azure.plugins.module_utils._static_site._site import StaticWebApp

PACKAGES = ("azure.mgmt.web",)
SPEC = _spec.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Bring the static web app to the wanted state."""
    return converge(ctx, StaticWebApp(ctx))


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
