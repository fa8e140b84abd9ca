# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The callback rehearsal."""

from __future__ import annotations

DOCUMENTATION = r"""
name: rehearsal
type: stdout
version_added: 0.1.0
short_description: Tells only what failed, for a program
description:
  - Prints one line of JSON at the end of a run, with C(code) and C(message) of every failure, for
    M(codexdominion.azure.stack_rehearsal).
author:
  - codexdominion.azure contributors (@codexdominion)
requirements:
  - set as C(stdout_callback) by the module that reads it
"""

import json
import typing as t

from ansible.plugins.callback import CallbackBase

from ansible_collections.codexdominion.azure.plugins.module_utils._stack import _reason


class CallbackModule(CallbackBase):
    """See the callback's documentation."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "codexdominion.azure.rehearsal"

    def __init__(self, *arguments: t.Any, **options: t.Any) -> None:
        super().__init__(*arguments, **options)
        self._failures: list[dict[str, str]] = []

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            self._note(result)

    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        self._note(result)

    def v2_runner_item_on_failed(self, result: t.Any) -> None:
        self._note(result)

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        self._display.display(json.dumps({"failures": self._failures}))

    def _note(self, result: t.Any) -> None:
        found = result.result if hasattr(result, "result") else result._result
        task = result.task if hasattr(result, "task") else result._task
        hidden = {"_ansible_no_log": True} if "censored" in found else {}
        message = _reason.of({**found, **hidden}, str(task.action))
        code = str((found.get("failure") or {}).get("code") or "")
        self._failures.append({"code": code, "message": message})
