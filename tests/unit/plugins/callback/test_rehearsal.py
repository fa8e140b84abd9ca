"""What a rehearsal tells: every failure, and nothing else."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.callback.rehearsal import CallbackModule


class Screen:
    """What was printed."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def display(self, line: str, **_options: object) -> None:
        self.lines.append(line)


@pytest.fixture
def callback() -> Any:
    """The callback, with a screen of its own."""
    found: Any = CallbackModule()
    found._display = Screen()
    return found


def failed(**result: Any) -> SimpleNamespace:
    """Return a failed result as Ansible hands it to callbacks."""
    return SimpleNamespace(result={"failed": True, **result}, task=SimpleNamespace(action="container_group"))


def told(callback: Any) -> list[dict[str, str]]:
    """Return the failures of the one line that is printed in the end."""
    callback.v2_playbook_on_stats(None)
    (line,) = callback._display.lines
    failures: list[dict[str, str]] = json.loads(line)["failures"]
    return failures


def test_nothing_failed(callback: Any) -> None:
    assert told(callback) == []


def test_every_failure_is_told_with_its_code(callback: Any) -> None:
    callback.v2_runner_on_failed(failed(msg="It is refused.", failure={"code": "ImpactTooHigh", "remedy": ""}))
    callback.v2_runner_item_on_failed(failed(msg="One item"))
    callback.v2_runner_on_unreachable(failed(msg="Away"))
    callback.v2_runner_on_failed(failed(msg="Whatever"), ignore_errors=True)
    assert told(callback) == [
        {"code": "ImpactTooHigh", "message": "It is refused."},
        {"code": "", "message": "One item"},
        {"code": "", "message": "Away"},
    ]


def test_what_is_hidden_stays_hidden(callback: Any) -> None:
    callback.v2_runner_on_failed(failed(censored="the output has been hidden", msg="secret"))
    assert told(callback) == [{"code": "", "message": "The reason is hidden by no_log."}]
