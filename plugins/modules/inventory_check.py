# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory_check module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: inventory_check
version_added: 0.1.0
short_description: Refuse what an inventory says wrong
description:
  - Looks at the variables of a host that the roles of this collection take, and fails with all problems at once, a line
    for each. It sends no request.
  - Which roles these are follows from C(stack_profile).
  - It knows how a value was written in its YAML file. Where YAML has read a plain word as something else than its text,
    as C(83) for C(0123), and the text would matter, the value is refused with the advice to quote it.
  - Text, and integers and booleans in their one form, pass. See C(docs/inventory_values.md).
  - Templates are worked out, but none that asks a lookup which does more than read this machine's files. Variables that
    the roles define in the course of a run are no problem.
  - Compares the hosts of the run too, since two stacks must not describe the same things.
  - Lays down for the run what its tasks will look at in Azure, so that the first of them reads all of it at once.
author:
  - codexdominion.azure contributors (@codexdominion)
options:
  playbook_tags:
    description:
      - The tags of the playbook, C(untagged) among them where it has tasks without. With them the module refuses a run
        whose C(--tags) or C(--skip-tags) leave nothing to do.
      - If it is empty, tags are not looked at.
    type: list
    elements: str
    default: []
  needs:
    description:
      - What the playbook works with that not every stack has, V(frontend), or V(frontend_build) where it may build one.
      - The run is refused where the stack has none, and for V(frontend_build) where this machine lacks the project, its
        lock, or a Node that suits it.
    type: list
    elements: str
    choices: [frontend, frontend_build]
    default: []
  removes:
    description:
      - Whether the run removes what the host describes. It is refused then where a host of the inventory that is not
        part of the run describes some of it too.
    type: bool
    default: false
attributes:
  action:
    description: Runs on the controller, which alone knows variables as they were written.
    support: full
  check_mode:
    description: Only looks, in C(check_mode) as well.
    support: full
  diff_mode:
    description: Changes nothing, so there is nothing to show.
    support: N/A
  async:
    description: It is done at once.
    support: none
"""

EXAMPLES = r"""
- name: Refuse what cannot work
  codexdominion.azure.inventory_check:
    playbook_tags: [registry, backend]
"""

RETURN = r"""
failure:
  description: What went wrong, with C(code), C(message), and in C(details) the C(problems), a sentence each with the
    variable in front.
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec

SPEC = ArgumentSpec(
    options={
        "playbook_tags": {"type": "list", "elements": "str", "default": []},
        "needs": {"type": "list", "elements": "str", "choices": ["frontend", "frontend_build"], "default": []},
        "removes": {"type": "bool", "default": False},
    }
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Say that this is not where variables are known: its action plugin does the work."""
    raise OperationsError(
        "The inventory is known where the playbook runs, and nowhere else",
        code="RunsOnController",
        remedy="Use the module by its full name, codexdominion.azure.inventory_check, in a task of a playbook.",
    )


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
