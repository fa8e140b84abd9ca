"""What operators read about a backend."""

from __future__ import annotations

from typing import Any

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _texts

DONE: dict[str, Any] = {
    "changed": True,
    "impact": "restart",
    "host": "api.example",
    "image": "reg/app@sha256:1",
    "steps": [{"operation": "change", "name": "api"}],
}


def test_a_summary_says_what_changed_and_where_it_runs() -> None:
    lines = _texts.summary(DONE, "api", "codex", 8001).splitlines()
    assert lines == [
        "codex: api was changed (impact: restart)",
        "  address  http://api.example:8001",
        "  image    reg/app@sha256:1",
    ]
    checked = _texts.summary({**DONE, "host": "not known before"}, "api", "codex", 8001, check=True).splitlines()
    assert checked[:2] == ["codex: api would be changed (impact: restart)", "  address  not known before"]
    unknown = {**DONE, "unknown_environment": ["DATABASE_URL"]}
    assert _texts.summary(unknown, "api", "codex", 8001, check=True).startswith(
        "codex: api would be changed (impact: restart), unless DATABASE_URL, not known before, stays the same\n"
    )
    nothing = _texts.summary({**DONE, "changed": False, "host": "", "steps": []}, "api", "codex", 8001).splitlines()
    assert nothing[:2] == ["codex: api is as the inventory says, nothing written", "  address  none"]


def test_a_plan_of_several_steps_is_shown_step_by_step() -> None:
    steps = [
        {"operation": "create", "name": "api-green"},
        {"operation": "switch", "name": "api-green"},
        {"operation": "watch", "name": "api-green", "seconds": 60},
        {"operation": "remove", "name": "api-blue"},
    ]
    lines = _texts.summary({**DONE, "steps": steps}, "api", "codex", 8001).splitlines()
    assert lines[3:] == [
        "  steps    1. create api-green",
        "           2. give api-green the traffic, in one write",
        "           3. watch api-green for 60 s while clients forget the former address",
        "           4. remove api-blue",
    ]


def test_the_log_with_state_and_events() -> None:
    view = {"events": [{"last_timestamp": "12:00", "name": "Killing", "message": "Killing container"}]}
    serving = {"name": "api", "state": "Running", "restart_count": 2, "instance_view": view}
    assert _texts.log(serving, ["one", "two"], "codex").splitlines() == [
        "codex: api is Running, 2 restarts",
        "events:",
        "  12:00  Killing  Killing container",
        "last 2 lines of its log:",
        "  one",
        "  two",
    ]
    unread = _texts.log({**serving, "instance_view": {}}, None, "codex").splitlines()
    assert unread[1:] == ["events:", "  none", "last 0 lines of its log:", "  could not be read"]
