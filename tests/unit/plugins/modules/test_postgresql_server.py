"""What postgresql_server writes, what it refuses, and what it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _secret_digest
from tests.support import postgresql
from tests.support.postgresql import Memory, busy_once

PASSWORD = "Correct-Horse-7"
NEW: dict[str, Any] = {
    "location": "eastus",
    "administrator_login": "codexadmin",
    "administrator_password": PASSWORD,
}
RESTORE: dict[str, Any] = {"source_server": "codex-db", "point_in_time": "2026-02-01T12:00:00+02:00"}


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """See Memory."""
    return postgresql.install(monkeypatch)


def run(check_mode: bool = False, name: str = "codex-db", **params: Any) -> dict[str, Any]:
    """Return the result of the module; the password is never part of it."""
    result = postgresql.run("postgresql_server", check_mode, name=name, **params)
    assert PASSWORD not in str(result)
    return result


def both(name: str = "codex-db", **params: Any) -> dict[str, Any]:
    """Return the result of a run that was checked before, and said the same."""
    checked = run(True, name, **params)
    result = run(False, name, **params)
    assert [checked.get(key) for key in ("changed", "diff", "impact", "msg")] == [
        result.get(key) for key in ("changed", "diff", "impact", "msg")
    ]
    return result


def code(result: dict[str, Any]) -> str:
    """Return why a run has failed; there is always something to do about it."""
    assert result.get("failed"), result
    assert result["failure"]["remedy"], result
    return str(result["failure"]["code"])


def test_a_new_server(memory: Memory) -> None:
    result = both(**NEW, tags={"owner": "operations"})
    assert result["changed"] and result["impact"] == "none"
    assert result["diff"]["after"]["administrator_password"] == "(secret)"
    [(verb, body)] = memory.writes
    assert verb == "create"
    tags = body.pop("tags")
    assert tags.pop(_secret_digest.TAG).startswith("v1.") and tags == {"owner": "operations"}
    assert body == {
        "location": "eastus",
        "sku": {"name": "Standard_B1ms", "tier": "Burstable"},
        "properties": {
            "createMode": "Create",
            "version": "16",
            "administratorLogin": "codexadmin",
            "administratorLoginPassword": PASSWORD,
            "storage": {"storageSizeGB": 32},
        },
    }
    memory.verbs()
    assert not both(**NEW, tags={"owner": "operations"})["changed"]
    assert memory.verbs() == []


def test_a_new_server_needs_a_region_and_an_administrator(memory: Memory) -> None:
    assert code(both(**{**NEW, "location": None})) == "LocationRequired"
    missing = both(location="eastus")
    assert code(missing) == "AdministratorRequired"
    assert "administrator_login and administrator_password" in missing["failure"]["remedy"]
    assert code(both(**NEW, high_availability="SameZone")) == "HighAvailabilityNotSupported"
    assert memory.verbs() == []


CHANGES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"sku": "Standard_D2ds_v5"}, {"sku": {"name": "Standard_D2ds_v5", "tier": "GeneralPurpose"}}, "restart"),
    ({"storage_gb": 64}, {"properties": {"storage": {"storageSizeGB": 64}}}, "none"),
    ({"backup_retention_days": 14}, {"properties": {"backup": {"backupRetentionDays": 14}}}, "none"),
    ({"public_network_access": False}, {"properties": {"network": {"publicNetworkAccess": "Disabled"}}}, "none"),
    (
        {"maintenance_window": {"day_of_week": 6, "start_hour": 2}},
        {
            "properties": {
                "maintenanceWindow": {"customWindow": "Enabled", "dayOfWeek": 6, "startHour": 2, "startMinute": 0}
            }
        },
        "none",
    ),
    ({"tags": {"owner": "operations"}}, {"tags": {"owner": "operations"}}, "none"),
]


@pytest.mark.parametrize(
    ("params", "body", "impact"), CHANGES, ids=[next(iter(one)) for one, _body, _impact in CHANGES]
)
def test_a_change_writes_what_is_named_and_nothing_else(
    memory: Memory, params: dict[str, Any], body: dict[str, Any], impact: str
) -> None:
    memory.add("codex-db")
    result = both(**params)
    assert result["changed"] and result["impact"] == impact
    assert memory.writes == [("update", {"properties": {}, **body})]
    memory.verbs()
    assert not both(**params)["changed"]
    assert memory.verbs() == []


def test_high_availability_goes_with_the_size_azure_has(memory: Memory) -> None:
    memory.add("codex-db")
    assert code(both(high_availability="ZoneRedundant")) == "HighAvailabilityNotSupported"
    assert both(high_availability="ZoneRedundant", sku="Standard_D2ds_v5")["impact"] == "restart"
    memory.verbs()
    assert code(both(sku="Standard_B2s")) == "HighAvailabilityNotSupported"
    assert memory.verbs() == []
    assert both(sku="Standard_B2s", high_availability="Disabled")["changed"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"version": "17"}, "PropertyCannotChange"),
        ({"administrator_login": "somebody"}, "PropertyCannotChange"),
        ({"geo_redundant_backup": True}, "PropertyCannotChange"),
        ({"location": "westus"}, "InvalidResourceLocation"),
        ({"storage_gb": 32}, "StorageCannotShrink"),
        ({"state": "absent"}, "ForceRequired"),
    ],
)
def test_what_a_server_cannot_become_is_refused(memory: Memory, params: dict[str, Any], expected: str) -> None:
    memory.add("codex-db", properties={"storage": {"storageSizeGB": 64}})
    assert code(both(**params)) == expected
    assert memory.verbs() == []


# The password


def test_the_password_is_remembered_with_the_tags(memory: Memory) -> None:
    run(**NEW)
    memory.verbs()
    assert not both(administrator_password=PASSWORD)["changed"]
    replaced = both(tags={"a": "b"}, append_tags=False)
    assert replaced["diff"]["after"] == {"tags": {"a": "b"}}
    assert not both(administrator_password=PASSWORD)["changed"]
    assert memory.verbs() == ["update"]


@pytest.mark.parametrize("drift", ["another password", "another key", "no tag"])
def test_a_password_that_may_be_another_one_is_set(memory: Memory, drift: str) -> None:
    run(**NEW, tags={"owner": "operations"})
    memory.verbs()
    if drift == "no tag":
        del memory.servers["codex-db"]["tags"][_secret_digest.TAG]
    params = {"administrator_password": PASSWORD + ("!" if drift == "another password" else "")}
    if drift == "another key":
        params["secrets_key"] = "of the operator"
    result = both(**params)
    assert result["diff"] == {
        "before": {"administrator_password": "(secret)"},
        "after": {"administrator_password": "(secret, changed)"},
    }
    assert result["impact"] == "none"
    [(_verb, body)] = memory.writes
    assert body["properties"] == {"administratorLoginPassword": params["administrator_password"]}
    assert body["tags"]["owner"] == "operations"
    memory.verbs()
    assert not both(**params)["changed"]


# Stopped, started, deleted


def test_stop_start_restart(memory: Memory) -> None:
    memory.add("codex-db")
    assert not both(state="started")["changed"]
    stopped = both(state="stopped")
    assert stopped["impact"] == "restart" and stopped["postgresql_server"]["state"] == "Stopped"
    assert stopped["diff"] == {"before": {"state": "Ready"}, "after": {"state": "Stopped"}}
    assert not both(state="stopped")["changed"]
    assert both(state="started")["impact"] == "none"
    assert both(state="restarted")["impact"] == "restart"
    run(state="stopped")
    assert both(state="restarted")["changed"]
    assert memory.verbs() == ["stop", "start", "restart", "stop", "start"]
    assert code(both(name="other", state="started")) == "ResourceNotFound"


def test_a_server_is_deleted_when_that_is_meant(memory: Memory) -> None:
    memory.add("codex-db")
    assert both(state="absent", force=True)["impact"] == "data_loss"
    assert not both(state="absent", force=True)["changed"]
    assert not both(state="absent")["changed"]
    assert memory.verbs() == ["delete"]


# Waiting


@pytest.mark.parametrize("state", ["Updating", "Starting", "Provisioning", "Restarting"])
def test_an_earlier_operation_is_awaited(memory: Memory, state: str) -> None:
    memory.add("codex-db", properties={"state": state})
    memory.after_read = lambda server: server["properties"].update(state="Ready", storage={"storageSizeGB": 64})
    result = run(storage_gb=64)
    assert not result["changed"] and result["postgresql_server"]["state"] == "Ready"
    assert memory.verbs() == []


def test_an_earlier_operation_that_does_not_end_is_named(memory: Memory) -> None:
    memory.add("codex-db", properties={"state": "Updating"})
    result = run(storage_gb=64, timeout=1)
    assert code(result) == "Timeout" and "still Updating, by an operation started earlier" in result["msg"]


def test_a_stop_is_over_when_the_server_is_stopped(memory: Memory) -> None:
    memory.add("codex-db")
    memory.states["stop"] = "Stopping"

    def stop_at_last(server: dict[str, Any]) -> None:
        if server["properties"]["state"] == "Stopping":
            server["properties"]["state"] = "Stopped"

    memory.after_read = stop_at_last
    assert run(state="stopped")["postgresql_server"]["state"] == "Stopped"


@pytest.mark.parametrize("busy", ["ServerIsBusy", "ServerBusy"])
def test_a_busy_server_is_tried_again(memory: Memory, busy: str) -> None:
    memory.add("codex-db")
    memory.before_write = busy_once(busy)
    assert run(storage_gb=64)["changed"]
    assert memory.verbs() == ["update"]


# Restored


def test_a_restore_sets_what_azure_takes_from_the_source(memory: Memory) -> None:
    memory.add("codex-db", properties={"backup": {"backupRetentionDays": 17}}, tags={"owner": "operations"})
    params = {
        "restore": RESTORE,
        "sku": "Standard_D2ds_v5",
        "backup_retention_days": 7,
        "administrator_login": "codexadmin",
        "administrator_password": PASSWORD,
        "version": "16",
        "tags": {"drill": "yes"},
    }
    result = both(name="db-restored", **params)
    assert result["changed"] and result["impact"] == "none" and "warnings" not in result
    (_create, created), (_update, updated) = memory.writes
    assert created == {
        "location": "East US",
        "sku": {"name": "Standard_D2ds_v5", "tier": "GeneralPurpose"},
        "tags": {"drill": "yes"},
        "properties": {
            "createMode": "PointInTimeRestore",
            "sourceServerResourceId": f"{postgresql.GROUP}/codex-db",
            "pointInTimeUTC": "2026-02-01T10:00:00.000000Z",
        },
    }
    assert updated["properties"] == {
        "backup": {"backupRetentionDays": 7},
        "administratorLoginPassword": PASSWORD,
    }
    assert set(updated["tags"]) == {"drill", _secret_digest.TAG}
    memory.verbs()
    assert not both(name="db-restored", **params)["changed"]
    assert memory.verbs() == []


def test_a_restore_that_names_nothing_else_is_one_write(memory: Memory) -> None:
    memory.add("codex-db")
    source = {**RESTORE, "source_server": f"{postgresql.GROUP}/codex-db"}
    assert both(name="db-restored", restore=source)["changed"]
    assert memory.verbs() == ["create"]


def test_a_busy_server_is_not_restored_twice(memory: Memory) -> None:
    memory.add("codex-db")
    memory.before_write = busy_once(verb="update")
    assert run(name="db-restored", restore=RESTORE, backup_retention_days=14)["changed"]
    assert memory.verbs() == ["create", "update"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"restore": {**RESTORE, "point_in_time": "2025-12-31T23:59:59Z"}}, "PointInTimeOutsideWindow"),
        ({"restore": RESTORE, "version": "17"}, "PropertyCannotChange"),
        ({"restore": RESTORE, "administrator_login": "somebody"}, "PropertyCannotChange"),
        ({"restore": RESTORE, "location": "westus"}, "InvalidResourceLocation"),
        ({"restore": RESTORE, "high_availability": "SameZone"}, "HighAvailabilityNotSupported"),
        ({"restore": {**RESTORE, "source_server": "gone"}}, "LocationRequired"),
    ],
)
def test_a_restore_that_cannot_come_out_as_named_is_refused(
    memory: Memory, params: dict[str, Any], expected: str
) -> None:
    memory.add("codex-db")
    assert code(both(name="db-restored", **params)) == expected
    assert memory.verbs() == []


def test_a_restore_of_a_server_that_is_there_does_nothing(memory: Memory) -> None:
    memory.add("codex-db")
    memory.add("db-restored")
    assert not both(name="db-restored", restore=RESTORE)["changed"]
