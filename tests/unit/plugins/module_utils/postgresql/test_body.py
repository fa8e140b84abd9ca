"""A PostgreSQL server in the operator's words and in Azure's."""

from __future__ import annotations

from typing import Any

from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _body

SERVER: dict[str, Any] = {
    "sku": {"name": "Standard_B1ms", "tier": "Burstable"},
    "properties": {
        "version": "16",
        "administratorLogin": "codexadmin",
        "storage": {"type": "", "iops": 120, "tier": "P4", "storageSizeGB": 32, "autoGrow": "Disabled"},
        "backup": {"backupRetentionDays": 7, "geoRedundantBackup": "Disabled"},
        "highAvailability": {"mode": "Disabled", "state": "NotEnabled"},
        "network": {"publicNetworkAccess": "Enabled"},
        "maintenanceWindow": {"customWindow": "Disabled", "dayOfWeek": 0, "startHour": 0, "startMinute": 0},
    },
}
VIEW = {
    "sku": "Standard_B1ms",
    "version": "16",
    "administrator_login": "codexadmin",
    "storage_gb": 32,
    "backup_retention_days": 7,
    "geo_redundant_backup": False,
    "high_availability": "Disabled",
    "public_network_access": True,
    "maintenance_window": {"custom": False},
}
NONE = {"custom": True, "day_of_week": None, "start_hour": None, "start_minute": None}


def test_a_server_is_seen_in_the_words_of_the_options() -> None:
    assert _body.view(SERVER) == VIEW


def test_a_body_holds_what_is_named_and_nothing_else() -> None:
    assert _body.build({"storage_gb": 64}) == {"properties": {"storage": {"storageSizeGB": 64}}}
    assert _body.build({}) == {"properties": {}}


def test_what_is_built_is_seen_again() -> None:
    wanted = {
        "sku": "Standard_D2ds_v5",
        "version": "16",
        "administrator_login": "codexadmin",
        "storage_gb": 64,
        "backup_retention_days": 14,
        "geo_redundant_backup": True,
        "high_availability": "SameZone",
        "public_network_access": False,
        "maintenance_window": {"custom": True, "day_of_week": 6, "start_hour": 2, "start_minute": 30},
    }
    body = _body.build({**wanted, "location": "eastus"})
    assert body["location"] == "eastus"
    assert body["sku"]["tier"] == "GeneralPurpose"
    assert _body.view(body) == wanted


def test_a_part_of_a_window_keeps_the_rest() -> None:
    present = {"custom": True, "day_of_week": 6, "start_hour": 2, "start_minute": 30}
    assert _body.window({**NONE, "start_hour": 4}, present) == {**present, "start_hour": 4}
    assert _body.window({**NONE, "start_hour": 4}, {"custom": False}) == {
        "custom": True,
        "day_of_week": 0,
        "start_hour": 4,
        "start_minute": 0,
    }
    assert _body.window({**NONE, "custom": False}, present) == {"custom": False}
    assert _body.build({"maintenance_window": {"custom": False}}) == {
        "properties": {"maintenanceWindow": {"customWindow": "Disabled"}}
    }
