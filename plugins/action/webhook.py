# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs M(codexdominion.azure.webhook) on the controller, which looks the address up where no output of it is made."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import invalid
from ansible_collections.codexdominion.azure.plugins.module_utils._http import _webhook
from ansible_collections.codexdominion.azure.plugins.modules import webhook


class ActionModule(ActionBase):
    """See the module's documentation."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = {**super().run(tmp, task_vars), "changed": False}
        checked = webhook.SPEC.validate(dict(self._task.args))
        if wrong := webhook.SPEC.problems(checked):
            return {**result, **invalid(wrong)}
        params = checked.validated_parameters
        url = str(self._templar.template((task_vars or {}).get(params["url_variable"]) or "") or "")
        status = _webhook.send(url, params["body"], timeout=params["timeout"]) if url else 0
        return {**result, "sent": status in _webhook.TAKEN, "status": status}
