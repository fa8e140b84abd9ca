"""A callback plugin that writes what every task gave as JSON, one line each, to the file in `RECORDER_FILE`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: recorder
type: notification
short_description: Write what every task gave to a file
description: For tests that compare runs.
"""


class CallbackModule(CallbackBase):
    """Records results beside whatever shows them."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "recorder"
    CALLBACK_NEEDS_ENABLED = True

    def v2_runner_on_ok(self, result: Any) -> None:
        self._record("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._record("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._record("skipped", result)

    def _record(self, outcome: str, result: Any) -> None:
        task, content = result.task, result.result
        items = content.get("results") or [content]
        line = {
            "task": task.get_name(),
            "host": result.host.get_name(),
            "action": task.action,
            "outcome": outcome,
            "changed": bool(content.get("changed")),
            "impacts": sorted({str(one["impact"]) for one in items if one.get("changed") and one.get("impact")}),
            "message": str(content.get("msg") or ""),
        }
        with Path(os.environ["RECORDER_FILE"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
