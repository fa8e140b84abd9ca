# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks about a kept password: always in the controller's worker where it is in a file. Controller only; private."""

from __future__ import annotations

import functools
import pathlib
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import Body
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords._generated import Store
from ansible_collections.codexdominion.azure.plugins.plugin_utils._ansible_vault import AnsibleVault
from ansible_collections.codexdominion.azure.plugins.plugin_utils._in_process import InProcessAction
from ansible_collections.codexdominion.azure.plugins.plugin_utils._password_file import FileStore


class PasswordAction(InProcessAction):
    """Base of the action plugins whose password may be in a file: only here are the run's secrets of Ansible Vault."""

    ON_STORE: t.ClassVar[t.Callable[[Context, Store], dict[str, t.Any]]]
    """What the module does, whatever the password is kept in."""

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        self._supports_async = not self._keeps_file
        return super().run(tmp, task_vars)

    def _must_be_a_process(self) -> bool:
        # A process of its own would not have the run's secrets of Ansible Vault.
        return not self._keeps_file and super()._must_be_a_process()

    def _body(self) -> Body:
        return self._run_with_file if self._keeps_file else super()._body()

    def _run_with_file(self, ctx: Context) -> dict[str, t.Any]:
        vault = AnsibleVault.of_this_run(ctx.params["vault_id"])
        return type(self).ON_STORE(ctx, FileStore(pathlib.Path(ctx.params["path"]), vault))

    @functools.cached_property
    def _keeps_file(self) -> bool:
        return bool(self._task.args.get("path"))
