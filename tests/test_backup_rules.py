"""What the role for backups works out from what it knows, without a server."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

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
