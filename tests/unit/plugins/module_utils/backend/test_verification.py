"""What checks of a backend ask for, and what they say."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _verification

NOW = datetime.datetime(2026, 11, 27, 12, 0, tzinfo=datetime.UTC)
CALM: dict[str, Any] = {"current_state": {"state": "Running", "start_time": "2026-11-27T11:59:00Z"}}
CRASHING: dict[str, Any] = {
    **CALM,
    "restart_count": 4,
    "previous_state": {
        "exit_code": 1,
        "start_time": "2026-11-27T11:58:30Z",
        "finish_time": "2026-11-27T11:58:31Z",
    },
}


def backend(view: dict[str, Any] | None = None, colour: str = "", **facts: Any) -> dict[str, Any]:
    """Return a backend as backend_info has it."""
    view = CALM if view is None else view
    serving = {
        "name": "api-blue" if colour else "api",
        "colour": colour,
        "state": view["current_state"]["state"],
        "restart_count": view.get("restart_count") or 0,
        "instance_view": view,
    }
    return {"serving": serving, "serving_name": "api", "host": "h", "missing": "", "traffic": [], **facts}


@pytest.mark.parametrize(
    ("profile", "parts", "others"),
    [("mvp", [], ["database", "cache"]), ("database", ["database"], ["cache"]), ("full", ["database", "cache"], [])],
)
def test_the_pages_ask_for_what_the_profile_has(profile: str, parts: list[str], others: list[str]) -> None:
    start, health, ready = _verification.pages(profile)
    assert (start["path"], start["json"], start["json_keys"]) == ("/", {}, ["version"])
    assert health["json"] == {"status": "healthy"} | {part: {"status": "healthy"} for part in parts}
    assert health["json_keys"] == others
    assert (ready["path"], ready["json_keys"]) == ("/ready", [])
    assert _verification.pages(profile, "1.0.0")[0]["json"] == {"version": "1.0.0"}


def test_a_container_that_runs_passes() -> None:
    (row,) = _verification.rows(backend(), [], 8001, NOW)
    assert row == {"name": "api runs", "ok": True, "found": "Running at http://h:8001, 0 restarts"}


def test_a_container_between_two_crashes_does_not_pass() -> None:
    (row,) = _verification.rows(backend(CRASHING), [], 8001, NOW)
    assert not row["ok"]
    assert row["found"].startswith("Running at http://h:8001, 4 restarts; it crashes again and again")
    (later,) = _verification.rows(backend(CRASHING), [], 8001, NOW + datetime.timedelta(minutes=11))
    assert later["ok"]


def test_nothing_that_serves_is_a_row_too() -> None:
    (row,) = _verification.rows(backend(serving=None, missing="There is none."), [], 8001, NOW)
    assert row == {"name": "api runs", "ok": False, "found": "There is none."}


@pytest.mark.parametrize(
    ("ranked", "ok"),
    [
        ([("blue", "Online")], True),
        ([("blue", "Degraded")], False),
        ([("blue", "Online"), ("green", "Online")], False),
        ([], False),
    ],
)
def test_one_alone_takes_the_traffic(ranked: list[tuple[str, str]], ok: bool) -> None:
    traffic = [{"name": name, "endpoint_monitor_status": status} for name, status in ranked]
    row = _verification.rows(backend(colour="blue", traffic=traffic), [], 8001, NOW)[1]
    assert (row["name"], row["ok"]) == ("api-blue alone takes the traffic", ok)
    assert row["found"] == ", ".join(f"{name} {status}" for name, status in ranked)


def test_the_rows_of_a_page() -> None:
    found = [
        {"check": "status", "expected": "200", "found": "200", "ok": True},
        {"check": "version", "expected": "2", "found": "1", "ok": False},
        {"check": "p95", "expected": "at most 200 ms", "found": "1 ms", "ok": True},
    ]
    rows = _verification.rows(backend(), [{"item": {"path": "/"}, "checks": found}], 8001, NOW)[1:]
    assert rows == [
        {"name": "GET / status", "ok": True, "found": "200"},
        {"name": "GET / body version", "ok": False, "found": "1 (expected 2)"},
        {"name": "GET / p95", "ok": True, "found": "1 ms"},
    ]
