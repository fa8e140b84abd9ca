"""What the role for backups works out from what it knows, without a server."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.playbooks import ROOT
from tests.support.role import evaluate

pytestmark = pytest.mark.slow

SERVER = {
    "postgresql_server": {"state": "Ready", "version": "16", "sku": {"name": "Standard_B1ms", "tier": "Burstable"}}
}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_times_are_the_same_in_every_zone(zone: str, tmp_path: Path) -> None:
    found = evaluate(
        "database_backup",
        tmp_path,
        {
            "seconds": "__database_backup_seconds | float",
            "left": "__database_backup_time_left | int",
            "age": "__database_backup_age | int",
            "began": "'%Y-%m-%dT%H:%M:%SZ' | strftime(__database_backup_began, utc=true)",
        },
        tasks_from="ready",
        environment={"TZ": zone},
        database_result=SERVER,
        database_server_name="codex-db",
        database_backup_drill_timeout=600,
        __database_backup_deadline="{{ __database_backup_clock | float + 600 }}",
        __database_backup_newest={"moment": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%S}"},
    )
    assert 0 <= found["seconds"] < 60
    assert 540 < found["left"] <= 600
    assert 0 <= found["age"] < 60
    began = datetime.datetime.fromisoformat(found["began"])
    assert abs((datetime.datetime.now(datetime.UTC) - began).total_seconds()) < 60


@pytest.mark.parametrize(
    ("variables", "told", "written"),
    [
        ({"__database_backup_scratch_removed": False}, "codex-db-drill", "codex-db-drill, **not removed**: it costs"),
        ({"__database_backup_scratch_removed": True}, "", "codex-db-drill, removed again |"),
    ],
)
def test_a_server_that_could_not_be_removed_is_told(
    tmp_path: Path, variables: dict[str, Any], told: str, written: str
) -> None:
    found = evaluate(
        "database_backup",
        tmp_path,
        {
            "failure": "__database_backup_failure",
            "record": "database_backup_record",
            "evidence": f"lookup('ansible.builtin.template', '{ROOT}/roles/database_backup/templates/evidence.md.j2')",
        },
        stack_name="codex",
        stack_action="drill_restore",
        stack_operator="somebody",
        stack_reason="The server is busy (ServerIsBusy). Run it again",
        database_result=SERVER,
        database_server_name="codex-db",
        database_backup_drill_hourly_price=0.1,
        database_backup_result="{{ __database_backup_drill_outcome }}",
        __database_backup_drill_reason="The server is busy",
        __database_backup_began=0,
        __database_backup_target_name="codex-db-drill",
        **variables,
    )
    assert found["failure"]["server"] == "codex-db"
    assert found["failure"].get("scratch_server", "") == told
    assert found["record"].get("scratch_server", "") == told
    assert written in found["evidence"]


@pytest.mark.parametrize(("ahead", "ok"), [(-3600, True), (60, True), (3600, False), (-100_000, False)])
def test_only_a_backup_of_about_now_is_young(ahead: int, ok: bool, tmp_path: Path) -> None:
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=ahead)
    tasks = yaml.safe_load((ROOT / "roles/database_backup/tasks/verify.yml").read_text())
    (row,) = [task["vars"]["__database_backup_check_of_age"] for task in tasks if "vars" in task]
    found = evaluate(
        "database_backup",
        tmp_path,
        {"row": "row"},
        row=row,
        __database_backup_newest={"name": "codex", "moment": f"{moment:%Y-%m-%dT%H:%M:%S}"},
        __database_backup_kind="dump",
    )["row"]
    assert found["ok"] is ok
    assert ("newer than the clock of this host" in found["found"]) is (ahead > 0)


def test_only_servers_made_for_a_proof_of_this_stack_are_removed(tmp_path: Path) -> None:
    ours = "codex-db-drill-20261123t031500z"
    servers = [
        {"name": ours, "tags": {"codex-scratch": "codex"}},
        {"name": "codex-db-drill-20261123t031501z", "tags": {"codex-scratch": "other"}},
        {"name": "codex-db-drill-20261123t031502z", "tags": {"owner": "somebody"}},
        {"name": "codex-db-drill-20261123t031503z", "tags": None},
        {"name": "codex-db-drill-20261123t031504z"},
        {"name": "codex-db", "tags": {"codex-scratch": "codex"}},
    ]
    found = evaluate(
        "database_backup",
        tmp_path,
        {"removed": "__database_backup_scratch_servers"},
        stack_name="codex",
        database_server_name="codex-db",
        __database_backup_all={"postgresql_servers": servers},
    )
    assert found["removed"] == [ours]
