"""What the filters for backups hand on, and in which form."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.filter import (
    backup_kind,
    backup_outcome,
    compared_rows,
    drill_evidence,
    drill_problems,
    left_servers,
    restore_target,
    restored_server,
    scratch_servers,
    seconds_left,
)

RUN: dict[str, Any] = {
    "stack": "codex",
    "action": "drill_restore",
    "server": "codex-db",
    "choice": {"kind": "dump", "words": "dump", "why": "so"},
    "point": {"kind": "dump", "name": "codex-1", "moment": ""},
    "target": "other",
    "scratch_removed": None,
}


@pytest.mark.parametrize(
    ("of", "result", "message"),
    [
        ("backup", "ok", "codex: dump codex-1 was made"),
        ("restore", "ok", "codex: codex-1 was restored into other"),
        ("drill", "failed", "codex: codex-1 of codex-db does not prove to restore: broken"),
        ("failure", "failed", "codex: broken"),
    ],
)
def test_an_outcome_is_that_of_what_was_done(of: str, result: str, message: str) -> None:
    found = backup_outcome.backup_outcome(RUN, of, reason="broken")
    assert found["result"] == result
    assert found["message"].startswith(message)


def test_a_record_is_one_of_the_same_run() -> None:
    assert backup_outcome.backup_outcome(RUN, "record") == {**RUN["point"], "server": "other"}


def test_what_came_by_the_command_line_is_a_number_all_the_same() -> None:
    assert drill_problems.drill_problems("7200", hourly_price="0.5", max_cost="1") == []  # type: ignore[arg-type]
    assert seconds_left.seconds_left(None, "60") == 60  # type: ignore[arg-type]
    assert 50 < seconds_left.seconds_left(time.time() + 60, 7200) <= 60
    run = {**RUN, "hourly_price": "0.5", "began": str(time.time() - 1)}
    assert backup_outcome.backup_outcome(run, "drill")["cost"] == 0.5


def test_evidence_is_of_an_outcome() -> None:
    page = drill_evidence.drill_evidence(backup_outcome.backup_outcome(RUN, "drill", reason="broken"))
    assert page.startswith("# Restore drill of codex: failed\n")


def test_names_may_be_anything_that_is_written_so() -> None:
    assert backup_kind.backup_kind({}, "auto", "codex-db")["kind"] == "dump"
    servers = [{"name": "db-drill-20261123t031500z", "tags": {"codex-scratch": "7"}}]
    assert scratch_servers.scratch_servers(servers, base="db-drill", stack=7) == [servers[0]["name"]]  # type: ignore[arg-type]
    target = restore_target.restore_target({"kind": "dump"}, target="a", own="b", restoring="c", found={})
    assert target == {"way": "new", "problem": ""}


def test_rows_and_settings_are_handed_on() -> None:
    compared = compared_rows.compared_rows({"a": 1}, {"kind": "point", "name": "x"}, before={"a": 1}, after={"a": 2})
    assert compared["known"] and not compared["problem"]
    defaults = {"location": "l", "version": "16", "sku": "Standard_D2ds_v5", "storage_gb": 32, "high_availability": "x"}
    assert restored_server.restored_server({}, defaults=defaults, scratch=True)["high_availability"] == ""


def test_servers_that_were_left() -> None:
    servers = [{"name": "near", "tags": {"codex-restoring": "7 mark-1"}}, {"name": "other", "tags": {}}]
    left = left_servers.left_servers(servers, stack=7, host="here", group="rg", running_timeout=60)  # type: ignore[arg-type]
    assert [one["check"]["name"] for one in left] == ["server near"]
