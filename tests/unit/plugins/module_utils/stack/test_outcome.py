"""What the audit file is told of a run."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._stack import _outcome

NOW = datetime.datetime(2026, 11, 22, 20, 0, 42, 500_000, tzinfo=datetime.UTC)
LOCK = {"since": "2026-11-22T20:00:30.000000+00:00"}


def outcome(results: list[dict[str, Any]], **facts: Any) -> dict[str, Any]:
    """Return what is told of a run that nothing else is known of."""
    known: dict[str, Any] = {"changed": False, "lock": None, "reason": None, "failed_task": None, "record": {}}
    return _outcome.of(results, now=NOW, **{**known, **facts})


@pytest.mark.parametrize(
    ("results", "changed", "reason", "result"),
    [
        ([], False, None, "unchanged"),
        ([{}, {"changed": False}], False, None, "unchanged"),
        ([{"changed": False}, {"changed": True}], False, None, "ok"),
        ([{"results": [{"changed": False}, {"changed": True}]}], False, None, "ok"),
        ([{"changed": False, "results": [{"changed": True}]}], False, None, "unchanged"),
        ([], True, None, "ok"),
        ([{"changed": True}], False, "It broke.", "failed"),
        ([], False, "", "failed"),
    ],
)
def test_result(results: list[dict[str, Any]], changed: bool, reason: str | None, result: str) -> None:
    assert outcome(results, changed=changed, reason=reason)["result"] == result


def test_a_failure_names_its_task() -> None:
    told = outcome([{"changed": True}], reason="It broke.", failed_task="Image | Look", record={"name": "one"})
    assert told == {
        "result": "failed",
        "summary": "It broke.",
        "record": {"changed": True, "failed_task": "Image | Look", "name": "one"},
    }


def test_a_failure_that_was_dealt_with_is_none() -> None:
    told = outcome([], failed_task="Image | Look")
    assert told == {"result": "unchanged", "summary": "", "record": {"changed": False, "failed_task": None}}


@pytest.mark.parametrize(("lock", "duration"), [(None, {}), ({}, {}), (LOCK, {"duration_seconds": 12.5})])
def test_it_has_taken_as_long_as_the_stack_was_locked(lock: dict[str, Any] | None, duration: dict[str, float]) -> None:
    told = outcome([], lock=lock)
    assert {name: told[name] for name in told if name == "duration_seconds"} == duration
