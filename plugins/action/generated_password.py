# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs M(codexdominion.azure.generated_password): always in the controller's worker where it keeps a file."""

from __future__ import annotations

import functools
import pathlib
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils import _generated_password
from ansible_collections.codexdominion.azure.plugins.module_utils._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._module import Body
from ansible_collections.codexdominion.azure.plugins.modules import generated_password
from ansible_collections.codexdominion.azure.plugins.plugin_utils._ansible_vault import AnsibleVault
from ansible_collections.codexdominion.azure.plugins.plugin_utils._in_process import InProcessAction, preload
from ansible_collections.codexdominion.azure.plugins.plugin_utils._password_file import FileStore


def _run_with_file(ctx: Context) -> dict[str, t.Any]:
    vault = AnsibleVault.of_this_run(ctx.params["vault_id"])
    return _generated_password.bring(ctx, FileStore(pathlib.Path(ctx.params["path"]), vault))


class ActionModule(InProcessAction):
    """See the module's documentation."""

    SPEC = generated_password.SPEC
    BODY = generated_password.run
    AVAILABLE = preload("azure.keyvault.secrets")

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        self._supports_async = not self._keeps_file
        return super().run(tmp, task_vars)

    def _must_be_a_process(self) -> bool:
        # A process of its own would not have the run's secrets of Ansible Vault.
        return not self._keeps_file and super()._must_be_a_process()

    def _body(self) -> Body:
        return _run_with_file if self._keeps_file else super()._body()

    @functools.cached_property
    def _keeps_file(self) -> bool:
        return bool(self._task.args.get("path"))
