"""What postgresql_database creates, and what it refuses to lose."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import postgresql
from tests.support.invoke import problems
from tests.support.postgresql import Memory

CODEX: dict[str, Any] = {"server": "codex-db", "name": "codex"}


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """See Memory."""
    memory = postgresql.install(monkeypatch)
    memory.add("codex-db")
    return memory


def run(check_mode: bool = False, **params: Any) -> dict[str, Any]:
    """Return the result of the module."""
    return postgresql.run("postgresql_database", check_mode, **{**CODEX, **params})


def test_created_once_and_deleted_when_that_is_meant(memory: Memory) -> None:
    assert run(True)["postgresql_database"]["name"] == "codex"
    assert run(charset="UTF8")["changed"]
    assert memory.writes == [("write codex", {"properties": {"charset": "UTF8"}})]
    assert not run()["changed"]
    assert not run(charset="utf8")["changed"], "Azure writes utf8 as UTF8"
    assert run(state="absent")["failure"]["code"] == "ForceRequired"
    assert run(True, state="absent")["failure"]["code"] == "ForceRequired"
    assert run(state="absent", force=True)["impact"] == "data_loss"
    assert not run(state="absent")["changed"]
    assert memory.verbs() == ["write codex", "delete codex"]


def test_what_a_database_cannot_become_is_refused(memory: Memory) -> None:
    run(charset="UTF8", collation="en_US.utf8")
    memory.verbs()
    changes: list[dict[str, Any]] = [{"charset": "LATIN1"}, {"collation": "C"}]
    for change in changes:
        refused = run(**change)
        assert refused["failure"]["code"] == "PropertyCannotChange" and refused["failure"]["remedy"]
        assert refused["msg"] == run(True, **change)["msg"]
    assert memory.verbs() == []


def test_a_database_of_the_server_itself_stays() -> None:
    given = {"resource_group": "rg", "server": "codex-db", "name": "postgres", "state": "absent", "force": True}
    assert problems("postgresql_database", given) == ["name: postgres belongs to the server and cannot be deleted"]
