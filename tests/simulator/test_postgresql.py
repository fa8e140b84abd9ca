"""PostgreSQL servers through Microsoft's unchanged SDK and psycopg."""

from __future__ import annotations

import json
import os
import re
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from tests.simulator.postgresql_bench import GROUP, LOGIN, PASSWORD, VERSION, Bench, code
from tests.simulator_fixture import Simulator
from tests.support.waiting import until

GENERAL = ("Standard_D2ds_v5", "GeneralPurpose")
NEW_PASSWORD = "An0ther-secret-c40d"


@pytest.fixture
def azure(simulator: Simulator) -> Bench:
    return Bench(simulator)


def state(azure: Bench, name: str = "codex-db") -> str:
    return str(azure.raw("GET", azure.path(name)).json()["properties"]["state"])


def kill(simulator: Simulator) -> None:
    """End the simulator's process without any order."""
    process = json.loads((simulator.state_dir / "simulator.pid").read_text(encoding="utf-8"))
    os.kill(process["pid"], signal.SIGKILL)
    simulator.stop()


class TestServer:
    """Create, read, change, delete."""

    def test_its_life(self, azure: Bench) -> None:
        created = azure.create("codex-db", tags={"owner": "operations"})
        properties = created.properties
        assert (created.location, created.tags, created.sku.name) == (
            "East US",
            {"owner": "operations"},
            "Standard_B1ms",
        )
        assert (properties.state, properties.version, properties.administrator_login) == ("Ready", "16", LOGIN)
        assert properties.fully_qualified_domain_name.startswith("127.77.")
        assert (properties.storage.tier, properties.storage.iops) == ("P4", 120)
        assert properties.high_availability.as_dict() == {"mode": "Disabled", "state": "NotEnabled"}
        assert properties.backup.backup_retention_days == 7
        assert azure.run("codex-db", "SHOW server_version")[0][0].split(".")[0] == "16"
        assert azure.run("codex-db", "SHOW max_connections") == [("50",)]
        assert [server.name for server in azure.servers.list_by_resource_group(GROUP)] == ["codex-db"]
        assert [server.name for server in azure.servers.list_by_subscription()] == ["codex-db"]
        azure.servers.begin_delete(GROUP, "codex-db").result()
        with pytest.raises(ResourceNotFoundError):
            azure.servers.get(GROUP, "codex-db")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(host=properties.fully_qualified_domain_name, user=LOGIN, connect_timeout=5)
        assert azure.raw("DELETE", azure.path("codex-db")).status_code == 204

    def test_a_write_is_answered_with_an_operation(self, azure: Bench) -> None:
        answer = azure.put("codex-db")
        assert answer.status_code == 202
        body = answer.json()
        assert set(body) == {"operation", "startTime"}
        assert body["operation"] == "UpsertServerManagementOperationV2"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z", body["startTime"])
        assert "/locations/eastus/azureAsyncOperation/" in answer.headers["Azure-AsyncOperation"]
        assert "/locations/eastus/operationResults/" in answer.headers["Location"]
        assert "retry-after-ms" in answer.headers
        status = azure.raw("GET", answer.headers["Azure-AsyncOperation"], version="")
        assert status.status_code == 200
        assert set(status.json()) == {"name", "status", "startTime"}
        assert azure.raw("GET", azure.path("codex-db")).json()["properties"]["state"] == "Provisioning"

    def test_no_secret_is_returned_logged_or_kept(self, azure: Bench) -> None:
        azure.create("codex-db")
        body = azure.raw("GET", azure.path("codex-db")).text
        assert "createMode" not in body
        for text in (body, str(azure.simulator.requests())):
            assert PASSWORD not in text
        files = [path for path in azure.simulator.state_dir.rglob("*") if path.is_file()]
        holders = [path for path in files if PASSWORD.encode() in path.read_bytes()]
        # What SQLite has freed may hold it until it is used again; the files are the owner's alone.
        assert {path.name for path in holders} <= {"store.sqlite", "store.sqlite-wal"}
        assert all(path.stat().st_mode & 0o077 == 0 for path in holders)

    @pytest.mark.parametrize("method", ["PATCH", "PUT"])
    def test_changes(self, azure: Bench, method: str) -> None:
        azure.create("codex-db", tags={"a": "b"})
        wanted: dict[str, Any] = {
            "sku": {"name": GENERAL[0].upper(), "tier": GENERAL[1].lower()},
            "tags": {"c": "d"},
            "properties": {
                "storage": {"storageSizeGB": 64, "autoGrow": "Enabled"},
                "backup": {"backupRetentionDays": 14},
                "highAvailability": {"mode": "zoneredundant"},
                "maintenanceWindow": {"customWindow": "Enabled", "dayOfWeek": 3, "startHour": 4},
                "administratorLoginPassword": NEW_PASSWORD,
            },
        }
        if method == "PATCH":
            changed = azure.servers.begin_update(GROUP, "codex-db", wanted).result()
        else:
            changed = azure.servers.begin_create_or_update(
                GROUP, "codex-db", {"location": "East US", **wanted}
            ).result()
        properties = changed.properties
        assert (changed.sku.name, changed.sku.tier, changed.tags) == (*GENERAL, {"c": "d"})
        assert (properties.storage.storage_size_gb, properties.storage.tier, properties.storage.auto_grow) == (
            64,
            "P6",
            "Enabled",
        )
        assert properties.backup.backup_retention_days == 14
        assert (properties.high_availability.mode, properties.high_availability.state) == ("ZoneRedundant", "Healthy")
        assert (properties.maintenance_window.day_of_week, properties.maintenance_window.start_minute) == (3, 0)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            azure.connect("codex-db")
        assert azure.run("codex-db", "SHOW max_connections", password=NEW_PASSWORD) == [("859",)]

    def test_survives_a_restart_of_the_simulator(self, azure: Bench) -> None:
        azure.create("codex-db")
        azure.create("stopped-db")
        azure.servers.begin_stop(GROUP, "stopped-db").result()
        azure.run("codex-db", "CREATE TABLE kept AS SELECT 1 AS value")
        azure.simulator.stop()
        azure.simulator.start()
        again = Bench(azure.simulator)
        assert again.run("codex-db", "SELECT value FROM kept") == [(1,)]
        assert state(again, "stopped-db") == "Stopped"
        with pytest.raises(psycopg.OperationalError):
            again.connect("stopped-db")

    def test_a_killed_creation_is_finished_by_the_next_start(self, azure: Bench) -> None:
        azure.put("codex-db").raise_for_status()
        kill(azure.simulator)
        azure.simulator.start()
        again = Bench(azure.simulator)
        until(lambda: state(again) == "Ready", "the server")
        again.open("codex-db")
        assert again.run("codex-db", "SELECT 1") == [(1,)]

    def test_goes_with_its_group(self, azure: Bench) -> None:
        host = azure.create("codex-db").properties.fully_qualified_domain_name
        azure.raw("DELETE", azure.group, version="2022-09-01").raise_for_status()
        until(lambda: azure.raw("GET", azure.group, version="2022-09-01").status_code == 404, "the group's end")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(host=host, user=LOGIN, password=PASSWORD, dbname="postgres", connect_timeout=5)

    def test_a_failed_creation_leaves_nothing(self, azure: Bench) -> None:
        azure.simulator.fault("operation_failure", method="PUT", path="flexibleServers/codex-db$", code="Broken")
        with pytest.raises(HttpResponseError) as caught:
            azure.create("codex-db")
        assert code(caught) == "Broken"
        azure.create("codex-db")

    def test_old_versions_see_less(self, azure: Bench) -> None:
        azure.create("codex-db")
        path = azure.path("codex-db")
        old = azure.raw("GET", path, version="2022-12-01").json()["properties"]
        assert old["storage"] == {"storageSizeGB": 32}
        assert not {"replica", "privateEndpointConnections"} & set(old)
        answer = azure.raw("PATCH", path, {"properties": {"storage": {"autoGrow": "Enabled"}}}, version="2022-12-01")
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidRequestContent")
        azure.put("other-db", api_version="2024-08-01").raise_for_status()
        assert azure.raw("GET", azure.path("other-db"), version="2024-08-01").json()["properties"]["state"] in (
            "Updating",
            "Ready",
        )


class TestRules:
    """What is refused."""

    @pytest.mark.parametrize("name", ["db", "Codex-db", "-codex", "codex-", "codex_db", "codex.db", "c" * 64])
    def test_names(self, azure: Bench, name: str) -> None:
        answer = azure.put(name)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidParameterValue")
        check = f"{azure.simulator.subscription}/providers/Microsoft.DBforPostgreSQL/checkNameAvailability"
        body = {"name": name, "type": "Microsoft.DBforPostgreSQL/flexibleServers"}
        assert azure.raw("POST", check, body).json()["reason"] == "Invalid"

    def test_a_name_is_unique_in_all_of_azure(self, azure: Bench) -> None:
        azure.simulator.hook("POST", "postgresql/reserve-name", {"name": "taken-db"})
        answer = azure.put("taken-db")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "ServerNameAlreadyExists")
        provider = f"{azure.simulator.subscription}/providers/Microsoft.DBforPostgreSQL"
        body = {"name": "taken-db", "type": "Microsoft.DBforPostgreSQL/flexibleServers"}
        for path in (f"{provider}/checkNameAvailability", f"{provider}/locations/eastus/checkNameAvailability"):
            assert azure.raw("POST", path, body).json()["reason"] == "AlreadyExists"
            assert azure.raw("POST", path, {**body, "name": "free-db"}).json()["nameAvailable"] is True

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"administratorLogin": "azure_superuser"}, "ReservedLoginName"),
            ({"administratorLogin": "pg_admin"}, "ReservedLoginName"),
            ({"administratorLogin": "1admin"}, "InvalidParameterValue"),
            ({"administratorLogin": None}, "InvalidParameterValue"),
            ({"administratorLoginPassword": "Sh0rt-1"}, "PasswordTooShort"),
            ({"administratorLoginPassword": "Aa1-" * 33}, "PasswordTooLong"),
            ({"administratorLoginPassword": "onlylowercase"}, "PasswordNotComplex"),
            ({"administratorLoginPassword": f"X1-{LOGIN}"}, "PasswordNotComplex"),
            ({"storage": {"storageSizeGB": 33}}, "InvalidParameterValue"),
            ({"backup": {"backupRetentionDays": 6}}, "InvalidParameterValue"),
            ({"backup": {"backupRetentionDays": 36}}, "InvalidParameterValue"),
            ({"version": "10"}, "InvalidParameterValue"),
            ({"sku": ("Standard_B1ms", "GeneralPurpose")}, "ServerEditionIncompatibleWithSkuSize"),
            ({"highAvailability": {"mode": "SameZone"}}, "HighAvailabilityNotSupportedForBurstable"),
            ({"storage": {"storageSizeGB": 128, "tier": "P4"}}, "InvalidParameterValue"),
            ({"unknown": 1}, "InvalidRequestContent"),
            ({"createMode": "Replica"}, "NotImplementedBySimulator"),
            ({"authConfig": {"activeDirectoryAuth": "Enabled"}}, "NotImplementedBySimulator"),
            ({"network": {"delegatedSubnetResourceId": "/subscriptions/x"}}, "NotImplementedBySimulator"),
        ],
    )
    def test_new_servers(self, azure: Bench, changes: dict[str, Any], expected: str) -> None:
        answer = azure.put("codex-db", **changes)
        assert answer.json()["error"]["code"] == expected
        assert azure.raw("GET", azure.path("codex-db")).status_code == 404

    def test_changes(self, azure: Bench) -> None:
        azure.create("codex-db", storage={"storageSizeGB": 64})
        for changes, expected in (
            ({"storage": {"storageSizeGB": 32}}, "StorageSizeReductionNotSupported"),
            ({"version": "15"}, "VersionDowngradeNotSupported"),
            ({"administratorLogin": "someoneelse"}, "InvalidParameterValue"),
            ({"administratorLoginPassword": "simple"}, "PasswordTooShort"),
            ({"createMode": "Create"}, "InvalidRequestContent"),
        ):
            answer = azure.raw("PATCH", azure.path("codex-db"), {"properties": changes})
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, expected)
        body = azure.body() | {"location": "westus"}
        answer = azure.raw("PUT", azure.path("codex-db"), body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "InvalidResourceLocation")

    def test_accepted_then_failed(self, azure: Bench) -> None:
        azure.create("codex-db")
        body: Any = {"sku": {"name": "Standard_D2ds_v5", "tier": "Burstable"}}
        answer = azure.raw("PATCH", azure.path("codex-db"), body)
        assert answer.status_code == 202
        url = answer.headers["Azure-AsyncOperation"]
        until(lambda: azure.raw("GET", url, version="").json()["status"] == "Failed", "the failure")
        status = azure.raw("GET", url, version="")
        assert (status.status_code, status.json()["error"]["code"]) == (200, "ServerEditionIncompatibleWithSkuSize")
        assert azure.servers.get(GROUP, "codex-db").sku.name == "Standard_B1ms"
        with pytest.raises(HttpResponseError) as caught:
            azure.servers.begin_update(GROUP, "codex-db", body).result()
        assert code(caught) == "ServerEditionIncompatibleWithSkuSize"

    def test_two_writes_at_a_time(self, azure: Bench) -> None:
        azure.create("codex-db")
        azure.slowly("PATCH", "flexibleServers/codex-db$")
        waiting = azure.servers.begin_update(GROUP, "codex-db", {"tags": {"a": "b"}})
        assert state(azure) == "Updating"
        for call in (
            lambda: azure.servers.begin_update(GROUP, "codex-db", {"tags": {}}),
            lambda: azure.servers.begin_delete(GROUP, "codex-db"),
        ):
            with pytest.raises(ResourceExistsError) as caught:
                call()
            assert code(caught) == "ServerIsBusy"
        for path, body in (
            ("/databases/codex", {"properties": {}}),
            ("/firewallRules/one", {"properties": {"startIpAddress": "10.0.0.1", "endIpAddress": "10.0.0.1"}}),
        ):
            answer = azure.raw("PUT", azure.path("codex-db", path), body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "ServerBusy")
        # Reported: these are accepted, and fail.
        with pytest.raises(HttpResponseError) as failed:
            azure.servers.begin_restart(GROUP, "codex-db").result()
        assert code(failed) == "ServerIsNotReady"
        azure.pass_time(hours=2)
        assert waiting.result().tags == {"a": "b"}

    def test_what_is_not_built_is_refused(self, azure: Bench) -> None:
        azure.create("codex-db")
        for path in ("/replicas", "/administrators", "/logFiles", "/migrations"):
            assert azure.raw("GET", azure.path("codex-db", path)).status_code == 501

    def test_capabilities(self, azure: Bench) -> None:
        provider = f"{azure.simulator.subscription}/providers/Microsoft.DBforPostgreSQL"
        (offered,) = azure.raw("GET", f"{provider}/locations/eastus/capabilities").json()["value"]
        editions = {edition["name"]: edition for edition in offered["supportedServerEditions"]}
        assert editions["Burstable"]["defaultSkuName"] == "Standard_B1ms"
        assert "16" in [version["name"] for version in offered["supportedServerVersions"]]
        # What az insists on.
        assert {"name": "OfferRestricted", "status": "Disabled"} in offered["supportedFeatures"]


class TestStates:
    """Stop, start, restart."""

    def test_stop_and_start(self, azure: Bench) -> None:
        azure.create("codex-db")
        azure.run("codex-db", "CREATE TABLE kept AS SELECT 1 AS value")
        with azure.connect("codex-db") as connection:
            azure.servers.begin_stop(GROUP, "codex-db").result()
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        assert state(azure) == "Stopped"
        with pytest.raises(psycopg.OperationalError):
            azure.connect("codex-db")
        azure.servers.begin_start(GROUP, "codex-db").result()
        assert azure.run("codex-db", "SELECT value FROM kept") == [(1,)]

    def test_a_restart_is_one(self, azure: Bench) -> None:
        azure.create("codex-db")
        (before,) = azure.run("codex-db", "SELECT pg_postmaster_start_time()")
        azure.servers.begin_restart(GROUP, "codex-db", {"restartWithFailover": False}).result()
        (after,) = azure.run("codex-db", "SELECT pg_postmaster_start_time()")
        assert after > before
        assert state(azure) == "Ready"
        with pytest.raises(HttpResponseError) as caught:
            azure.servers.begin_restart(GROUP, "codex-db", {"restartWithFailover": True}).result()
        assert code(caught) == "InvalidParameterValue"

    def test_states_that_do_not_fit(self, azure: Bench) -> None:
        azure.create("codex-db")
        for begin, word in ((azure.servers.begin_start, "Current Server State = Ready"),):
            with pytest.raises(HttpResponseError, match=word) as caught:
                begin(GROUP, "codex-db").result()
            assert code(caught) == "ServerIsNotReady"
        azure.servers.begin_stop(GROUP, "codex-db").result()
        for begin in (azure.servers.begin_stop, azure.servers.begin_restart):
            with pytest.raises(HttpResponseError, match="Current Server State = Stopped") as caught:
                begin(GROUP, "codex-db").result()
            assert code(caught) == "ServerIsNotReady"

    def test_a_stopped_server_takes_no_writes(self, azure: Bench) -> None:
        azure.create("codex-db")
        azure.servers.begin_stop(GROUP, "codex-db").result()
        for method, path, body in (
            ("PATCH", "", {"tags": {}}),
            ("PATCH", "/configurations/work_mem", {"properties": {"value": "8192", "source": "user-override"}}),
            ("GET", "/configurations", None),
            ("PUT", "/databases/codex", {"properties": {}}),
        ):
            answer = azure.raw(method, azure.path("codex-db", path), body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "ServerStoppedError"), path
        azure.open("codex-db")
        azure.servers.begin_delete(GROUP, "codex-db").result()


class TestConnections:
    """Firewall rules, TLS, passwords."""

    def test_nobody_connects_without_a_rule(self, azure: Bench) -> None:
        azure.create("codex-db", open=False)
        with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry for host"):
            azure.connect("codex-db")
        azure.open("codex-db")
        assert azure.run("codex-db", "SELECT ssl FROM pg_stat_ssl LIMIT 0") == []
        azure.rules.begin_delete(GROUP, "codex-db", "operator").result()
        with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry for host"):
            azure.connect("codex-db")
        assert azure.raw("DELETE", azure.path("codex-db", "/firewallRules/operator")).status_code == 204

    def test_rules(self, azure: Bench) -> None:
        azure.create("codex-db")
        body: Any = {"properties": {"startIpAddress": "10.0.0.1", "endIpAddress": "10.0.0.9"}}
        made = azure.rules.begin_create_or_update(GROUP, "codex-db", "office", body).result()
        assert made.as_dict()["properties"] == body["properties"]
        assert [rule.name for rule in azure.rules.list_by_server(GROUP, "codex-db")] == ["operator", "office"]
        for name, first, last in (
            ("bad", "10.0.0.9", "10.0.0.1"),
            ("bad", "10.0.0", "10.0.0.1"),
            ("bad name", "10.0.0.1", "10.0.0.1"),
        ):
            path = azure.path("codex-db", f"/firewallRules/{name}")
            answer = azure.raw("PUT", path, {"properties": {"startIpAddress": first, "endIpAddress": last}})
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidParameterValue")

    def test_without_public_access_no_rule_helps(self, azure: Bench) -> None:
        azure.create("codex-db")
        body: Any = {"properties": {"network": {"publicNetworkAccess": "Disabled"}}}
        azure.servers.begin_update(GROUP, "codex-db", body).result()
        with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
            azure.connect("codex-db")

    def test_tls_and_passwords(self, azure: Bench) -> None:
        azure.create("codex-db")
        with pytest.raises(psycopg.OperationalError, match="no encryption"):
            azure.connect("codex-db", sslmode="disable")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            azure.connect("codex-db", password="wrong")

    def test_missing_parents(self, azure: Bench) -> None:
        body = {"properties": {"startIpAddress": "10.0.0.1", "endIpAddress": "10.0.0.1"}}
        answer = azure.raw("PUT", azure.path("nothing", "/firewallRules/one"), body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ParentResourceNotFound")
        answer = azure.raw("GET", azure.path("nothing", "/firewallRules"))
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ResourceNotFound")


class TestDatabases:
    """Databases of a server."""

    def test_their_life(self, azure: Bench) -> None:
        azure.create("codex-db")
        body: Any = {"properties": {"charset": "utf8", "collation": "en_US.utf8"}}
        made = azure.databases.begin_create(GROUP, "codex-db", "codex", body).result()
        assert made.as_dict()["properties"] == {"charset": "UTF8", "collation": "en_US.utf8"}
        azure.run("codex-db", "CREATE TABLE capsules (id int)", dbname="codex")
        azure.run("codex-db", "CREATE DATABASE by_hand")
        names = [database.name for database in azure.databases.list_by_server(GROUP, "codex-db")]
        assert names == ["azure_maintenance", "azure_sys", "by_hand", "codex", "postgres"]
        azure.databases.begin_create(GROUP, "codex-db", "codex", body).result()
        with azure.connect("codex-db", dbname="codex"):
            azure.databases.begin_delete(GROUP, "codex-db", "codex").result()
        with pytest.raises(ResourceNotFoundError):
            azure.databases.get(GROUP, "codex-db", "codex")
        assert azure.raw("DELETE", azure.path("codex-db", "/databases/codex")).status_code == 204

    def test_what_is_refused(self, azure: Bench) -> None:
        azure.create("codex-db")
        azure.databases.begin_create(GROUP, "codex-db", "codex", {"properties": {}}).result()
        for method, name, properties in (
            ("PUT", "1codex", {}),
            ("PUT", "codex", {"charset": "LATIN1"}),
            ("PUT", "codex", {"collation": "C"}),
            ("PUT", "other", {"collation": "en_US;"}),
            ("DELETE", "postgres", None),
        ):
            body = {"properties": properties} if properties is not None else None
            answer = azure.raw(method, azure.path("codex-db", f"/databases/{name}"), body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidParameterValue"), name
        with pytest.raises(HttpResponseError, match="not a valid encoding name"):
            azure.databases.begin_create(
                GROUP, "codex-db", "other", {"properties": {"charset": "NOTHING", "collation": "C"}}
            ).result()


class TestConfigurations:
    """Server parameters are those of the real server."""

    @staticmethod
    def set(azure: Bench, name: str, value: str | None, source: str = "user-override") -> Any:
        body: Any = {"properties": {"source": source, **({"value": value} if value is not None else {})}}
        azure.configurations.begin_update(GROUP, "codex-db", name, body).result()
        return azure.configurations.get(GROUP, "codex-db", name).properties

    def test_a_dynamic_one(self, azure: Bench) -> None:
        azure.create("codex-db")
        before = azure.configurations.get(GROUP, "codex-db", "work_mem").properties
        assert (before.data_type, before.source, before.is_dynamic_config) == ("Integer", "system-default", True)
        assert (before.value, before.allowed_values, before.unit) == ("4096", "64-2147483647", "kB")
        changed = self.set(azure, "work_mem", "8192")
        assert (changed.value, changed.default_value, changed.source) == ("8192", "4096", "user-override")
        assert changed.is_config_pending_restart is False
        assert azure.run("codex-db", "SHOW work_mem") == [("8MB",)]
        back = self.set(azure, "work_mem", None, "system-default")
        assert (back.value, back.source) == ("4096", "system-default")
        assert azure.run("codex-db", "SHOW work_mem") == [("4MB",)]

    def test_a_static_one_waits_for_a_restart(self, azure: Bench) -> None:
        azure.create("codex-db")
        changed = self.set(azure, "max_connections", "60")
        assert (changed.is_dynamic_config, changed.is_config_pending_restart) == (False, True)
        assert (changed.value, azure.run("codex-db", "SHOW max_connections")) == ("60", [("50",)])
        azure.servers.begin_restart(GROUP, "codex-db").result()
        assert (
            azure.configurations.get(GROUP, "codex-db", "max_connections").properties.is_config_pending_restart is False
        )
        assert azure.run("codex-db", "SHOW max_connections") == [("60",)]

    def test_the_list(self, azure: Bench) -> None:
        azure.create("codex-db")
        found = {item.name: item.properties for item in azure.configurations.list_by_server(GROUP, "codex-db")}
        assert found["max_connections"].value == "50"
        assert found["fsync"].is_read_only is True
        assert found["log_statement"].allowed_values.split(",") == ["none", "ddl", "mod", "all"]
        assert found["statement_timeout"].value == "0"
        assert found["application_name"].value == ""
        assert found["logfiles.retention_days"].value == "3"
        assert all(settings.value is not None for settings in found.values())

    def test_what_is_refused(self, azure: Bench) -> None:
        azure.create("codex-db", open=False)
        for name, value, expected in (
            ("work_mem", "63", "InvalidParameterValue"),
            ("work_mem", "much", "InvalidParameterValue"),
            ("log_statement", "some", "InvalidParameterValue"),
            ("autovacuum", "perhaps", "InvalidParameterValue"),
            ("fsync", "on", "InvalidParameterValue"),
            ("nothing_like_it", "on", "ConfigurationNotExists"),
            ("pgbouncer.enabled", "true", "ServerConfigurationNotAllowed"),
            ("require_secure_transport", "off", "NotImplementedBySimulator"),
        ):
            body = {"properties": {"value": value, "source": "user-override"}}
            answer = azure.raw("PATCH", azure.path("codex-db", f"/configurations/{name}"), body)
            assert answer.json()["error"]["code"] == expected, name

    def test_what_only_postgresql_can_judge(self, azure: Bench) -> None:
        azure.create("codex-db", open=False)
        with pytest.raises(HttpResponseError) as caught:
            self.set(azure, "datestyle", "nonsense")
        assert code(caught) == "InvalidParameterValue"
        assert state(azure) == "Ready"


class TestBackups:
    """Backups by themselves and on demand."""

    def test_automatic_ones(self, azure: Bench) -> None:
        azure.create("codex-db", open=False)
        azure.pass_time(seconds=60)
        until(lambda: len(list(azure.backups.list_by_server(GROUP, "codex-db"))) == 1, "the first backup")
        (backup,) = azure.backups.list_by_server(GROUP, "codex-db")
        assert re.fullmatch(r"backup_\d{18}", str(backup.name))
        assert (backup.properties.backup_type, backup.properties.source) == ("Full", "Automatic")
        assert azure.backups.get(GROUP, "codex-db", backup.name).properties.completed_time is not None
        azure.pass_time(hours=25)
        until(lambda: len(list(azure.backups.list_by_server(GROUP, "codex-db"))) == 2, "the second backup")
        answer = azure.raw("DELETE", azure.path("codex-db", f"/backups/{backup.name}"))
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "AutomaticBackupCannotBeDeleted")

    def test_on_demand(self, azure: Bench) -> None:
        azure.create("codex-db", open=False, sku=GENERAL)
        before = datetime.now(UTC)
        made = azure.backups.begin_create(GROUP, "codex-db", "before-release").result()
        assert (made.properties.backup_type, made.name) == ("Customer On-Demand", "before-release")
        assert before <= made.properties.completed_time <= datetime.now(UTC)
        with pytest.raises(HttpResponseError) as caught:
            azure.backups.begin_create(GROUP, "codex-db", "before-release").result()
        assert code(caught) == "InternalServerError"
        azure.backups.begin_delete(GROUP, "codex-db", "before-release").result()
        assert "before-release" not in [item.name for item in azure.backups.list_by_server(GROUP, "codex-db")]
        assert azure.raw("DELETE", azure.path("codex-db", "/backups/before-release")).status_code == 204

    def test_one_at_a_time(self, azure: Bench) -> None:
        azure.create("codex-db", open=False, sku=GENERAL)
        azure.slowly("PUT", "backups/one")
        first = azure.backups.begin_create(GROUP, "codex-db", "one")
        with pytest.raises(HttpResponseError) as caught:
            azure.backups.begin_create(GROUP, "codex-db", "two").result()
        assert code(caught) == "InternalServerError"
        azure.pass_time(hours=2)
        first.result()

    def test_seven_at_most(self, azure: Bench) -> None:
        azure.create("codex-db", open=False, sku=GENERAL)
        for number in range(7):
            azure.backups.begin_create(GROUP, "codex-db", f"backup-{number}").result()
        answer = azure.raw("PUT", azure.path("codex-db", "/backups/one-more"))
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "OnDemandBackupLimitReached")

    def test_not_on_the_burstable_tier(self, azure: Bench) -> None:
        azure.create("codex-db", open=False)
        answer = azure.raw("PUT", azure.path("codex-db", "/backups/mine"))
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "OnDemandBackupNotSupported")
        old = azure.raw("PUT", azure.path("codex-db", "/backups/mine"), version="2022-12-01")
        assert old.status_code == 400

    def test_they_go_with_the_retention_window(self, azure: Bench) -> None:
        azure.create("codex-db", sku=GENERAL)
        early = azure.moment("codex-db")
        azure.backups.begin_create(GROUP, "codex-db", "mine").result()
        azure.pass_time(seconds=60)
        until(lambda: len(list(azure.backups.list_by_server(GROUP, "codex-db"))) == 2, "the first backup")
        azure.pass_time(days=8)
        until(lambda: len(list(azure.backups.list_by_server(GROUP, "codex-db"))) == 1, "expiry")
        until(
            lambda: azure.servers.get(GROUP, "codex-db").properties.backup.earliest_restore_date > early, "the window"
        )
        with pytest.raises(HttpResponseError) as caught:
            azure.restore("codex-copy", "codex-db", early)
        assert code(caught) == "InvalidParameterValue"


class TestRestore:
    """Points in time."""

    @pytest.fixture
    def source(self, azure: Bench) -> Bench:
        azure.create("codex-db", backup={"backupRetentionDays": 17}, tags={"a": "b"})
        azure.run("codex-db", "CREATE TABLE events (id int)", "INSERT INTO events VALUES (1)")
        return azure

    def test_gets_exactly_what_was_there(self, source: Bench) -> None:
        moment = source.moment("codex-db")
        source.run("codex-db", "INSERT INTO events VALUES (2)")
        body: Any = {"properties": {"value": "8192", "source": "user-override"}}
        source.configurations.begin_update(GROUP, "codex-db", "work_mem", body).result()
        restored = source.restore("codex-copy", "codex-db", moment)
        assert restored.properties.state == "Ready"
        assert restored.properties.backup.backup_retention_days == 17
        assert (restored.properties.administrator_login, restored.tags) == (LOGIN, None)
        # Neither rules nor parameters are copied.
        assert list(source.rules.list_by_server(GROUP, "codex-copy")) == []
        assert source.configurations.get(GROUP, "codex-copy", "work_mem").properties.source == "system-default"
        source.open("codex-copy")
        assert source.run("codex-copy", "SELECT id FROM events") == [(1,)]
        assert source.run("codex-db", "SELECT count(*) FROM events") == [(2,)]

    def test_of_a_stopped_server(self, source: Bench) -> None:
        moment = source.moment("codex-db")
        source.servers.begin_stop(GROUP, "codex-db").result()
        source.restore("codex-copy", "codex-db", moment)
        source.open("codex-copy")
        assert source.run("codex-copy", "SELECT id FROM events") == [(1,)]

    def test_to_a_bigger_server_but_no_smaller_one(self, azure: Bench) -> None:
        azure.create("codex-db", sku=GENERAL, highAvailability={"mode": "SameZone"})
        moment = azure.moment("codex-db")
        body = azure.restore_body("codex-db", moment, sku=("Standard_B1ms", "Burstable"))
        answer = azure.raw("PUT", azure.path("codex-copy"), body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "RestoreToLowerTierNotSupported")
        made = azure.restore("codex-copy", "codex-db", moment, sku=("Standard_E2ds_v5", "MemoryOptimized"))
        assert (made.sku.tier, made.properties.high_availability.mode) == ("MemoryOptimized", "Disabled")

    def test_what_is_refused(self, source: Bench) -> None:
        now = datetime.now(UTC)
        for changes in (
            {"pointInTimeUTC": (now + timedelta(days=1)).isoformat()},
            {"pointInTimeUTC": (now - timedelta(days=1)).isoformat()},
            {"sourceServerResourceId": "/subscriptions/nothing"},
            {"version": "17"},
            {"administratorLogin": LOGIN},
        ):
            body = source.restore_body("codex-db", now, **changes)
            answer = source.raw("PUT", source.path("codex-copy"), body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidParameterValue"), changes
            assert source.raw("GET", source.path("codex-copy")).status_code == 404

    def test_never_over_an_existing_server_nor_elsewhere(self, source: Bench) -> None:
        body = source.restore_body("codex-db", source.moment("codex-db"))
        answer = source.raw("PUT", source.path("codex-db"), body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "ServerAlreadyExists")
        answer = source.raw("PUT", source.path("codex-copy"), {**body, "location": "westus"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidParameterValue")

    def test_a_time_in_another_form(self, source: Bench) -> None:
        body = source.restore_body("codex-db", datetime.now(UTC), pointInTimeUTC="2026-01-02 03:04:05 +0000 UTC")
        answer = source.raw("PUT", source.path("codex-copy"), body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (500, "InternalServerError")


def test_threat_protection(azure: Bench) -> None:
    azure.create("codex-db", open=False)
    path = azure.path("codex-db", "/advancedThreatProtectionSettings/Default")
    assert azure.raw("GET", path).json()["properties"]["state"] == "Disabled"
    azure.raw("PUT", path, {"properties": {"state": "Enabled"}}).raise_for_status()
    until(lambda: azure.raw("GET", path).json()["properties"]["state"] == "Enabled", "the setting")
    assert azure.raw("GET", path, version=VERSION).json()["properties"]["creationTime"] > "2020"
