"""Dumps of real databases: made, restored, and what goes wrong in between."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _catalogue
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._directory import Directory
from tests.support.backups import dump as manifest_of
from tests.support.backups import no_file_larger_than
from tests.support.database import Database, Server, new_database
from tests.support.engine import PASSWORD
from tests.support.invoke import invoke
from tests.support.waiting import until

Params = dict[str, Any]
Result = dict[str, Any]

TABLES = """
CREATE TABLE capsules (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload jsonb NOT NULL, at timestamptz);
CREATE TABLE signals (id uuid PRIMARY KEY, capsule bigint REFERENCES capsules, body bytea);
CREATE SCHEMA "Odd ""one";
CREATE TABLE "Odd ""one"."T 'x' %s" (a int);
CREATE TABLE measured (at date NOT NULL, value int) PARTITION BY RANGE (at);
CREATE TABLE measured_2026 PARTITION OF measured FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE parent (a int);
CREATE TABLE child (b int) INHERITS (parent);
CREATE VIEW newest AS SELECT max(at) FROM capsules;
CREATE MATERIALIZED VIEW known AS SELECT 1 AS one;
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1';
INSERT INTO capsules (payload, at) SELECT jsonb_build_object('n', n), '2026-01-01'::timestamptz + n * interval '1 min'
  FROM generate_series(1, 500) AS n;
INSERT INTO signals SELECT gen_random_uuid(), id, decode(md5(id::text), 'hex') FROM capsules WHERE id % 2 = 0;
INSERT INTO "Odd ""one"."T 'x' %s" VALUES (1), (2);
INSERT INTO measured VALUES ('2026-02-03', 4);
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (2, 3), (4, 5);
"""
ROWS = {
    '"Odd ""one"."T \'x\' %s"': 2,
    "public.capsules": 500,
    "public.child": 2,
    "public.measured_2026": 1,
    "public.parent": 1,
    "public.signals": 250,
}
CONTENT = (
    "SELECT md5(string_agg(c::text, ',' ORDER BY id)) FROM capsules c",
    "SELECT md5(string_agg(s::text, ',' ORDER BY id)) FROM signals s",
    "SELECT sum(value) FROM measured",
    "SELECT twice(21)",
    "SELECT string_agg(conname, ',' ORDER BY conname) FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
)


def content(database: Database) -> list[Any]:
    """Return what a restored database must have in common with the one that was dumped."""
    return [database.value(query) for query in CONTENT]


class Backups:
    """The modules for dumps on one database and one destination."""

    def __init__(self, database: Database, options: Params) -> None:
        self.database = database
        self.options = options
        self.login = {**database.login, "bin_dir": str(database.server.bin_dir)}

    def dump(self, check_mode: bool = False, **params: Any) -> Result:
        """Make a dump, whatever comes of it."""
        given = {**self.login, **self.options, "prefix": "codex", **params}
        return self._quiet(invoke("postgresql_dump", given, check_mode=check_mode))

    def restore(self, into: Database | None = None, check_mode: bool = False, **params: Any) -> Result:
        """Restore a dump, whatever comes of it."""
        login = {**self.login, "login_db": (into or self.database).name}
        given = {**login, **self.options, "prefix": "codex", "name": "latest", **params}
        return self._quiet(invoke("postgresql_dump_restore", given, check_mode=check_mode))

    def made(self, **params: Any) -> str:
        """Make a dump that must succeed; return its name."""
        result = self.dump(**params)
        assert not result.get("failed"), result
        return str(result["backup"]["name"])

    def info(self, **params: Any) -> Result:
        """List what is there."""
        return invoke("postgresql_dump_info", {**self.options, **params})

    @staticmethod
    def _quiet(result: Result) -> Result:
        assert PASSWORD not in json.dumps(result), "a password is shown"
        return result


@pytest.fixture
def options(tmp_path: Path) -> Params:
    """A directory for backups."""
    return {"directory": str(tmp_path / "backups")}


@pytest.fixture
def backups(database: Database, options: Params) -> Backups:
    """A database with something in it, and a directory for backups."""
    database.execute(TABLES)
    return Backups(database, options)


@pytest.fixture
def other(database: Database) -> Iterator[Database]:
    """A database that does not exist."""
    found = Database(database.server, f"{database.name}_other")
    yield found
    drop(found)


def drop(database: Database) -> None:
    """Remove a database if it is there."""
    Database(database.server, "postgres").execute(f'DROP DATABASE IF EXISTS "{database.name}" WITH (FORCE)')


def databases(database: Database) -> list[str]:
    """Return the databases whose names begin like that of this one."""
    rows = Database(database.server, "postgres").execute("SELECT datname FROM pg_database ORDER BY 1")
    return [name for (name,) in rows if name.startswith(database.name)]


@contextlib.contextmanager
def held(database: Database, table: str = "signals") -> Iterator[None]:
    """Keep everybody from reading a table, so that what reads all of them stops there."""
    with contextlib.closing(database.connect()) as connection:
        connection.execute(f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        yield


def waiting(database: Database, query: str) -> int:
    """Return how many sessions wait for a lock in a statement that looks so."""
    sessions = f"datname = '{database.name}' AND wait_event_type = 'Lock' AND query LIKE '{query}'"
    return int(Database(database.server, "postgres").value(f"SELECT count(*) FROM pg_stat_activity WHERE {sessions}"))


@contextlib.contextmanager
def stopped_dump(backups: Backups, **params: Any) -> Iterator[Future[Result]]:
    """Start a dump that gets no further than a table that is held."""
    with ThreadPoolExecutor(1) as pool, held(backups.database):
        future = pool.submit(backups.dump, **params)
        until(lambda: waiting(backups.database, "LOCK TABLE%") or future.done(), "pg_dump to wait")
        until(lambda: waiting(backups.database, "SELECT count%") or future.done(), "the counting to wait")
        yield future


class TestRoundTrip:
    def test_into_a_new_database(self, backups: Backups, other: Database) -> None:
        result = backups.dump()
        assert not result.get("failed"), result
        manifest = result["backup"]["manifest"]
        assert result["backup"]["state"] == "complete" and not result.get("warnings")
        assert manifest["tables"] == ROWS
        assert manifest["database"] == backups.database.name and manifest["schema_version"] is None
        assert manifest["started"] <= manifest["finished"] and abs(manifest["clock_skew_seconds"]) < 1
        restored = backups.restore(other)
        assert restored["created"] and not restored["replaced"] and restored["tables"] == ROWS
        assert restored["rows"] == sum(ROWS.values())
        assert content(other) == content(backups.database)

    @pytest.mark.parametrize("jobs", [1, 3])
    def test_through_a_storage_account(
        self, jobs: int, database: Database, other: Database, storage_account: Params, tmp_path: Path
    ) -> None:
        database.execute(TABLES)
        account = {**storage_account, "container": f"c{uuid.uuid4().hex}", "blob_prefix": "dumps/"}
        backups = Backups(database, account)
        name = backups.made()
        assert [one["name"] for one in backups.info(verify=True)["backups"] if one["verified"]] == [name]
        restored = backups.restore(other, name=name, jobs=jobs, temp_dir=str(tmp_path))
        assert restored["tables"] == ROWS
        assert content(other) == content(database)
        assert not list(tmp_path.glob("codex-*")), "the downloaded dump is left behind"

    def test_names_are_moments_and_differ(self, backups: Backups) -> None:
        names = [backups.made() for _time in range(3)]
        assert names == sorted(set(names))
        assert backups.info()["newest"] == names[-1]

    def test_check_mode_writes_nothing(self, backups: Backups, other: Database, options: Params) -> None:
        would = backups.dump(check_mode=True)
        assert would["changed"] and would["backup"] is None
        assert not Path(options["directory"]).exists()
        backups.made()
        would = backups.restore(other, check_mode=True)
        assert would["changed"] and would["created"] and would["tables"] == ROWS
        assert databases(backups.database) == [backups.database.name]

    def test_counted_in_the_snapshot_of_the_dump(self, backups: Backups, other: Database) -> None:
        """Rows that come and go meanwhile are in the dump or not, and the manifest agrees."""
        done = threading.Event()

        def write() -> None:
            with contextlib.closing(backups.database.connect()) as connection:
                while not done.is_set():
                    connection.execute("INSERT INTO parent SELECT generate_series(1, 20)")
                    connection.execute("DELETE FROM child")
                    connection.execute("INSERT INTO child VALUES (1, 1), (2, 2), (3, 3)")

        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write)
            try:
                counted = []
                for _time in range(4):
                    backups.made()
                    restored = backups.restore(other, overwrite=True)
                    assert not restored.get("failed"), restored
                    counted.append(restored["tables"]["public.parent"])
            finally:
                done.set()
            writing.result()
        assert counted == sorted(counted) and counted[0] < counted[-1]

    def test_empty_database(self, database: Database, other: Database, options: Params) -> None:
        backups = Backups(database, options)
        backups.made(compression="none")
        assert backups.restore(other)["tables"] == {}

    def test_what_is_not_a_table_of_ours_is_not_counted(self, backups: Backups) -> None:
        with contextlib.closing(backups.database.connect()) as connection:
            connection.execute("CREATE TEMPORARY TABLE mine AS SELECT 1")
            connection.execute("CREATE UNLOGGED TABLE unlogged AS SELECT 1 AS a")
            assert backups.dump()["backup"]["manifest"]["tables"] == {**ROWS, "public.unlogged": 1}

    def test_odd_name_of_a_database(self, database: Database, options: Params) -> None:
        name = f"{database.name} o'x\\=\"ü"
        quoted = name.replace('"', '""')
        administration = Database(database.server, "postgres")
        administration.execute(f'CREATE DATABASE "{quoted}"')
        try:
            odd = Database(database.server, name)
            odd.execute("CREATE TABLE a AS SELECT 1")
            backups = Backups(odd, options)
            backups.made()
            odd.execute("DROP TABLE a")
            restored = backups.restore(odd, overwrite=True)
            assert restored["tables"] == {"public.a": 1}, restored
        finally:
            administration.execute(f'DROP DATABASE "{quoted}" WITH (FORCE)')

    def test_no_secret_among_the_arguments_of_programs(self, backups: Backups, other: Database, tmp_path: Path) -> None:
        seen = tmp_path / "seen"
        programs = tmp_path / "bin"
        programs.mkdir()
        for name in ("pg_dump", "pg_restore"):
            script = f'#!/bin/sh\necho "{name} $*" >>"{seen}"\nexec "{backups.database.server.bin_dir}/{name}" "$@"\n'
            (programs / name).write_text(script, encoding="utf-8")
            (programs / name).chmod(0o755)
        assert not backups.dump(bin_dir=str(programs)).get("failed")
        assert not backups.restore(other, bin_dir=str(programs)).get("failed")
        said = seen.read_text(encoding="utf-8")
        assert "pg_dump --no-password --format=custom" in said and "pg_restore --no-password --exit-on-error" in said
        assert "ass'word" not in said

    def test_schema_version(self, backups: Backups) -> None:
        backups.database.execute("CREATE TABLE schema_migrations (version int, name text)")
        assert backups.dump()["backup"]["manifest"]["schema_version"] is None
        backups.database.execute("INSERT INTO schema_migrations VALUES (9, 'a'), (10, 'b')")
        assert backups.dump()["backup"]["manifest"]["schema_version"] == "10"
        assert backups.dump(migrations_table="other")["backup"]["manifest"]["schema_version"] is None


class TestRefused:
    def test_wrong_password(self, backups: Backups) -> None:
        result = backups.dump(login_password="wrong")
        assert result["failure"]["code"] == "PasswordWrong"
        assert not Path(backups.options["directory"]).exists()

    def test_no_such_database(self, backups: Backups) -> None:
        assert backups.dump(login_db="nowhere")["failure"]["code"] == "DatabaseNotFound"

    @pytest.mark.parametrize(
        ("said", "code"), [("pg_dump (PostgreSQL) 15.9", "ProgramTooOld"), ("hello", "ProgramMissing")]
    )
    def test_wrong_program(self, said: str, code: str, backups: Backups, tmp_path: Path) -> None:
        for name in ("pg_dump", "pg_restore"):
            (tmp_path / name).write_text(f"#!/bin/sh\necho '{said}'\n", encoding="utf-8")
            (tmp_path / name).chmod(0o755)
        for result in (backups.dump(bin_dir=str(tmp_path)), backups.dump(bin_dir=str(tmp_path), check_mode=True)):
            assert result["failure"]["code"] == code
        assert not Path(backups.options["directory"]).exists()

    def test_no_program(self, backups: Backups, tmp_path: Path) -> None:
        result = backups.dump(bin_dir=str(tmp_path))
        assert result["failure"]["code"] == "ProgramMissing" and "bin_dir" in result["failure"]["remedy"]

    def test_a_table_that_may_not_be_read(self, backups: Backups) -> None:
        backups.database.execute(
            "ALTER TABLE signals ENABLE ROW LEVEL SECURITY; REVOKE ALL ON signals FROM CURRENT_USER"
        )
        result = backups.dump()
        assert result["failure"]["code"] == "NotReadable"
        assert backups.info()["backups"] == []

    @pytest.mark.parametrize(
        ("params", "said"),
        [
            ({"prefix": "a/b"}, "prefix"),
            ({"directory": None}, "one of them is required"),
            ({"directory": ""}, "one of them is required"),
            ({"storage_account_url": "https://a.blob.core.windows.net"}, "mutually exclusive"),
            ({"compression": "-1"}, "compression"),
            ({"timeout": 0}, "timeout"),
            ({"login_port": 70000}, "login_port"),
        ],
        ids=str,
    )
    def test_bad_input(self, params: Params, said: str, backups: Backups) -> None:
        result = backups.dump(**params)
        assert result["failure"]["code"] == "InvalidParameters" and said in result["msg"]


class TestInterrupted:
    """Whatever happens to a run, earlier backups are as they were, and nothing half has a final name."""

    @pytest.fixture(autouse=True)
    def earlier(self, backups: Backups) -> Iterator[None]:
        name = backups.made()
        yield
        found = backups.info(verify=True)
        assert found["backups"][-1]["name"] == name and all(one["verified"] for one in found["backups"]), found

    @pytest.mark.parametrize("whose", ["LOCK TABLE%", "SELECT count%"])
    def test_connection_cut(self, whose: str, backups: Backups) -> None:
        with stopped_dump(backups) as dumping:
            cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '{whose}'"
            Database(backups.database.server, "postgres").execute(f"{cut} AND datname = '{backups.database.name}'")
            if whose.startswith("SELECT"):
                until(lambda: not waiting(backups.database, whose), "the counting to end")
        # The table is free now, so a dump that went on would come to an end.
        assert dumping.result()["failure"]["code"] == "ConnectionLost"
        assert len(backups.info()["backups"]) == 1

    def test_too_long(self, backups: Backups) -> None:
        with stopped_dump(backups, timeout=2) as dumping:
            assert dumping.result(30)["failure"]["code"] == "Timeout"
        until(lambda: not waiting(backups.database, "%"), "the server to be rid of it")

    def test_two_at_once(self, backups: Backups) -> None:
        with stopped_dump(backups) as dumping:
            second = backups.dump()
            assert second["failure"]["code"] == "BackupRunning"
            assert not dumping.done()
        assert not dumping.result().get("failed")
        assert len(backups.info()["backups"]) == 2

    def test_another_prefix_at_once(self, backups: Backups) -> None:
        backups.database.execute("CREATE DATABASE other_prefix")
        other = Database(backups.database.server, "other_prefix")
        with stopped_dump(backups) as dumping:
            assert not Backups(other, backups.options).dump(prefix="codex-other").get("failed")
        assert not dumping.result().get("failed")
        drop(other)

    def test_disk_full(self, backups: Backups) -> None:
        backups.database.execute("CREATE TABLE noise AS SELECT gen_random_uuid() FROM generate_series(1, 50000)")
        with no_file_larger_than(300_000):
            result = backups.dump()
        assert result["failure"]["code"] == "DestinationFull" and "earlier backups" in result["failure"]["remedy"]
        assert len(backups.info()["backups"]) == 1

    def test_the_storage_keeps_something_else(self, backups: Backups, monkeypatch: pytest.MonkeyPatch) -> None:
        read = Directory._read

        def flipped(directory: Directory, path: Path) -> Iterator[bytes]:
            for chunk in read(directory, path):
                yield chunk if path.suffix == ".json" else bytes([chunk[0] ^ 1]) + chunk[1:]

        monkeypatch.setattr(Directory, "_read", flipped)
        assert backups.dump()["failure"]["code"] == "BackupCorrupted"
        monkeypatch.undo()
        assert len(backups.info()["backups"]) == 1

    def test_what_is_no_dump_is_noticed(self, backups: Backups, tmp_path: Path) -> None:
        real = backups.database.server.bin_dir
        (tmp_path / "pg_restore").symlink_to(real / "pg_restore")
        script = f'#!/bin/sh\ncase "$*" in *--version*) exec {real}/pg_dump --version;; esac\necho This is no dump\n'
        (tmp_path / "pg_dump").write_text(script, encoding="utf-8")
        (tmp_path / "pg_dump").chmod(0o755)
        result = backups.dump(bin_dir=str(tmp_path))
        assert result["failed"] and "input file does not appear to be a valid archive" in result["msg"]

    def test_clock_of_the_server_is_wrong(self, backups: Backups, monkeypatch: pytest.MonkeyPatch) -> None:
        real = time.time
        monkeypatch.setattr(time, "time", lambda: real() + 400)
        result = backups.dump()
        assert "400 s behind" in result["warnings"][0]
        assert round(result["backup"]["manifest"]["clock_skew_seconds"]) == -400


def killed_run(params: Params, answers: Any) -> None:
    """Be a run of its own that says when it begins."""
    answers.put(os.getpid())
    answers.put(invoke("postgresql_dump", params).get("msg", "done"))


@pytest.mark.soak
def test_killed_at_random_points(backups: Backups) -> None:
    """Twenty runs are killed somewhere between their beginning and their end; the next one always succeeds."""
    backups.database.execute(
        "CREATE TABLE noise AS SELECT gen_random_uuid(), repeat(md5(n::text), 20) FROM generate_series(1, 20000) n"
    )
    began = time.monotonic()
    names = [backups.made()]
    duration = time.monotonic() - began
    params = {**backups.login, **backups.options, "prefix": "codex"}
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.support.invoke", "psycopg", __name__])
    chosen = random.Random(20261123)
    folder = Path(backups.options["directory"])
    untouched = {path.name: path.read_bytes() for path in folder.iterdir()}
    half = 0
    for number in range(20):
        answers = processes.Queue()
        run = processes.Process(target=killed_run, args=(params, answers))
        run.start()
        answers.get(timeout=30)
        run.join(chosen.uniform(0, 1.2 * duration))
        assert run.pid
        os.kill(run.pid, chosen.choice([signal.SIGKILL, signal.SIGTERM])) if run.is_alive() else None
        run.join()
        half += bool(list(folder.glob("*.partial")))
        for found in _catalogue.find(Directory(folder)):
            assert found.state != "doubtful", (number, found)
            assert found.state == "incomplete" or _catalogue.verify(Directory(folder), found).good, (number, found)
        for name, before in untouched.items():
            assert (folder / name).read_bytes() == before, f"{name} has changed"
    assert half >= 5, "too few runs were killed while they wrote"
    names.append(backups.made())
    assert not list(folder.glob("*.partial"))
    listed = backups.info(verify=True)
    assert listed["problems"] == [] and {*names} <= {one["name"] for one in listed["backups"]}


class TestRestore:
    def test_a_database_with_something_in_it_is_refused(self, backups: Backups) -> None:
        backups.made()
        backups.database.execute("DELETE FROM signals")
        result = backups.restore()
        assert result["failure"]["code"] == "DatabaseNotEmpty" and backups.database.name in result["msg"]
        assert backups.database.value("SELECT count(*) FROM signals") == 0

    def test_replaced_on_demand(self, backups: Backups) -> None:
        before = content(backups.database)
        backups.made()
        backups.database.execute("DROP TABLE signals; CREATE TABLE extra (a int)")
        would = backups.restore(overwrite=True, check_mode=True)
        assert would["impact"] == "data_loss"
        result = backups.restore(overwrite=True)
        assert result["replaced"] and result["impact"] == "data_loss" and not result.get("warnings")
        assert content(backups.database) == before
        assert backups.database.value("SELECT to_regclass('extra')") is None
        assert databases(backups.database) == [backups.database.name]

    def test_an_empty_database_needs_no_consent(self, backups: Backups, other: Database) -> None:
        backups.made()
        Database(other.server, "postgres").execute(f'CREATE DATABASE "{other.name}"')
        result = backups.restore(other)
        assert not result["created"] and not result["replaced"] and result["impact"] == "none"
        assert content(other) == content(backups.database)

    def test_an_impatient_server(self, backups: Backups, other: Database, database_server: Server) -> None:
        # The session that swaps the databases is idle for longer than the server would have it.
        backups.database.execute("CREATE MATERIALIZED VIEW slow AS SELECT FROM pg_sleep(1)")
        backups.made()
        with new_database(database_server) as impatient:
            impatient.execute(f"ALTER DATABASE {impatient.name} SET idle_session_timeout = '500ms'")
            restored = backups.restore(other, maintenance_db=impatient.name)
        assert not restored.get("failed"), restored
        assert content(other) == content(backups.database)

    def test_busy_clients_do_not_get_in_the_way(self, backups: Backups) -> None:
        backups.made()
        done = threading.Event()

        def ask() -> int:
            cut = 0
            while not done.is_set():
                try:
                    with contextlib.closing(backups.database.connect()) as connection:
                        while not done.is_set():
                            connection.execute("SELECT count(*) FROM capsules")
                except Exception:
                    cut += 1
            return cut

        with ThreadPoolExecutor(3) as pool:
            clients = [pool.submit(ask) for _client in range(3)]
            try:
                result = backups.restore(overwrite=True)
            finally:
                done.set()
            assert not result.get("failed"), result
            assert all(client.result() for client in clients), "none was disconnected"

    @pytest.mark.parametrize(
        ("damage", "said"),
        [
            (lambda data: data[:-1], "instead of"),
            (lambda data: data[: len(data) // 2] + b"\0" + data[len(data) // 2 + 1 :], "checksum"),
            (lambda _data: b"", "instead of"),
        ],
        ids=["truncated", "corrupted", "empty"],
    )
    def test_damaged(self, damage: Callable[[bytes], bytes], said: str, backups: Backups) -> None:
        name = backups.made()
        before = content(backups.database)
        path = Path(backups.options["directory"]) / f"{name}.dump"
        path.write_bytes(damage(path.read_bytes()))
        result = backups.restore(name=name, overwrite=True)
        assert result["failure"]["code"] in {"BackupCorrupted", "BackupDoubtful"} and said in result["msg"]
        assert content(backups.database) == before
        assert databases(backups.database) == [backups.database.name]

    def test_the_latest_is_the_latest_good_one(self, backups: Backups, other: Database) -> None:
        good = backups.made()
        bad = backups.made()
        (Path(backups.options["directory"]) / f"{bad}.dump").write_bytes(b"")
        assert backups.restore(other)["backup"]["name"] == good

    def _forge(self, backups: Backups, **changes: Any) -> None:
        """Have a dump whose manifest says something else."""
        name = backups.made()
        folder = Path(backups.options["directory"])
        stored = json.loads((folder / f"{name}.json").read_bytes())
        (folder / f"{name}.json").write_bytes(json.dumps({**stored, **changes}).encode())

    def test_rows_are_compared(self, backups: Backups) -> None:
        self._forge(backups, tables={**ROWS, "public.signals": 251, "public.gone": 1})
        before = content(backups.database)
        result = backups.restore(overwrite=True)
        assert result["failure"]["code"] == "RowsDiffer"
        assert result["failure"]["details"]["tables"] == {
            "public.gone": {"found": None, "expected": 1},
            "public.signals": {"found": 250, "expected": 251},
        }
        assert content(backups.database) == before
        assert databases(backups.database) == [backups.database.name]

    def test_onto_a_newer_schema(self, backups: Backups) -> None:
        migrations = "CREATE TABLE schema_migrations (version int); INSERT INTO schema_migrations VALUES (9)"
        backups.database.execute(migrations)
        backups.made()
        assert backups.restore()["failure"]["code"] == "DatabaseNotEmpty"
        backups.database.execute("INSERT INTO schema_migrations VALUES (10)")
        result = backups.restore()
        assert result["failure"]["code"] == "SchemaNewer" and "version 10, newer than the dump's, 9" in result["msg"]
        assert not backups.restore(overwrite=True).get("failed")

    def test_into_an_older_server(self, backups: Backups, other: Database) -> None:
        self._forge(backups, server_version="17.1")
        assert backups.restore(other)["failure"]["code"] == "ServerTooOld"

    def test_with_an_older_program(self, backups: Backups, other: Database) -> None:
        self._forge(backups, pg_dump_version="17.1")
        result = backups.restore(other)
        # No program does: those of 17 begin with what the server refuses.
        assert result["failure"]["code"] == "NoProgramRestores"
        assert "into a server of PostgreSQL 17 or 18" in result["failure"]["remedy"]

    @pytest.mark.parametrize(("version", "code"), [("16", None), ("15", "ServerTooOld"), ("17", None)])
    def test_before_there_is_a_server(self, version: str, code: str | None, backups: Backups, other: Database) -> None:
        self._forge(backups, server_version="16.9", pg_dump_version="16.9")
        asked = {"assume_empty": True, "assume_version": version, "login_host": "database.invalid"}
        result = backups.restore(other, check_mode=True, **asked)
        assert (result.get("failure") or {}).get("code") == code
        if code:
            assert "is not restored into a server of PostgreSQL 15" in result["msg"]
        assert backups.restore(other, check_mode=True, name="codex-20200101T000000Z", **asked)["failure"]["code"]

    def test_a_collation_that_is_not_there(self, backups: Backups, other: Database) -> None:
        self._forge(backups, collation="xx_XX.utf8", ctype="xx_XX.utf8")
        result = backups.restore(other)
        assert "no collation xx_XX.utf8" in result["warnings"][0]
        assert content(other) == content(backups.database)

    def test_nothing_there(self, backups: Backups, other: Database) -> None:
        assert backups.restore(other)["failure"]["code"] == "BackupNotFound"
        name = backups.made(prefix="codex-other")
        assert backups.restore(other)["failure"]["code"] == "BackupNotFound"
        assert not backups.restore(other, name=name).get("failed")

    def test_into_the_database_of_the_server(self, backups: Backups) -> None:
        result = backups.restore(Database(backups.database.server, "postgres"))
        assert result["failure"]["code"] == "InvalidParameters" and "maintenance_db" in result["msg"]

    def test_no_space_for_the_download(self, backups: Backups, storage_account: Params, tmp_path: Path) -> None:
        backups.options = {**storage_account, "container": f"c{uuid.uuid4().hex}"}
        name = backups.made()
        with no_file_larger_than(1000):
            result = backups.restore(name=name, overwrite=True, temp_dir=str(tmp_path))
        assert result["failure"]["code"] == "TemporaryDirectoryFull"
        assert not list(tmp_path.glob("codex-*"))

    def test_two_at_once(self, backups: Backups) -> None:
        backups.made()
        with contextlib.closing(Database(backups.database.server, "postgres").connect()) as connection:
            lock = "SELECT pg_advisory_lock(hashtext('codexdominion.azure restore'), hashtext(%s))"
            connection.execute(lock, (backups.database.name,))
            assert backups.restore(overwrite=True)["failure"]["code"] == "RestoreRunning"
        assert not backups.restore(overwrite=True).get("failed")

    def test_what_a_killed_run_left_is_removed(self, backups: Backups) -> None:
        backups.made()
        administration = Database(backups.database.server, "postgres")
        left = [f"{backups.database.name}_{word}_0123abcd" for word in ("restoring", "replaced")]
        kept = f"{backups.database.name}_restoring_mine"
        mark = "codexdominion.azure restore into {}: replaced, goes when its run or the next one ends"
        for name in (*left, kept):
            administration.execute(f'CREATE DATABASE "{name}"')
        for name in left:
            comment = mark.format(backups.database.name)
            administration.execute(f"COMMENT ON DATABASE \"{name}\" IS '{comment}'")
        assert not backups.restore(overwrite=True).get("failed")
        assert databases(backups.database) == [backups.database.name, kept]
        drop(Database(backups.database.server, kept))

    def test_longest_name_of_a_database(self, backups: Backups) -> None:
        long = Database(backups.database.server, (backups.database.name + "x" * 63)[:63])
        backups.made()
        assert backups.restore(long)["created"]
        assert backups.restore(long, overwrite=True)["replaced"]
        assert content(long) == content(backups.database)
        assert databases(backups.database) == [backups.database.name, long.name]
        drop(long)

    def test_ownership(self, backups: Backups, other: Database, database_server: Server) -> None:
        role = f"reader_{uuid.uuid4().hex[:8]}"
        backups.database.execute(f"CREATE ROLE {role}; GRANT SELECT ON capsules TO {role}")
        granted = f"SELECT has_table_privilege('{role}', 'capsules', 'SELECT')"
        backups.made()
        backups.restore(other)
        assert other.value(granted) is True
        backups.restore(other, overwrite=True, ownership=True)
        assert other.value(granted) is True
        drop(other)
        backups.database.execute(f"REVOKE ALL ON capsules FROM {role}; DROP ROLE {role}")
        result = backups.restore(other, ownership=True)
        assert result["failed"] and role in result["msg"]
        assert databases(other) == []

    def test_a_group_has_its_rights_before_anybody_gets_in(self, backups: Backups, other: Database) -> None:
        group = f"{other.name} group"
        other_server = Database(other.server, "postgres")
        other_server.execute(f'CREATE ROLE "{group}"')
        backups.made()
        assert "warnings" not in backups.restore(other, group=group)
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            assert other.value(f"SELECT has_table_privilege('{group}', 'signals', '{right}')")
        other.execute("CREATE TABLE later (i int)")
        assert other.value(f"SELECT has_table_privilege('{group}', 'later', 'INSERT')")
        told = backups.restore(other, overwrite=True, group=f"no {group}")
        assert told["warnings"] == [
            f"there is no role no {group} on the server of database {other.name} at"
            f" {other.server.spec.address}:5432, so nobody was granted rights in it"
        ]

    def test_interrupted_between_its_steps(self, backups: Backups) -> None:
        """pg_restore dies: the database is as before, and nothing is left beside it."""
        before = content(backups.database)
        backups.made()
        programs = Path(backups.options["directory"]).parent / "bin"
        programs.mkdir()
        real = backups.database.server.bin_dir / "pg_restore"
        script = f'#!/bin/sh\ncase "$*" in *--version*) exec {real} "$@";; esac\nkill -9 $$\n'
        (programs / "pg_restore").write_text(script, encoding="utf-8")
        (programs / "pg_restore").chmod(0o755)
        result = backups.restore(overwrite=True, bin_dir=str(programs))
        assert result["failed"] and "exit code -9" in result["msg"]
        assert content(backups.database) == before
        assert databases(backups.database) == [backups.database.name]


def test_what_another_has_made_under_the_same_prefix_is_left_alone(
    backups: Backups, other: Database, options: Params, tmp_path: Path
) -> None:
    backups.made()  # from before anybody said whose it is
    name = backups.made(owner="them")
    before = sorted((tmp_path / "backups").iterdir())
    mark = {**options, "prefix": "codex", "resource_group": "rg", "server": "db-server"}
    for result in (
        backups.dump(owner="us"),
        backups.dump(owner="us", check_mode=True),
        backups.restore(other, owner="us"),
        backups.info(prefix="codex", owner="us"),
        invoke("postgresql_dump_prune", {**options, "prefix": "codex", "keep_last": 1, "owner": "us"}),
        invoke("postgresql_restore_mark", {**mark, "owner": "us", "subscription_id": "s"}),
    ):
        assert result["failure"]["code"] == "PrefixInUse", result
        assert f"The backup {name} in " in result["msg"] and "belongs to them, not to us" in result["msg"]
    assert sorted((tmp_path / "backups").iterdir()) == before
    assert len(backups.info(owner="us")["backups"]) == 2, "without a prefix everybody's are listed"
    assert backups.restore(other, name=name, owner="us")["created"]
    assert backups.dump(prefix="ours", owner="us")["backup"]["manifest"]["owner"] == "us"
    assert not backups.dump(owner="them").get("failed")


def test_roles_are_told_without_passwords_and_made_where_they_are_missing(backups: Backups, other: Database) -> None:
    names = ("reporting", 'Odd "role"', "group of them")
    quoted = [f'"{name.replace(chr(34), chr(34) * 2)}"' for name in names]
    login, odd, group = quoted

    def forget() -> None:
        there = {name for (name,) in backups.database.execute("SELECT rolname FROM pg_roles")}
        for name, known in zip(quoted, names, strict=True):
            if known in there:
                backups.database.execute(f"DROP OWNED BY {name} CASCADE; DROP ROLE {name}")

    backups.database.execute(
        f"CREATE ROLE {group}; CREATE ROLE {login} LOGIN PASSWORD 'never-told-8124' IN ROLE {group} CONNECTION LIMIT 3;"
        f"CREATE ROLE {odd}; GRANT {odd}, {login}, {group} TO CURRENT_USER;"
        f"GRANT SELECT ON capsules TO {login}; GRANT UPDATE ON capsules TO {odd}"
    )
    try:
        made = backups.dump()
        assert not made.get("failed"), made
        told = {one["name"]: one for one in made["backup"]["manifest"]["roles"]}
        assert told["reporting"] == {
            "name": "reporting",
            "login": True,
            "createdb": False,
            "createrole": False,
            "connection_limit": 3,
            "member_of": ["group of them"],
        }
        stored = b"".join(path.read_bytes() for path in Path(backups.options["directory"]).glob("*.json"))
        assert b"never-told" not in stored and b"SCRAM" not in stored
        forget()
        wanted = {"ownership": True, "name": made["backup"]["name"]}
        assert backups.restore(other, **wanted).get("failed"), "nobody has made the roles"
        restored = backups.restore(other, roles=True, **wanted)
        assert not restored.get("failed"), restored
        assert "without a password" in restored["warnings"][0]
        assert other.value("SELECT has_table_privilege('reporting', 'capsules', 'SELECT')")
        assert other.value("SELECT has_table_privilege('Odd \"role\"', 'capsules', 'UPDATE')")
        assert other.value("SELECT pg_has_role('reporting', 'group of them', 'MEMBER')")
        assert not backups.restore(other, roles=True, overwrite=True, **wanted).get("warnings")
    finally:
        drop(other)
        forget()


def test_a_mark_is_not_restored_as_a_dump(backups: Backups, other: Database) -> None:
    name = backups.made()
    stored = json.loads(manifest_of(name).to_bytes())
    assert stored["kind"] == "dump"
    mark = {key: stored[key] for key in ("format", "server", "server_version", "started", "clock_skew_seconds")}
    rest = {"resource_id": "/s", "earliest_restore": "2026-01-01T00:00:00.000Z", "backup_retention_days": 7}
    path = Path(backups.options["directory"]) / "codex-20260101T000000Z.json"
    path.write_text(json.dumps({**mark, **rest, "kind": "mark", "name": path.stem}), encoding="utf-8")
    result = backups.restore(other, name=path.stem)
    assert result["failure"]["code"] == "BackupIsMark" and "2026-01-01T00:00:00Z" in result["failure"]["remedy"]
