# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stack_rehearsal module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: stack_rehearsal
version_added: 0.1.0
short_description: Refuse a run that would do more to a stack than it may
description:
  - Runs the playbook that it stands in once more, under check mode and for its own host, and fails where a module of
    this collection refuses its part, since its impact is worse than C(stack_max_impact) says. So the run is refused
    before it has written anything.
  - It fails too where the rehearsal fails for another reason, for then nobody knows what the run would do.
  - The rehearsal has the inventories, extra variables, tags, and secrets of Ansible Vault of this run. Passwords that
    were asked for with C(--ask-pass) or C(--ask-become-pass) it has not.
  - What a playbook does only outside of check mode, no rehearsal tells. There the modules themselves keep to the limit,
    each before its own first write.
author:
  - codexdominion.azure contributors (@codexdominion)
options:
  max_impact:
    description:
      - The limit, as C(stack_max_impact) says it to the modules. Nothing is rehearsed with V(data_loss), since nothing
        is worse.
    type: str
    choices: [none, restart, recreate, data_loss]
    required: true
attributes:
  action:
    description: Runs on the controller, where the playbook runs.
    support: full
  check_mode:
    description: Does nothing in C(check_mode), since the run is a rehearsal by itself then.
    support: full
  diff_mode:
    description: Changes nothing, so there is nothing to show.
    support: N/A
  async:
    description: Its end is awaited.
    support: none
"""

EXAMPLES = r"""
- name: Stop if a container group would have to be recreated
  codexdominion.azure.stack_rehearsal:
    max_impact: restart
"""

RETURN = r"""
rehearsed:
  description: Whether there was a rehearsal.
  returned: success
  type: bool
  sample: true
failure:
  description:
    - What went wrong, with C(code) and C(message). The code is C(ImpactTooHigh) where something was refused, and
      C(RehearsalFailed) where the rehearsal has failed for another reason.
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
        "max_impact": {"type": "str", "choices": ["none", "restart", "recreate", "data_loss"], "required": True},
    }
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Say that this is not where the playbook runs: its action plugin does the work."""
    raise OperationsError(
        "A playbook is rehearsed where it runs, and nowhere else",
        code="RunsOnController",
        remedy="Use the module by its full name, codexdominion.azure.stack_rehearsal, in a task of a playbook.",
    )


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
