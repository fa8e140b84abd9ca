#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The webhook module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: webhook
version_added: 0.1.0
short_description: Send a result to an address that no output shows
description:
  - Sends JSON by a POST. That nobody takes it is told, and is no failure.
  - The address of a webhook is a secret. The task has the name of a variable that holds it, and the address itself is
    in no argument, result, or text of an error, so that neither callbacks nor Ansible's debug output can show it.
author:
  - codexdominion.azure contributors (@codexdominion)
options:
  url_variable:
    description: The name of the variable that holds the address. Nothing is sent if that is empty.
    type: str
    required: true
  body:
    description: What is sent.
    type: dict
    required: true
  timeout:
    description: How long connecting, and the answer, may take, in seconds.
    type: int
    default: 15
attributes:
  action:
    description: Runs on the controller, which alone knows variables.
    support: full
  check_mode:
    description: Sends in C(check_mode) too, since it changes nothing of the stack.
    support: full
  diff_mode:
    description: Changes nothing, so there is nothing to show.
    support: N/A
  async:
    description: Its end is awaited.
    support: none
"""

EXAMPLES = r"""
- name: Tell what came of it
  codexdominion.azure.webhook:
    url_variable: database_backup_webhook_url
    body: "{{ database_backup_result }}"
"""

RETURN = r"""
sent:
  description: Whether somebody has taken it.
  returned: success
  type: bool
  sample: true
status:
  description: The status of the answer, -1 if there was none, and 0 if there is no address.
  returned: success
  type: int
  sample: 200
failure:
  description: What went wrong, with C(code) and C(message).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec

SPEC = ArgumentSpec(
    options={
        "url_variable": {"type": "str", "required": True},
        "body": {"type": "dict", "required": True},
        "timeout": {"type": "int", "default": 15},
    },
    checks=(_common_specs.positive_timeout,),
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Say that this is not where variables are: its action plugin does the work."""
    raise OperationsError(
        "A variable is known where the playbook runs, and nowhere else",
        code="RunsOnController",
        remedy="Use the module by its full name, codexdominion.azure.webhook, in a task of a playbook.",
    )


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
