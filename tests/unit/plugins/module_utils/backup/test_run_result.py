"""What a run has come to, for people, for programs, and for the audit."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _run_result

BEGAN = 1_795_420_800.0  # 2026-11-23T08:00:00Z
POINT = {"kind": "dump", "name": "codex-1", "moment": "2026-11-23T07:59:00Z", "size_bytes": 7, "sha256": "aa"}
CHOICE = {"kind": "dump", "words": "dump", "why": "database_backup_kind says so"}
ROW = {"table": "public.capsules", "expected": "2", "found": 2, "ok": True}
DRILL: dict[str, Any] = {
    "stack": "codex",
    "action": "drill_restore",
    "who": "somebody",
    "began": BEGAN,
    "server": "codex-db",
    "azure_server": {"state": "Ready", "version": "16", "sku": {"name": "Standard_B1ms", "tier": "Burstable"}},
    "target": "codex-db-drill",
    "hourly_price": 0.1,
    "evidence_directory": "/evidence",
}


def run(**facts: Any) -> _run_result.Run:
    """Return what a run of a drill knows."""
    return _run_result.Run(**{**DRILL, **facts})


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_times_are_the_same_in_every_zone(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        found = _run_result.drill(run(scratch_removed=True), BEGAN + 90.04)
        left = _run_result.seconds_left(BEGAN + 600, 7200, BEGAN + 1)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert found["duration_seconds"] == 90.0
    assert (found["began"], found["ended"]) == ("2026-11-23T08:00:00Z", "2026-11-23T08:01:30Z")
    assert found["evidence"] == "/evidence/drill-codex-20261123T080000Z"
    assert left == 599


def test_a_step_has_a_second_at_least() -> None:
    assert _run_result.seconds_left(None, 7200, BEGAN) == 7200
    assert _run_result.seconds_left(BEGAN - 600, 7200, BEGAN) == 1


@pytest.mark.parametrize(
    ("removed", "told", "written"),
    [
        (False, "codex-db-drill", "codex-db-drill, **not removed**: it costs"),
        (True, "", "codex-db-drill, removed again |"),
    ],
)
def test_a_server_that_could_not_be_removed_is_told(removed: bool, told: str, written: str) -> None:
    known = run(scratch_removed=removed)
    drilled = _run_result.drill(known, BEGAN, "The server is busy")
    failed = _run_result.failure(
        run(scratch_removed=removed, result=drilled), "The server is busy (ServerIsBusy). Wait"
    )
    assert (failed["server"], failed["code"]) == ("codex-db", "ServerIsBusy")
    if told:
        assert failed["scratch_server"] == told
    assert _run_result.record(known).get("scratch_server", "") == told
    assert written in _run_result.evidence(drilled)


def test_a_drill_that_fails_says_why_and_keeps_its_rows() -> None:
    found = _run_result.drill(run(scratch_removed=True, point=POINT, comparison={"rows": [ROW]}), BEGAN, "Rows differ")
    assert (found["result"], found["rows"]) == ("failed", [ROW])
    assert found["message"] == "codex: codex-1 of codex-db does not prove to restore: Rows differ"
    page = _run_result.evidence(found)
    assert page.startswith("# Restore drill of codex: failed\n\ncodex-1 of codex-db (Standard_B1ms, PostgreSQL 16) did")
    assert "| public.capsules | 2 | 2 | equal |\n" in page
    assert "| restored | dump, the state of 2026-11-23T07:59:00Z |" in page


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"rehearsed": True}, "codex-1 of codex-db would be restored; not known before: whether its rows are the same"),
        ({"comparison": {"known": True}}, "codex-1 of codex-db restores with the same rows"),
        ({"comparison": {"known": False}}, "codex-1 of codex-db restores; the rows are not known beforehand"),
    ],
)
def test_a_drill_says_what_it_has_shown(facts: dict[str, Any], words: str) -> None:
    found = _run_result.drill(run(scratch_removed=True, point=POINT, **facts), BEGAN + 3601)
    assert found["message"] == f"codex: {words}"
    assert (found["result"], found["changed"]) == (("rehearsed", False) if facts.get("rehearsed") else ("ok", True))
    assert found["cost"] == 0.2


def test_rows_that_nobody_knows_are_not_compared() -> None:
    row = {"table": "a", "expected": "not known", "found": 1, "ok": True}
    other = {**ROW, "found": 3, "ok": False}
    found = _run_result.drill(run(scratch_removed=True, comparison={"rows": [row, other]}), BEGAN)
    page = _run_result.evidence(found)
    assert "| a | not known | 1 | not compared |" in page
    assert "| public.capsules | 2 | 3 | differs |" in page
    assert page.splitlines()[2].startswith("No backup of codex-db")


def test_a_backup_says_what_was_made_and_what_went() -> None:
    known = run(
        choice=CHOICE,
        verify="restore",
        point=POINT,
        made={"changed": True, "where": "elsewhere"},
        found={"where": "/backups"},
        pruned=[{"removed": ["old"]}, {}],
    )
    found = _run_result.backup(known, BEGAN + 1.26)
    assert found == {
        "stack": "codex",
        "action": "drill_restore",
        "result": "ok",
        "changed": True,
        "kind": "dump",
        "why": "database_backup_kind says so",
        "server": "codex-db",
        "name": "codex-1",
        "where": "/backups",
        "size_bytes": 7,
        "sha256": "aa",
        "rows": [],
        "verified": "restore",
        "removed": ["old"],
        "duration_seconds": 1.3,
        "message": "codex: dump codex-1 was made and restores with the same rows, 1 removed",
    }
    assert _run_result.record(run(result=found)) == {
        fact: found[fact] for fact in ("kind", "name", "server", "where", "removed")
    }


@pytest.mark.parametrize(
    ("verify", "before", "told"),
    [
        ("list", [], True),
        ("none", ["", ""], True),
        ("list", ["", "2026-11-23T00:00:00Z"], False),
        ("restore", [], False),
    ],
)
def test_a_dump_that_nothing_has_ever_proven_is_told(verify: str, before: list[str], told: bool) -> None:
    points = [{"proven": one} for one in before]
    known = run(choice=CHOICE, verify=verify, point=POINT, found={"restore_points": points})
    assert ("no dump was ever proven" in _run_result.backup(known, BEGAN)["message"]) is told
    azures = run(choice=CHOICE, verify=verify, point={**POINT, "kind": "point"})
    assert "proven" not in _run_result.backup(azures, BEGAN)["message"]


def test_a_rehearsed_backup_has_proven_nothing() -> None:
    known = run(rehearsed=True, choice=CHOICE, verify="list", point=POINT, made={"removed": ["old"]})
    found = _run_result.backup(known, BEGAN)
    assert (found["result"], found["verified"], found["changed"]) == ("rehearsed", "none", False)
    proven = "not known before: whether it is found again"
    assert found["message"] == f"codex: dump codex-1 would be made, 1 would go; {proven}"


def test_a_backup_of_azures_is_with_its_server() -> None:
    known = run(
        azure_server={"id": "/servers/codex-db"},
        choice={"kind": "azure", "words": "on-demand backup", "why": ""},
        verify="none",
        point={"kind": "point", "name": "codex-2"},
        made={"changed": True},
        found={"where": "/backups"},
    )
    found = _run_result.backup(known, BEGAN)
    assert (found["where"], found["size_bytes"]) == ("/servers/codex-db", None)
    assert found["message"] == "codex: on-demand backup codex-2 was made"


@pytest.mark.parametrize(
    ("target", "rehearsed", "message"),
    [
        ("codex-db", False, "codex: codex-1 was restored into codex-db"),
        ("codex-db", True, "codex: codex-1 would be restored into codex-db"),
        (
            "new",
            False,
            "codex: codex-1 was restored into new. To stay with it, set database_server_name to new in the inventory",
        ),
    ],
)
def test_a_restore_says_how_to_stay_with_it(target: str, rehearsed: bool, message: str) -> None:
    found = _run_result.restore(run(point=POINT, target=target, rehearsed=rehearsed), BEGAN)
    assert (found["message"], found["server"], found["kind"]) == (message, target, "dump")


def test_a_failure_keeps_what_was_known_and_names_the_server_it_leaves() -> None:
    known = run(point=POINT, target="new", changed=True, result={"kind": "dump", "rows": [ROW]})
    found = _run_result.failure(known, "no password")
    assert found == {
        "kind": "dump",
        "rows": [ROW],
        "stack": "codex",
        "action": "drill_restore",
        "result": "failed",
        "changed": True,
        "server": "new",
        "code": "",
        "message": "codex: no password",
    }


def test_the_audit_is_told_what_the_run_came_to_know() -> None:
    assert _run_result.record(_run_result.Run(stack="codex")) == {"server": ""}
    assert _run_result.record(run(point=POINT, target="new")) == {
        "kind": "dump",
        "name": "codex-1",
        "moment": "2026-11-23T07:59:00Z",
        "server": "new",
    }


@pytest.mark.parametrize(
    ("timeout", "price", "cost", "problems"),
    [
        (7200, 0.5, 1.0, []),
        (7201, 0.5, 1.0, ["A drill of up to 3 h may cost 1.5, more than database_backup_drill_max_cost (1.0)"]),
        (7200, 0.0, 1.0, ["database_backup_drill_hourly_price has to say what an hour of the server costs"]),
        (0, 0.5, 1.0, ["database_backup_drill_timeout has to be positive"]),
    ],
)
def test_what_may_cost_too_much_is_refused(timeout: int, price: float, cost: float, problems: list[str]) -> None:
    assert _run_result.drill_problems(timeout, price, cost) == problems


def test_emptied_tables_are_named_whatever_has_restored_them() -> None:
    comparison = {"rows": [ROW], "known": True, "unlogged": ["public.a", "public.b"], "problem": ""}
    known = run(point=POINT, choice=CHOICE, comparison=comparison, verify="restore", made={"changed": True})
    for found in (
        _run_result.drill(known, BEGAN + 1),
        _run_result.restore(known, BEGAN + 1),
        _run_result.backup(known, BEGAN + 1),
    ):
        assert ", but for unlogged tables, which are in no log and so empty: public.a, public.b" in found["message"]
    assert _run_result.drill(known, BEGAN + 1)["unlogged_tables"] == ["public.a", "public.b"]
