"""A callback plugin that prints whatever Ansible hands to callbacks: arguments, variables, and fields of every task."""

from __future__ import annotations

from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: spy
type: notification
short_description: Print everything
description: For tests of what must not be seen.
"""


class CallbackModule(CallbackBase):
    """Prints beside whatever shows results."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "spy"
    CALLBACK_NEEDS_ENABLED = True

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        self._display.display(f"spy {task.args!r} {task.vars!r}")

    def v2_runner_on_ok(self, result: Any) -> None:
        self._print(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._print(result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._print(result)

    def _print(self, result: Any) -> None:
        self._display.display(f"spy {result.task.args!r} {result.task.vars!r} {result.result!r} {vars(result)!r}")
