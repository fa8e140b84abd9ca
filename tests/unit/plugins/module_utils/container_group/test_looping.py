"""Whether a container that runs only runs between two crashes."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import _looping

NOW = datetime.datetime(2026, 11, 27, 12, 0, tzinfo=datetime.UTC)


def at(seconds_ago: float) -> str:
    """Return a time as Azure writes it."""
    return (NOW - datetime.timedelta(seconds=seconds_ago)).isoformat().replace("+00:00", "Z")


def view(*, restarts: int = 3, since: float = 5, ended: float = 60, lasted: float = 2, code: int | None = 1) -> Any:
    """Return an instance view of a container that runs, and ran before."""
    return {
        "restart_count": restarts,
        "current_state": {"state": "Running", "start_time": at(since)},
        "previous_state": {"exit_code": code, "start_time": at(ended + lasted), "finish_time": at(ended)},
    }


@pytest.mark.parametrize(
    ("found", "loops"),
    [
        (view(), True),
        (view(code=0), True),
        (view(restarts=1), False),
        (view(since=3600, ended=3700), False),
        (view(lasted=3600), False),
        (view(code=None), False),
        ({}, False),
        (None, False),
        ({"restart_count": 9, "current_state": {"state": "Waiting"}, "previous_state": None}, False),
    ],
)
def test_a_crash_loop(found: Any, loops: bool) -> None:
    assert bool(_looping.crash_loop(found, NOW)) is loops


def test_it_says_the_exit_code_and_where_to_look() -> None:
    assert "exit code 137" in _looping.crash_loop(view(code=137), NOW)
    assert "show_logs" in _looping.crash_loop(view(), NOW)
