"""What the role for backups works out from what it knows, without a server."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from tests.support.role import evaluate

pytestmark = pytest.mark.slow

SERVER = {"postgresql_server": {"state": "Ready", "sku": {"name": "Standard_B1ms", "tier": "Burstable"}}}


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
