#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The static_web_app_check module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: static_web_app_check
version_added: 0.1.0
short_description: Check what a Static Web App serves
description:
  - Loads the start page with what it needs to be shown, as a browser does, and judges it. That it answers, that it is
    what was deployed last, how long it takes, and whether it loads or calls anything without TLS, which browsers block.
  - Nothing that is found fails the task; RV(ok) says it.
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.static_web_app_environment
  - codexdominion.azure.latency_targets
  - codexdominion.azure.attributes.read_only
options:
  requests:
    description: How often the page is loaded; the median counts.
    type: int
    default: 5
  load_time:
    description: The longest time that loading the page may take, in milliseconds.
    type: float
    default: 2000
  mixed_content:
    description: What an address without TLS is, V(fail) a failed check, or V(tell) a remark.
    type: str
    choices: [fail, tell]
    default: fail
"""

EXAMPLES = r"""
- name: Check the site
  codexdominion.azure.static_web_app_check:
    resource_group: codex-rg
    name: codex-frontend
  register: found
"""

RETURN = r"""
ok:
  description: Whether every expectation is met.
  returned: success
  type: bool
checks:
  description: Each expectation, with what was found.
  returned: success
  type: list
  elements: dict
  sample:
    - check: page
      expected: "200"
      found: "200"
      ok: true
url:
  description: Where the site is; V(null) where there is none.
  returned: success
  type: str
  sample: https://happy-sea-0a1b2c3d4.5.azurestaticapps.net
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _verify

SPEC = _verify.SPEC
PACKAGES = ("azure.mgmt.web",)


def run(ctx: Context) -> dict[str, t.Any]:
    """Check the site."""
    return _verify.check(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
