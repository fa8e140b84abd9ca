#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operation_wait module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: operation_wait
version_added: 0.1.0
short_description: Wait for several long-running Azure operations together
description:
  - Waits until everything that earlier tasks started with C(wait=false) has finished.
  - While waiting it shows, for each operation, its state, how long it has run, and how long it typically takes. On a
    terminal
    this is a live line, elsewhere one line a minute.
  - If one operation fails, the task fails with Azure's own error.
  - Follows U(https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations).
author:
  - codexdominion.azure contributors (@codexdominion)
extends_documentation_fragment:
  - codexdominion.azure.azure
  - codexdominion.azure.attributes.read_only
options:
  operations:
    description:
      - What tasks with C(wait=false) returned as C(operation). Those that had finished returned V(null), and are passed
        over.
      - A whole registered result is taken too, and nothing of it but its C(operation) is kept; but hand on no more than
        that, since everything else of a result may hold secrets and is shown where Ansible shows arguments.
    type: list
    elements: raw
    required: true
  timeout:
    description: How long to wait for all of them, in seconds.
    type: int
    default: 1800
"""

EXAMPLES = r"""
- name: Start creating the registry
  codexdominion.azure.container_registry:
    resource_group: codex-rg
    name: codexdominionacr
    location: eastus
    wait: false
  register: registry

- name: Wait for it
  codexdominion.azure.operation_wait:
    operations: ["{{ registry.operation }}"]
    timeout: 600
"""

RETURN = r"""
waited_for:
  description: What has finished, in the words of progress lines.
  returned: success
  type: list
  elements: str
  sample: [container registry codexdominionacr]
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure import _operations
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec

PACKAGES = ("azure.core",)
SPEC = _common_specs.AZURE.merge(
    ArgumentSpec(
        options={
            "operations": {"type": "list", "elements": "raw", "required": True},
            "timeout": {"type": "int", "default": 1800},
        },
        checks=_common_specs.wait(timeout=1800).checks,
    )
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Wait for the operations."""
    # In place: these are also the arguments that Ansible shows, and a whole result may hold secrets.
    ctx.params["operations"][:] = found = [_operations.handle(given) for given in ctx.params["operations"]]
    operations = [_operations.Operation.from_result(one) for one in found if one]
    if operations:
        _operations.wait(ctx.session, operations, ctx.timeout, ctx.report)
    return {"changed": False, "waited_for": [operation.what for operation in operations]}


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
