"""The modules of PostgreSQL servers against a local Azure: what others get wrong, and what goes wrong.

What the official collection does wrong was found by running its modules against a server that logs every request; the
number is that of the finding.
"""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _resource
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _backup
from tests.simulator_fixture import Simulator
from tests.support.database_server import NAME, PASSWORD, DatabaseServer
from tests.support.fault_matrix import hurry
from tests.support.waiting import until

HERE: dict[str, Any] = {"name": "here", "start_address": "127.0.0.0", "end_address": "127.255.255.255"}
GENERAL: dict[str, Any] = {"sku": "Standard_D2ds_v5"}

pytestmark = pytest.mark.slow


@pytest.fixture
def database(simulator: Simulator, tmp_path: Path) -> DatabaseServer:
    """A server of the smallest kind."""
    return DatabaseServer(simulator, tmp_path)


@pytest.fixture
def general(simulator: Simulator, tmp_path: Path) -> DatabaseServer:
    """A server of a general purpose size."""
    return DatabaseServer(simulator, tmp_path, **GENERAL)


# What others get wrong


def test_6_a_check_says_what_the_run_does(database: DatabaseServer) -> None:
    changes: list[dict[str, Any]] = [
        {"sku": "Standard_B2s", "backup_retention_days": 14},
        {"state": "restarted"},
        {"tags": {"a": "b"}},
        {"state": "stopped"},
        {"state": "started"},
    ]
    for change in changes:
        checked = database.server(True, **change)
        assert database.writes() == []
        done = database.server(**change)
        assert len(database.writes()) == 1
        assert checked["changed"] and done["changed"], change
        assert (checked["diff"], checked["impact"]) == (done["diff"], done["impact"])


def test_a3_a_change_of_the_password_is_a_change(database: DatabaseServer) -> None:
    database.child("firewall_rule", **HERE)
    database.writes()
    assert not database.server(administrator_password=PASSWORD)["changed"]
    assert database.writes() == []
    assert database.server(True, administrator_password=PASSWORD + "2")["changed"]
    assert database.writes() == []
    with database.connect() as before:
        result = database.server(administrator_password=PASSWORD + "2")
        assert result["impact"] == "none" and before.execute("SELECT 1").fetchone() == (1,)
    assert database.writes() == [f"PATCH {NAME}"]
    database.connect(password=PASSWORD + "2").close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        database.connect()


def test_a3_what_is_not_named_is_kept(database: DatabaseServer) -> None:
    database.server(public_network_access=False, backup_retention_days=9, tags={"a": "b"})
    found = database.server(storage_gb=64)["postgresql_server"]
    assert found["network"]["public_network_access"] == "Disabled"
    assert found["backup"]["backup_retention_days"] == 9
    assert found["tags"]["a"] == "b"


def test_a3_stop_and_restart_are_over_when_the_task_is(database: DatabaseServer) -> None:
    database.child("firewall_rule", **HERE)
    with database.connect() as connection:
        started = connection.execute("SELECT pg_postmaster_start_time()").fetchone()
    database.server(state="restarted")
    with database.connect() as connection:
        assert connection.execute("SELECT pg_postmaster_start_time()").fetchone() != started
    assert not database.server(state="started")["changed"]
    assert database.server(state="stopped")["postgresql_server"]["state"] == "Stopped"
    assert not database.server(state="stopped")["changed"]
    with pytest.raises(psycopg.OperationalError):
        database.connect()
    assert database.server(state="restarted")["postgresql_server"]["state"] == "Ready"
    database.connect().close()


def test_a3_a_database_cannot_be_changed_and_a_check_says_so(database: DatabaseServer) -> None:
    database.child("database", name="codex")
    change = {"server": NAME, "name": "codex", "charset": "LATIN1"}
    checked, done = (database.attempt("postgresql_database", mode, **change) for mode in (True, False))
    assert checked["failure"]["code"] == "PropertyCannotChange" and checked["msg"] == done["msg"]


def test_a3_parameters_say_when_a_restart_is_needed(database: DatabaseServer) -> None:
    wanted = {"max_connections": 60, "log_min_duration_statement": 500}
    assert database.child("configuration", configurations=wanted)["restart_required_by"] == ["max_connections"]
    assert not database.child("configuration", configurations=wanted)["changed"]
    database.server(state="restarted")
    assert not database.child("configuration", configurations=wanted)["restart_required"]


def test_a3_a_check_of_a_backup_that_is_there_is_no_change(general: DatabaseServer) -> None:
    assert general.child("backup", name="before")["changed"]
    general.writes()
    assert not general.child("backup", True, name="before")["changed"]
    assert not general.child("backup", name="before")["changed"]
    assert general.writes() == []


def test_a3_the_tier_is_checked_before_a_backup_is_asked_for(database: DatabaseServer) -> None:
    for check_mode in (True, False):
        result = database.attempt("postgresql_backup", check_mode, server=NAME, name="x")
        assert result["failure"]["code"] == "BackupNotSupported" and result["failure"]["remedy"]
    assert database.writes() == []


def test_a3_the_limit_is_known_before_a_backup_is_asked_for(general: DatabaseServer) -> None:
    for number in range(7):
        general.child("backup", name=f"of-somebody-{number}")
    general.writes()
    result = general.attempt("postgresql_backup", server=NAME, prefix="daily", keep=1)
    assert result["failure"]["code"] == "BackupLimitReached"
    assert general.writes() == []


def test_a3_a_delete_is_over_when_the_task_is(database: DatabaseServer) -> None:
    assert database.server(state="absent", force=True)["postgresql_server"] is None
    assert database.simulator.requests()[-1]["status"] == 404


# What goes wrong


def statuses(database: DatabaseServer, method: str) -> list[int]:
    """Return how the requests of a method were answered since the last look at the writes."""
    return [one["status"] for one in database.simulator.requests() if one["method"] == method]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Come back sooner where Azure says that it is busy."""
    monkeypatch.setattr(_resource, "BUSY_SECONDS", 0.1)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("code", ["ServerIsBusy", "ServerBusy"])
def test_a_busy_server_is_waited_for(database: DatabaseServer, code: str) -> None:
    database.simulator.fault("error", path="firewallRules/here", method="PUT", status=409, code=code, times=2)
    assert database.child("firewall_rule", **HERE)["changed"]
    assert statuses(database, "PUT") == [409, 409, 202]
    database.simulator.fault("operation_failure", path=NAME, method="PATCH", code=code, message="busy")
    assert database.server(storage_gb=64)["postgresql_server"]["storage"]["storage_size_gb"] == 64
    assert statuses(database, "PATCH") == [202, 202]


@pytest.mark.usefixtures("quick")
def test_two_writes_at_once_follow_each_other(database: DatabaseServer) -> None:
    database.simulator.fault("slow_operation", path=NAME, method="PATCH", seconds=600)
    assert database.server(storage_gb=64, wait=False)["operation"]
    with ThreadPoolExecutor(1) as pool:
        child = pool.submit(database.child, "database", name="codex")
        try:
            until(lambda: 409 in statuses(database, "PUT") or child.done(), "the second write to be refused")
        finally:
            database.simulator.pass_time(600)
        assert child.result()["changed"]
    assert {409, 202} == set(statuses(database, "PUT"))
    assert not database.server(storage_gb=64)["changed"]


def test_what_an_interrupted_run_started_is_awaited_and_not_written_again(database: DatabaseServer) -> None:
    database.simulator.fault("slow_operation", path=NAME, method="PATCH", seconds=1)
    database.server(storage_gb=64, wait=False)
    database.writes()
    again = database.server(storage_gb=64)
    assert not again["changed"] and again["postgresql_server"]["storage"]["storage_size_gb"] == 64
    assert database.writes() == []


def test_a_wait_has_an_end(database: DatabaseServer) -> None:
    database.simulator.fault("slow_operation", path=NAME, method="PATCH", seconds=30)
    result = database.attempt("postgresql_server", name=NAME, storage_gb=64, timeout=1)
    assert result["failure"]["code"] == "Timeout" and result["failure"]["remedy"]


def test_what_azure_accepts_and_then_fails_is_a_failure(database: DatabaseServer) -> None:
    result = database.attempt("postgresql_server", name=NAME, sku="Standard_D3ds_v5")
    assert result["failure"]["code"] == "ServerEditionIncompatibleWithSkuSize" and result["failure"]["remedy"]
    assert database.server()["postgresql_server"]["sku"]["name"] == "Standard_B1ms"


def test_a_stopped_server_is_named_as_the_cause(database: DatabaseServer) -> None:
    database.server(state="stopped")
    result = database.attempt("postgresql_configuration", server=NAME, configurations={"max_connections": 60})
    assert result["failure"]["code"] == "ServerStoppedError" and "started" in result["failure"]["remedy"]


def test_a_duplicate_that_azure_does_not_explain_is(general: DatabaseServer, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch.setattr)
    monkeypatch.setattr(_backup, "SHOWS_SECONDS", 0.5)
    general.simulator.fault("error", path="backups", method="PUT", status=500, code="InternalServerError", times=9)
    result = general.attempt("postgresql_backup", server=NAME, name="x")
    assert result["failure"]["code"] == "InternalServerError" and result["failure"]["remedy"]


def test_a_restore_to_a_second_is_what_was_there(general: DatabaseServer) -> None:
    general.child("firewall_rule", **HERE)
    with general.connect() as connection:
        connection.execute("CREATE TABLE written (number int)")
        connection.execute("INSERT INTO written VALUES (1)")
        found = connection.execute("SELECT clock_timestamp()").fetchone()
        assert found is not None
        moment: datetime.datetime = found[0]
        connection.execute("INSERT INTO written VALUES (2)")
    general.server(backup_retention_days=17)
    params: dict[str, Any] = {
        "name": "codex-restored",
        "restore": {"source_server": NAME, "point_in_time": moment.isoformat()},
        "administrator_password": PASSWORD + "-new",
        "backup_retention_days": 8,
    }
    checked = general.server(True, **params)
    general.writes()
    restored = general.server(**params)
    assert checked["diff"] == restored["diff"] and "warnings" not in restored
    assert general.writes() == ["PUT codex-restored", "PATCH codex-restored"]
    assert restored["postgresql_server"]["backup"]["backup_retention_days"] == 8
    assert not general.server(**params)["changed"]
    general.run("postgresql_firewall_rule", server="codex-restored", **HERE)
    host = restored["postgresql_server"]["fully_qualified_domain_name"]
    with general.connect(host, PASSWORD + "-new") as connection:
        assert connection.execute("SELECT number FROM written").fetchall() == [(1,)]
