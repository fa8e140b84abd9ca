"""Which server parameters postgresql_configuration writes, and when it says that a restart is needed."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql._api import Child
from tests.support import postgresql
from tests.support.invoke import problems
from tests.support.postgresql import Memory, busy_once


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """See Memory."""
    memory = postgresql.install(monkeypatch)
    memory.add("codex-db")
    memory.parameter("autovacuum", "on", "on", dataType="Boolean", allowedValues="on,off")
    memory.parameter("log_min_duration_statement", "-1", "-1", dataType="Integer", allowedValues="-1-2147483647")
    memory.parameter("max_connections", "50", "50", dataType="Integer", allowedValues="25-5000", isDynamicConfig=False)
    memory.parameter("server_version", "16.9", "16.9", dataType="String", isReadOnly=True)
    return memory


def run(configurations: dict[str, Any], check_mode: bool = False, **params: Any) -> dict[str, Any]:
    """Return the result of the module."""
    given = {"server": "codex-db", "configurations": configurations, **params}
    return postgresql.run("postgresql_configuration", check_mode, **given)


WANTED = {"max_connections": 100, "log_min_duration_statement": 500, "autovacuum": True}


def test_only_what_differs_is_written(memory: Memory) -> None:
    checked, result = run(WANTED, check_mode=True), run(WANTED)
    assert memory.writes == [
        ("write log_min_duration_statement", {"properties": {"value": "500", "source": "user-override"}}),
        ("write max_connections", {"properties": {"value": "100", "source": "user-override"}}),
    ]
    assert result["diff"] == {
        "before": {"log_min_duration_statement": "-1", "max_connections": "50"},
        "after": {"log_min_duration_statement": "500", "max_connections": "100"},
    }
    for key in ("changed", "diff", "impact", "restart_required", "restart_required_by"):
        assert checked[key] == result[key]
    assert result["impact"] == "none"
    assert result["restart_required"] and result["restart_required_by"] == ["max_connections"]
    assert result["postgresql_configuration"]["autovacuum"]["value"] == "on"
    memory.verbs()
    assert not run(WANTED)["changed"]
    assert memory.verbs() == []


def test_a_restart_is_needed_until_there_was_one(memory: Memory) -> None:
    run(WANTED)
    pending = memory.children[Child.CONFIGURATION]["max_connections"]["properties"]
    pending["isConfigPendingRestart"] = True
    assert run(WANTED)["restart_required_by"] == ["max_connections"]
    pending["isConfigPendingRestart"] = False
    assert not run(WANTED)["restart_required"]


def test_without_waiting_it_is_known_too(memory: Memory) -> None:
    result = run(WANTED, wait=False)
    assert result["restart_required_by"] == ["max_connections"]


def test_back_to_the_default(memory: Memory) -> None:
    run(WANTED)
    memory.verbs()
    names = dict.fromkeys(WANTED)
    assert run(names, state="default")["diff"]["after"] == {"log_min_duration_statement": "-1", "max_connections": "50"}
    assert memory.writes[0] == (
        "write log_min_duration_statement",
        {"properties": {"value": "-1", "source": "system-default"}},
    )
    assert not run(names, state="default")["changed"]


def test_everything_wrong_is_named_before_anything_is_written(memory: Memory) -> None:
    wrong = {"max_connections": 1, "server_version": "17", "no_such": "x", "autovacuum": "perhaps", "a": "b"}
    result = run({**wrong, "log_min_duration_statement": 500})
    assert result["failure"]["code"] == "InvalidParameterValue" and result["failure"]["remedy"]
    assert len(result["failure"]["details"]["problems"]) == 5
    assert memory.verbs() == []


def test_a_busy_server_is_tried_again_where_it_stopped(memory: Memory) -> None:
    memory.before_write = busy_once("ServerBusy", "write max_connections")
    assert run(WANTED)["changed"]
    assert memory.verbs() == ["write log_min_duration_statement", "write max_connections"]


def test_a_check_before_there_is_a_server(memory: Memory) -> None:
    memory.servers.clear()
    result = run(WANTED, check_mode=True)
    assert result["changed"] and result["postgresql_configuration"] is None
    assert result["diff"]["after"]["autovacuum"] == "on"


def test_refused_before_any_request() -> None:
    given = {"resource_group": "rg", "server": "codex-db"}
    found = problems("postgresql_configuration", {**given, "configurations": {"b": None, "a": None, "c": 1}})
    assert [one.split(":")[0] for one in found] == ["configurations.a", "configurations.b"]
    assert problems("postgresql_configuration", {**given, "configurations": {}}) == [
        "configurations: it names no parameter"
    ]
