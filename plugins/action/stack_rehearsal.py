# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs M(codexdominion.azure.stack_rehearsal) on the controller, where the playbook runs."""

from __future__ import annotations

import typing as t

from ansible import context
from ansible.parsing.vault import VaultSecretsContext
from ansible.plugins.action import ActionBase

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _run_guard
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _impact_limit
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import invalid
from ansible_collections.codexdominion.azure.plugins.modules import stack_rehearsal
from ansible_collections.codexdominion.azure.plugins.plugin_utils import _rehearsal


class ActionModule(ActionBase):
    """See the module's documentation."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = {**super().run(tmp, task_vars), "changed": False}
        checked = stack_rehearsal.SPEC.validate(dict(self._task.args))
        if wrong := stack_rehearsal.SPEC.problems(checked):
            return {**result, **invalid(wrong)}
        limit = _impact_limit.parse(checked.validated_parameters["max_impact"])
        rehearsed = limit is not _impact_limit.NO_LIMIT and not self._task.check_mode
        if rehearsed:
            _run_guard.end_with_run()
            try:
                self._rehearse(str((task_vars or {})["inventory_hostname"]))
            except OperationsError as error:
                return {**result, "failed": True, "msg": str(error), "failure": error.failure()}
        return {**result, "rehearsed": rehearsed}

    def _rehearse(self, host: str) -> None:
        playbook = self._task.get_play().get_path().rpartition(":")[0]
        vault = VaultSecretsContext.current(optional=True)
        secrets = [(str(name), bytes(secret.bytes)) for name, secret in (vault.secrets if vault else ())]
        _rehearsal.rehearse(context.CLIARGS, playbook, host, secrets)
