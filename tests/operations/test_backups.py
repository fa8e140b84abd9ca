"""Backups of a stack's database as its operator sees them: made, proven, checked, restored, drilled, told of."""

from __future__ import annotations

import contextlib
import datetime
import http.server
import json
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.simulator_fixture import Simulator
from tests.support.playbooks import ROOT, Run
from tests.support.stack import DATABASE, Stack
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.soak]

SERVERS = "providers/Microsoft.DBforPostgreSQL/flexibleServers"
API_VERSION = "2026-10-01"
KEEP_ONE = " ".join(
    f"database_backup_keep_{rule}={kept}" for rule, kept in [("last", 1), ("daily", 0), ("weekly", 0), ("monthly", 0)]
)


class Data:
    """A stack with a database, and clients of that database.

    :param server: the one that its inventory names, which is meant where none is named.
    """

    def __init__(self, stack: Stack, server: str) -> None:
        self.stack = stack
        self._server = server
        self.backups = stack.azure.state_dir / "backups"

    def servers(self) -> dict[str, dict[str, Any]]:
        """Return the servers there are, by name."""
        path = f"{self.stack.azure.subscription}/resourceGroups/{self.stack.name}-rg/{SERVERS}"
        return {one["name"]: one for one in self.stack.azure.call("GET", path, API_VERSION).json()["value"]}

    def scratch_servers(self) -> list[str]:
        """Return the names of servers that were made for a proof."""
        return [name for name in self.servers() if "-drill-" in name]

    def run_sql(self, statement: str, server: str = "") -> list[tuple[Any, ...]]:
        """Run one statement as the administrator, and return its rows."""
        connection = self.stack.azure.connection
        with psycopg.connect(
            host=self.servers()[server or self._server]["properties"]["fullyQualifiedDomainName"],
            user="codexadmin",
            password=self.password,
            dbname="codex",
            sslmode="verify-full",
            sslrootcert=connection["ca_path"],
            autocommit=True,
        ) as session:
            cursor = session.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @property
    def password(self) -> str:
        """The administrator's password."""
        return f"Rehearsed-{self.stack.azure.connection['subscription_id'][:8]}"

    def capsules(self, server: str = "") -> list[str]:
        """Return the names of all capsules."""
        return [row[0] for row in self.run_sql("SELECT name FROM capsules ORDER BY name", server)]

    def add_capsule(self, name: str) -> None:
        """Write one capsule."""
        self.run_sql(f"INSERT INTO capsules (kind, name) VALUES ('test', '{name}')")

    def last_record(self) -> dict[str, Any]:
        """Return what the audit file says of the last run, beside what it says of every run."""
        audit = self.stack.azure.state_dir / "codexdominion.azure" / "audit.jsonl"
        found: dict[str, Any] = json.loads(audit.read_text(encoding="utf-8").splitlines()[-1])["record"]
        return found

    def stored(self) -> set[str]:
        """Return the names of all files in the directory of backups."""
        return {path.name for path in self.backups.glob("*") if path.is_file()}


def result(run: Run) -> dict[str, Any]:
    """Return what the line of JSON in the output says; a run tells its result just once."""
    lines = re.findall(r'^ *(\{"stack".*\})$', run.output, re.MULTILINE)
    assert len(lines) == 1, run.output
    found: dict[str, Any] = json.loads(lines[0])
    return found


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Data]:
    """A stack with a backend and a database of one capsule, backed up once."""
    folder = tmp_path_factory.mktemp("backups")
    local = Simulator(folder / "azure", 0)
    local.start()
    stack = Stack(local, folder, "data", {**DATABASE, "database_backup_drill_hourly_price": 0.5})
    stack.set_up()
    data = Data(stack, "data-db-server")
    data.add_capsule("first")
    assert stack.play("backup_database").code == 0
    yield data
    local.stop()


class Webhook:
    """Takes results, and answers with one status."""

    def __init__(self, status: int) -> None:
        taken: list[dict[str, Any]] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        self.taken = taken
        self._server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/secret-path"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def webhook(status: int = 200) -> Iterator[Webhook]:
    """A webhook that takes results for as long as the block lasts."""
    hook = Webhook(status)
    try:
        yield hook
    finally:
        hook.stop()


class TestBackup:
    def test_a_rehearsal_makes_nothing(self, data: Data) -> None:
        data.stack.azure.forget()
        before = data.stored()
        run = data.stack.play("backup_database", "--check")
        assert run.code == 0, run.output
        assert result(run)["result"] == "rehearsed"
        assert data.stored() == before
        assert not data.stack.azure.writes()

    def test_exit_code_line_and_webhook_say_the_same_and_no_secret(self, data: Data, tmp_path: Path) -> None:
        with webhook() as hook:
            # In a file, since Ansible shows its own arguments.
            (tmp_path / "secrets.yml").write_text(json.dumps({"database_backup_webhook_url": hook.url}))
            run = data.stack.play("backup_database", "-vvvv", "-e", f"@{tmp_path}/secrets.yml")
        assert run.code == 0, run.output
        told = result(run)
        assert hook.taken == [told]
        assert (told["result"], told["kind"]) == ("ok", "dump")
        assert "(Burstable) has no on-demand backups" in told["why"]
        assert {f"{told['name']}.dump", f"{told['name']}.json"} <= data.stored()
        assert data.last_record() == {"changed": True, "failed_task": None} | {
            fact: told[fact] for fact in ("kind", "name", "server", "where", "removed")
        }
        assert data.password not in run.output
        assert "secret-path" not in run.output

    @pytest.mark.parametrize("status", [500, None])
    def test_a_webhook_that_does_not_take_it_is_told_and_the_backup_is_good(
        self, data: Data, status: int | None
    ) -> None:
        with webhook(status or 200) as hook:
            if status is None:
                hook.stop()
            run = data.stack.play("backup_database", "-e", f"database_backup_webhook_url={hook.url}")
        assert run.code == 0, run.output
        assert result(run)["result"] == "ok"
        assert (
            f"could not be sent to database_backup_webhook_url: {'status 500' if status else 'no answer'}" in run.text()
        )

    def test_a_failure_is_told_and_leaves_what_there_is(self, data: Data) -> None:
        before = data.stored()
        with webhook() as hook:
            run = data.stack.play(
                "backup_database", "-e", f"database_backup_webhook_url={hook.url} database_backup_bin_dir=/nowhere"
            )
        assert run.code == 2
        assert hook.taken == [result(run)]
        assert result(run)["result"] == "failed"
        assert "pg_dump" in result(run)["message"]
        assert data.stored() == before

    def test_a_backup_that_cannot_be_written_down_is_told_as_failed_only(self, data: Data) -> None:
        with webhook() as hook:
            run = data.stack.play(
                "backup_database",
                *("-e", f"database_backup_webhook_url={hook.url}", "-e", "stack_audit_path=/dev/null/audit.jsonl"),
            )
        assert run.code == 2
        told = result(run)
        assert hook.taken == [told]
        assert (told["result"], told["changed"]) == ("failed", True)
        assert f"{told['name']}.dump" in data.stored()

    def test_a_locked_stack_is_told_too_and_has_an_exit_code_of_its_own(self, data: Data, tmp_path: Path) -> None:
        before = data.stored()
        pause = ("-e", "database_backup_verify=restore")
        with data.stack.start("backup_database", *pause, log=tmp_path / "first") as first:
            until(lambda: "Dump the database" in first.said(), "a backup that has the lock")
            second = data.stack.start("backup_database", log=tmp_path / "second")
            script = ROOT / "roles" / "database_backup" / "files" / "scheduled_run"
            with second:
                run = second.wait()
            repeated = subprocess.run(
                ["bash", script, "sh", "-c", 'cat "$0"; exit 2', tmp_path / "second"], capture_output=True, timeout=30
            )
            assert first.wait().code == 0
        assert run.code == 2
        assert result(run)["code"] == "StackLocked"
        assert repeated.returncode == 75
        assert len(data.stored() - before) == 2

    def test_it_is_proven_on_a_server_that_is_removed_again(self, data: Data) -> None:
        run = data.stack.play("backup_database", "-e", "database_backup_verify=restore")
        assert run.code == 0, run.output
        rows = {row["table"]: (row["expected"], row["found"], row["ok"]) for row in result(run)["rows"]}
        there = len(data.capsules())
        assert rows["public.capsules"] == (str(there), there, True)
        assert data.scratch_servers() == []

    def test_a_mark_is_quick_and_is_kept_beside(self, data: Data) -> None:
        run = data.stack.play("backup_database", "-e", "database_backup_kind=mark")
        assert run.code == 0, run.output
        assert f"{result(run)['name']}.json" in data.stored()
        assert f"{result(run)['name']}.dump" not in data.stored()

    def test_a_dump_in_a_storage_account_is_proven_and_found(
        self, data: Data, storage_account: dict[str, Any], tmp_path: Path
    ) -> None:
        variables = {f"database_backup_{name}": value for name, value in storage_account.items()}
        (tmp_path / "account.yml").write_text(json.dumps(variables))
        account = ("-e", f"@{tmp_path}/account.yml")
        before = data.stored()
        run = data.stack.play("backup_database", "-vvvv", *account, "-e", "database_backup_verify=restore")
        assert run.code == 0, run.output
        assert result(run)["where"].startswith(storage_account["storage_account_url"])
        assert storage_account["storage_account_key"] not in run.output
        assert data.stored() == before
        verified = data.stack.play("verify_backups", *account, "-e", "database_backup_check_content=true")
        assert verified.code == 0, verified.output
        assert result(run)["name"] in verified.output

    def test_what_is_not_to_be_kept_goes(self, data: Data) -> None:
        rehearsed = data.stack.play("backup_database", "--check", "-e", KEEP_ONE)
        run = data.stack.play("backup_database", "-e", KEEP_ONE)
        assert run.code == 0, run.output
        assert result(run)["removed"]
        assert result(rehearsed)["removed"] == result(run)["removed"]
        assert [name for name in data.stored() if name.endswith(".dump")] == [f"{result(run)['name']}.dump"]


class TestVerify:
    def test_a_young_backup_passes(self, data: Data) -> None:
        run = data.stack.play("verify_backups")
        assert run.code == 0, run.output
        assert "checks passed" in run.text()

    def test_an_old_one_fails(self, data: Data) -> None:
        name = json.loads(sorted(data.backups.glob("*.json"))[-1].read_text())["name"]
        time.sleep(max(0.0, _moment(name) + 1.1 - time.time()))
        run = data.stack.play("verify_backups", "-e", "database_backup_max_age=1s")
        assert run.code == 2
        assert "FAILED newest dump" in run.text()
        assert "(expected at most 1s)" in run.text()

    def test_a_doubtful_one_fails_by_name(self, data: Data) -> None:
        name = "data-20250101T000000Z"
        (data.backups / f"{name}.json").write_text("{}")
        try:
            run = data.stack.play("verify_backups")
        finally:
            (data.backups / f"{name}.json").unlink()
        assert run.code == 2
        assert f"FAILED {name} doubtful" in run.text()

    def test_one_that_is_not_of_the_kind_there_should_be_is_looked_at_too(self, data: Data) -> None:
        name = "data-20250101T000000Z"
        (data.backups / f"{name}.json").write_text("{}")
        try:
            run = data.stack.play("verify_backups", "-e", "database_backup_kind=azure")
        finally:
            (data.backups / f"{name}.json").unlink()
        assert run.code == 2
        assert f"FAILED {name} doubtful" in run.text()

    def test_nonsense_is_refused(self, data: Data) -> None:
        run = data.stack.play("verify_backups", "-e", "database_backup_max_age=daily")
        assert run.code == 2
        assert "such as 90m, 26h, 8d; not daily" in run.text()


def _moment(name: str) -> float:
    """Return the time in a backup's name, in seconds since 1970."""
    moment = datetime.datetime.strptime(name[-16:], "%Y%m%dT%H%M%SZ")
    return moment.replace(tzinfo=datetime.UTC).timestamp()


class TestDrill:
    def test_what_may_cost_too_much_is_refused_before_anything(self, data: Data) -> None:
        data.stack.azure.forget()
        run = data.stack.play("drill_restore", "-e", "database_backup_drill_timeout=7201")
        assert run.code == 2
        assert "up to 3 h may cost 1.5, more than database_backup_drill_max_cost (1.0)" in run.text()
        assert not data.stack.azure.writes()

    # The clock of the host may show any zone.
    @pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
    def test_the_newest_dump_is_proven_with_evidence(
        self, data: Data, zone: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TZ", zone)
        run = data.stack.play("drill_restore")
        assert run.code == 0, run.output
        told = result(run)
        assert 0 < told["duration_seconds"] < 300
        assert told["cost"] == 0.5
        assert json.loads(Path(told["evidence"] + ".json").read_text()) == told
        assert re.search(r"\| public.capsules \| (\d+) \| \1 \| equal \|", Path(told["evidence"] + ".md").read_text())
        assert data.scratch_servers() == []

    def test_a_moment_is_proven_by_counts_around_it(self, data: Data) -> None:
        data.run_sql("CREATE UNLOGGED TABLE cache_entries AS SELECT 1 AS k")
        run = data.stack.play("drill_restore", "-e", "database_backup_drill_from=now")
        assert run.code == 0, run.output
        there = len(data.capsules())
        assert {"table": "public.capsules", "expected": str(there), "found": there, "ok": True} in result(run)["rows"]
        emptied = {"table": "public.cache_entries", "expected": "0 (unlogged)", "found": 0, "ok": True}
        assert emptied in result(run)["rows"]
        assert (
            "but for unlogged tables, which are in no log and so empty: public.cache_entries" in result(run)["message"]
        )
        assert data.scratch_servers() == []
        data.run_sql("DROP TABLE cache_entries")

    def test_a_moment_that_nobody_has_counted_is_told_as_such(self, data: Data) -> None:
        moment = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"
        run = data.stack.play("drill_restore", "-e", f"database_backup_drill_from={moment}")
        assert run.code == 0, run.output
        # To the second, it may lie before the end of what another test has made.
        assert "restores; the rows are not known beforehand" in result(run)["message"]
        assert "| public.capsules | not known | " in Path(result(run)["evidence"] + ".md").read_text()
        assert "| not compared |" in Path(result(run)["evidence"] + ".md").read_text()
        empty = data.stack.play("drill_restore", "-e", f"database_backup_drill_from={moment} database_name=nothing")
        assert empty.code == 2
        assert "without any table in the database nothing; expected are capsules" in empty.text()
        assert data.scratch_servers() == []

    def test_a_backup_that_lies_fails_with_evidence_and_nothing_left(self, data: Data) -> None:
        made = result(data.stack.play("backup_database"))["name"]
        manifest = data.backups / f"{made}.json"
        content = manifest.read_text()
        lie = json.loads(content)
        lie["tables"]["public.capsules"] += 1
        manifest.write_text(json.dumps(lie))
        try:
            with webhook() as hook:
                run = data.stack.play(
                    "drill_restore",
                    "-e",
                    f"database_backup_drill_from={made} database_backup_webhook_url={hook.url}",
                )
        finally:
            manifest.write_text(content)
        assert run.code == 2
        told = result(run)
        assert hook.taken == [told]
        assert (told["result"], told["name"], told["scratch_removed"]) == ("failed", made, True)
        assert "RowsDiffer" in told["message"]
        assert Path(told["evidence"] + ".md").exists()
        (evidence,) = [path for path in (data.backups / "evidence").glob("*.md") if made in path.read_text()]
        assert ": failed" in evidence.read_text()
        assert ", removed again |" in evidence.read_text()
        assert data.scratch_servers() == []

    def test_a_rehearsal_makes_nothing(self, data: Data) -> None:
        data.stack.azure.forget()
        before = {path.name for path in data.backups.rglob("*")}
        run = data.stack.play("drill_restore", "--check")
        assert run.code == 0, run.output
        assert result(run)["result"] == "rehearsed"
        assert {path.name for path in data.backups.rglob("*")} == before
        assert not data.stack.azure.writes()

    @pytest.mark.soak
    def test_what_a_killed_drill_has_left_is_removed_by_the_next(self, data: Data, tmp_path: Path) -> None:
        with data.stack.start("drill_restore", log=tmp_path / "log") as drill:
            until(data.scratch_servers, "a server for the drill")
            drill.signal(signal.SIGKILL)
        run = data.stack.play("drill_restore", "-e", "lock_timeout=1")
        assert run.code == 0, run.output
        assert data.scratch_servers() == []


class TestRestore:
    def test_it_has_to_be_said_what(self, data: Data) -> None:
        run = data.stack.play("restore_database")
        assert run.code == 2
        assert "Say what to restore with -e restore=" in run.text()

    def test_what_is_not_there_is_told_with_what_is(self, data: Data) -> None:
        run = data.stack.play("restore_database", "-e", "restore=data-20200101T000000Z")
        assert run.code == 2
        assert "There is no good backup data-20200101T000000Z of data-db-server. The newest are: " in run.text()

    def test_a_database_is_replaced_only_when_it_is_meant(self, data: Data) -> None:
        assert data.stack.play("backup_database").code == 0
        dumped = data.capsules()
        data.add_capsule("second")
        refused = data.stack.play("restore_database", "-e", "restore=latest")
        assert refused.code == 2
        assert "run it again with: -e confirm=data" in refused.text()
        assert data.capsules() == [*dumped, "second"]
        rehearsed = data.stack.play("restore_database", "-e", "restore=latest", "--check")
        assert rehearsed.code == 0, rehearsed.output
        assert data.capsules() == [*dumped, "second"]
        run = data.stack.play("restore_database", "-e", "restore=latest confirm=data")
        assert run.code == 0, run.output
        assert data.capsules() == dumped
        assert data.scratch_servers() == []

    def test_a_failure_names_the_server_that_it_leaves(self, data: Data) -> None:
        made = result(data.stack.play("backup_database"))["name"]
        manifest = data.backups / f"{made}.json"
        content = manifest.read_text()
        lie = json.loads(content)
        lie["tables"]["public.capsules"] += 1
        manifest.write_text(json.dumps(lie))
        try:
            run = data.stack.play(
                "restore_database", "-e", f"restore={made} database_backup_restore_server=data-db-lies"
            )
        finally:
            manifest.write_text(content)
        assert run.code == 2
        told = result(run)
        assert (told["result"], told["changed"], told["server"]) == ("failed", True, "data-db-lies")
        record = data.last_record()
        assert (record["changed"], record["name"], record["server"]) == (True, made, "data-db-lies")
        data.stack.azure.call("DELETE", data.servers()["data-db-lies"]["id"], API_VERSION).raise_for_status()
        until(lambda: "data-db-lies" not in data.servers(), "the end of the server")

    def test_a_switch_that_fails_is_told_as_failed_only(self, data: Data) -> None:
        with webhook() as hook:
            run = data.stack.play(
                "restore_database",
                *("-e", f"restore=latest confirm=data switch_backend=true database_backup_webhook_url={hook.url}"),
                *("-e", "database_check_average=0.000001"),
            )
        assert run.code == 2
        told = result(run)
        assert hook.taken == [told]
        assert (told["result"], told["changed"], told["server"]) == ("failed", True, "data-db-server")
        assert told["kind"] == "dump"

    def test_a_moment_between_two_writes_has_the_first_and_goes_into_use(self, data: Data) -> None:
        data.add_capsule("before")
        expected = data.capsules()
        (between,) = data.run_sql(
            "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        )
        data.add_capsule("after")
        run = data.stack.play(
            "restore_database",
            *("-e", f"restore={between[0]} switch_backend=true database_backup_restore_server=data-db-restored"),
            *("-e", "database_server_name=data-db-server"),
            *("-e", json.dumps({"database_configurations": {"log_min_duration_statement": "5000"}})),
        )
        assert run.code == 0, run.output
        assert data.capsules("data-db-restored") == expected
        assert data.capsules() == ["after", *expected]
        assert data.run_sql("SHOW log_min_duration_statement", "data-db-restored") == [("5s",)]
        assert "set database_server_name to data-db-restored in the inventory" in run.text()
        assert data.stack.health()["database"]["status"] == "healthy"
        data.stack.azure.forget()
        settled = data.stack.play("setup_stack", "-e", "database_server_name=data-db-restored")
        assert settled.code == 0, settled.output
        assert not [write for write in data.stack.azure.writes() if "containerGroups" in write]
        taken = data.stack.play(
            "restore_database", "-e", f"restore={between[0]}", "-e", "database_backup_restore_server=data-db-restored"
        )
        assert taken.code == 2
        assert "There is a PostgreSQL server data-db-restored already" in taken.text()


def test_the_databases_of_a_server_go_together_and_none_is_taken_for_another(data: Data) -> None:
    both = ("-e", json.dumps({"database_further_names": ["reports"]}))
    data.run_sql("CREATE DATABASE reports")
    try:
        run = data.stack.play("backup_database", *both)
        assert run.code == 0, run.output
        made = result(run)["name"]
        manifests = [json.loads(path.read_text()) for path in data.backups.glob("*.json")]
        (further,) = [one for one in manifests if one.get("part_of") == result(run)["sha256"]]
        assert (further["database"], further["azure_server"]) == ("reports", "data-db-server")
        dumped = data.capsules()
        data.add_capsule("later")
        data.run_sql("DROP DATABASE reports")
        run = data.stack.play("restore_database", *both, "-e", "restore=latest confirm=data")
        assert run.code == 0, run.output
        assert result(run)["name"] == made, "the newest dump is that of the other database"
        assert data.capsules() == dumped
        assert data.run_sql("SELECT count(*) FROM pg_database WHERE datname = 'reports'") == [(1,)]
        verified = data.stack.play("verify_backups", *both)
        assert verified.code == 0, verified.output
        assert "newest dump of codex" in verified.text() and "newest dump of reports" in verified.text()
        refused = data.stack.play("restore_database", "-e", f"restore={further['name']} confirm=data")
        assert refused.code == 2
        assert "-e database_backup_restore_from_database=reports" in refused.text()
        assert data.capsules() == dumped
        refused = data.stack.play("restore_database", "-e", "restore=latest confirm=data database_name=third")
        assert refused.code == 2
        assert "There is no good backup latest of data-db-server" in refused.text()
    finally:
        data.run_sql("DROP DATABASE IF EXISTS reports")


def test_a_dump_brings_back_a_database_whose_server_is_gone(data: Data, tmp_path: Path) -> None:
    stack = Stack(data.stack.azure, tmp_path, "gone", {**DATABASE, "database_server_name": "gone-db"})
    gone = Data(stack, "gone-db")
    stack.azure.group("gone-rg")
    assert stack.play("provision_database").code == 0
    gone.add_capsule("first")
    assert stack.play("backup_database").code == 0
    path = gone.servers()["gone-db"]["id"]
    stack.azure.call("DELETE", path, API_VERSION).raise_for_status()
    until(lambda: not gone.servers(), "the end of the server")
    refused = stack.play("backup_database")
    assert refused.code == 2
    assert "There is no PostgreSQL server gone-db in gone-rg. Create it with" in refused.text()
    names = "database_server_name=gone-db database_backup_restore_server=gone-db-again"
    run = stack.play("restore_database", "-e", f"restore=latest {names}")
    assert run.code == 0, run.output
    assert gone.capsules("gone-db-again") == ["first"]


def test_azure_makes_a_backup_where_it_can_and_it_is_proven(data: Data, tmp_path: Path) -> None:
    general = {
        **DATABASE,
        "database_server_name": "general-db",
        "database_sku": "Standard_D2ds_v5",
        "database_high_availability": "ZoneRedundant",
        "database_backup_retention_days": 14,
        "database_maintenance_window": {"day_of_week": 3, "start_hour": 4},
        "database_backup_keep_on_demand": 1,
    }
    stack = Stack(data.stack.azure, tmp_path, "general", general)
    stack.azure.group("general-rg")
    provided = stack.play("provision_database")
    assert provided.code == 0, provided.output
    marks = [result(stack.play("backup_database", "-e", "database_backup_kind=mark"))["name"] for _time in range(2)]
    run = stack.play("backup_database", "-e", f"database_backup_verify=restore {KEEP_ONE}")
    assert run.code == 0, run.output
    told = result(run)
    assert told["kind"] == "azure"
    assert (told["removed"], data.stored() & {f"{mark}.json" for mark in marks}) == (marks[:1], {f"{marks[1]}.json"})
    assert told["why"] == "general-db (GeneralPurpose) has on-demand backups"
    assert all(row["ok"] for row in told["rows"])
    taken = stack.play("backup_database", "-e", "database_backup_kind=dump database_backup_prefix=data")
    assert taken.code == 2
    assert "belongs to stack data in " in taken.text() and "(PrefixInUse)" in taken.text()
    verified = stack.play("verify_backups")
    assert verified.code == 0, verified.output
    assert told["name"] in verified.output
    rehearsed = stack.play("restore_database", "-e", "restore=latest", "--check")
    assert rehearsed.code == 0, rehearsed.output
    assert result(rehearsed)["name"] == told["name"]
    _a_backup_is_restored_by_name_with_what_azure_does_not_copy(Data(stack, "general-db"), told["name"])
    _old_backups_stay_until_the_new_one_is_proven(Data(stack, "general-db"), told["name"])
    # What is given so goes before all else; it means the stack's own server, not the one of the drill.
    drilled = stack.play(
        "drill_restore", "-e", "database_server_name=general-db database_backup_drill_hourly_price=0.1"
    )
    assert drilled.code == 0, drilled.output
    assert result(drilled)["rows"]
    assert list(Data(stack, "general-db").servers()) == ["general-db"]


def _a_backup_is_restored_by_name_with_what_azure_does_not_copy(data: Data, name: str) -> None:
    azure, server = data.stack.azure, data.servers()["general-db"]
    by_hand: dict[str, dict[str, Any]] = {
        "firewallRules/office": {"startIpAddress": "203.0.113.0", "endIpAddress": "203.0.113.9"},
        "configurations/work_mem": {"value": "8192", "source": "user-override"},
        "configurations/max_connections": {"value": "77", "source": "user-override"},
        "configurations/log_min_duration_statement": {"value": "9000", "source": "user-override"},
    }
    for child, properties in by_hand.items():
        path = f"{server['id']}/{child}"
        azure.call("PUT", path, API_VERSION, {"properties": properties}).raise_for_status()
        until(lambda: _has(azure.call("GET", path, API_VERSION), properties), child)  # noqa: B023 - at once
    azure.forget()
    run = data.stack.play(
        *("restore_database", "-e", f"restore={name} database_backup_restore_server=general-db-back"),
        *("-e", json.dumps({"database_configurations": {"log_min_duration_statement": "5000"}})),
    )
    assert run.code == 0, run.output
    assert result(run)["name"] == name
    assert len([write for write in azure.writes() if "general-db-back/restart" in write]) == 1
    assert data.capsules("general-db-back") == data.capsules()
    assert data.run_sql("SHOW max_connections", "general-db-back") == [("77",)]
    assert data.run_sql("SHOW log_min_duration_statement", "general-db-back") == [("5s",)]
    restored = data.servers()["general-db-back"]
    for child in ("firewallRules/office", "configurations/work_mem"):
        assert _has(azure.call("GET", f"{restored['id']}/{child}", API_VERSION), by_hand[child]), child
    for kept in ("backupRetentionDays", "mode", "customWindow", "dayOfWeek", "startHour"):
        assert _values(restored)[kept] == _values(server)[kept], kept
    assert "codex-restoring" not in restored["tags"]
    azure.call("DELETE", restored["id"], API_VERSION).raise_for_status()
    until(lambda: "general-db-back" not in data.servers(), "the end of the server")


def _has(answer: Any, properties: dict[str, Any]) -> bool:
    """Return whether what was asked for is there with these properties."""
    return bool(answer.status_code == 200 and properties.items() <= answer.json()["properties"].items())


def _values(server: dict[str, Any]) -> dict[str, Any]:
    """Return what a server says of its backups, its standby and its maintenance."""
    parts = ("backup", "highAvailability", "maintenanceWindow")
    return {name: value for part in parts for name, value in server["properties"][part].items()}


def _old_backups_stay_until_the_new_one_is_proven(data: Data, old: str) -> None:
    path = f"{data.servers()['general-db']['id']}/backups"

    def on_demand() -> set[str]:
        listed = data.stack.azure.call("GET", path, API_VERSION).json()["value"]
        return {one["name"] for one in listed if one["properties"]["backupType"] == "Customer On-Demand"}

    data.stack.azure.fault("error", path="general-db-drill-", method="PUT", status=400, code="OutOfCapacity")
    unproven = data.stack.play("backup_database", "-e", "database_backup_verify=restore")
    assert unproven.code == 2
    assert "OutOfCapacity" in unproven.output
    assert old in on_demand()
    assert len(on_demand()) == 2
    rehearsed = data.stack.play("backup_database", "--check")
    run = data.stack.play("backup_database")
    assert run.code == 0, run.output
    assert len(result(run)["removed"]) == 2
    assert result(rehearsed)["removed"] == result(run)["removed"]
    assert on_demand() == {result(run)["name"]}


@pytest.fixture(scope="module")
def neighbour(data: Data, tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Another stack in the same resource group, whose backups are in the same place."""
    variables = {**DATABASE, "database_server_name": "near-db", "stack_resource_group": "data-rg"}
    stack = Stack(data.stack.azure, tmp_path_factory.mktemp("near"), "near", variables)
    provided = stack.play("provision_database")
    assert provided.code == 0, provided.output
    data.run_sql("INSERT INTO capsules (kind, name) VALUES ('test', 'of the neighbour')", "near-db")
    return Data(stack, "near-db")


class TestRestoreElsewhere:
    def test_a_server_that_is_there_is_left_as_it_is_but_for_its_database(self, data: Data, neighbour: Data) -> None:
        assert data.stack.play("backup_database").code == 0
        dumped = data.capsules()
        near, into = data.servers()["near-db"], "restore=latest database_backup_restore_server=near-db"
        data.stack.azure.forget()
        for confirmed in ("", "confirm=data"):
            refused = data.stack.play("restore_database", "-e", f"{into} {confirmed}")
            assert refused.code == 2
            assert "run it again with: -e confirm=near-db" in refused.text()
        rehearsed = data.stack.play("restore_database", "-e", into, "--check")
        assert rehearsed.code == 0, rehearsed.output
        assert "run it again with: -e confirm=near-db" in rehearsed.text()
        assert data.capsules("near-db") == ["of the neighbour"]
        run = data.stack.play("restore_database", "-e", f"{into} confirm=near-db")
        assert run.code == 0, run.output
        assert data.capsules("near-db") == dumped
        assert not data.stack.azure.writes()
        assert data.servers()["near-db"] == near
        data.run_sql("DELETE FROM capsules", "near-db")
        data.run_sql("INSERT INTO capsules (kind, name) VALUES ('test', 'of the neighbour')", "near-db")

    def test_only_the_same_restore_goes_on_with_what_it_has_begun(self, data: Data, tmp_path: Path) -> None:
        made = result(data.stack.play("backup_database"))["name"]
        into = ("-e", f"restore={made} database_backup_restore_server=data-db-again")
        with data.stack.start("restore_database", *into, log=tmp_path / "log") as restore:
            until(lambda: "data-db-again" in data.servers(), "a server to restore into")
            restore.signal(signal.SIGKILL)
        names = f"PostgreSQL server data-db-again was made for a restore of {made}, which did not finish"
        goes_on = f"-e restore={made} -e database_backup_restore_server=data-db-again; or remove it"
        for playbook, code in (("verify_backups", 2), ("verify_stack", 0)):
            verified = data.stack.play(playbook)
            assert verified.code == code, verified.output
            assert names in verified.text() and goes_on in verified.text(), verified.output
            assert "az postgres flexible-server delete --resource-group data-rg --name" in verified.text()
        run = data.stack.play("restore_database", *into, "-e", "lock_timeout=1")
        assert run.code == 0, run.output
        assert names in run.text()
        assert "data-db-again" not in data.stack.play("verify_backups").output
        assert data.capsules("data-db-again") == data.capsules()
        finished = data.stack.play("restore_database", *into)
        assert finished.code == 2
        assert "run it again with: -e confirm=data-db-again" in finished.text()

    def test_a_mark_is_restored_from_the_server_it_is_of(self, data: Data, neighbour: Data) -> None:
        marked = result(neighbour.stack.play("backup_database", "-e", "database_backup_kind=mark"))["name"]
        run = data.stack.play("restore_database", "-e", f"restore={marked}")
        assert run.code == 0, run.output
        restored = result(run)["server"]
        assert restored.startswith("near-db-")
        assert data.capsules(restored) == ["of the neighbour"]
        manifest = json.loads((data.backups / f"{marked}.json").read_text())
        foreign = manifest["resource_id"].replace("/data-rg/", "/far-rg/")
        (data.backups / f"{marked}.json").write_text(json.dumps({**manifest, "resource_id": foreign}))
        refused = data.stack.play("restore_database", "-e", f"restore={marked}")
        assert refused.code == 2
        assert f"marks a moment of the server {foreign}, and there is no such server in data-rg" in refused.text()

    def test_a_dump_of_another_stack_has_to_be_meant(self, data: Data, neighbour: Data) -> None:
        dumped = result(neighbour.stack.play("backup_database"))["name"]
        refused = data.stack.play("restore_database", "-e", f"restore={dumped} confirm=data")
        assert refused.code == 2
        assert "run it again with: -e database_backup_restore_prefix=near" in refused.text()
        named = f"restore={dumped} database_backup_restore_prefix=near"
        meant = data.stack.play("restore_database", "-e", named, "--check")
        assert meant.code == 0, meant.output

    def test_grants_come_back_with_and_without_owners(self, data: Data) -> None:
        data.run_sql("CREATE ROLE reader")
        data.run_sql("GRANT SELECT ON capsules TO reader")
        granted = "SELECT has_table_privilege('reader', 'capsules', 'SELECT')"
        made = result(data.stack.play("backup_database"))["name"]
        for ownership in ("true", "false"):
            wanted = f"restore={made} confirm=data database_backup_ownership={ownership}"
            run = data.stack.play("restore_database", "-e", wanted)
            assert run.code == 0, run.output
            assert data.run_sql(granted) == [(True,)]
        drilled = data.stack.play(
            "drill_restore", "-e", f"database_backup_drill_from={made} database_backup_ownership=1"
        )
        assert drilled.code == 0, drilled.output

    def test_one_table_comes_back_beside_the_database(self, data: Data) -> None:
        made = result(data.stack.play("backup_database"))["name"]
        before = data.capsules()
        part = json.dumps({"database_backup_restore_tables": ["public.capsules"]})
        refused = data.stack.play("restore_database", "-e", f"restore={made}", "-e", part)
        assert refused.code == 2 and "a part of a dump would replace all of the database" in refused.text()
        beside = f"restore={made} database_backup_restore_database=yesterday"
        run = data.stack.play("restore_database", "-e", beside, "-e", part)
        assert run.code == 0, run.output
        assert f"{made} is in the database yesterday on data-db-server; codex stays as it is" in run.text()
        assert data.capsules() == before
        again = data.stack.play("restore_database", "-e", f"{beside} confirm=data", "-e", part)
        assert again.code == 2 and "yesterday" in again.text() and "is not empty" in again.text()
