"""A database with one of everything goes every way a backup can go, and comes back the same.

That is its schema as pg_dump writes it, with what is set on the database itself, and a digest of each table's rows.
"""

from __future__ import annotations

import contextlib
import copy
import datetime
import multiprocessing
import os
import random
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from azure_simulator.postgresql.errors import PostgresError
from tests.modules.test_dumps import Backups, databases, drop
from tests.modules.test_restore_preserves import other_server
from tests.support.database import Database, Server
from tests.support.engine import LOGIN, PASSWORD
from tests.support.invoke import invoke
from tests.support.waiting import until

pytestmark = [pytest.mark.soak]

SQL = (Path(__file__).parents[1] / "support" / "kitchen_sink.sql").read_text(encoding="utf-8")
CONTRIB = (
    "CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION pg_trgm; CREATE EXTENSION pgcrypto;"
    "CREATE TABLE app.contrib (mail citext UNIQUE, h hstore, t text);"
    "CREATE INDEX ON app.contrib USING gin (t gin_trgm_ops);"
    "INSERT INTO app.contrib VALUES ('A@b', 'a=>1', 'text')"
)
DIGEST = "SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM ONLY {} t"
TABLES = """
SELECT format('%I.%I', n.nspname, c.relname), c.relpersistence
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND c.relispopulated AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""
OTHERS = (
    "SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2",
    "SELECT oid::int, md5(lo_get(oid)) FROM pg_largeobject_metadata ORDER BY 1",
    "SELECT relname FROM pg_class WHERE relkind = 'm' AND NOT relispopulated",
)
DEBIAN = Path("/usr/lib/postgresql/15/bin")


def schema(database: Database) -> list[str]:
    """Return what pg_dump writes of a database without its rows."""
    login = database.login
    environment = {
        **os.environ,
        "PGHOST": login["login_host"],
        "PGUSER": LOGIN,
        "PGPASSWORD": PASSWORD,
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": login["ca_cert"],
    }
    words = [str(database.server.bin_dir / "pg_dump"), "--schema-only", "--create", database.name]
    said = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    return [line for line in said.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict", "--"))]


def rows(database: Database, *, unlogged: bool = True) -> dict[str, Any]:
    """Return a digest of the rows of each table, and what else is data."""
    tables = sorted(name for name, kind in database.execute(TABLES) if unlogged or kind != "u")
    found: dict[str, Any] = {name: database.execute(DIGEST.format(name))[0] for name in tables}
    return {**found, **{query: database.execute(query) for query in OTHERS}}


def on(server: Server, spec: Any) -> Server:
    """Return the same engine's other server."""
    found = copy.copy(server)
    found.spec = spec
    return found


@pytest.fixture(scope="module", params=["with the environment", "of Debian"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of one of the major versions at hand."""
    folder = tmp_path_factory.mktemp("sink")
    if request.param == "with the environment":
        found = Server(folder)
        yield found
        found.stop()
        return
    if not DEBIAN.is_dir():
        pytest.skip(f"there is no PostgreSQL in {DEBIAN}")
    with contextlib.ExitStack() as stack:
        try:
            found = stack.enter_context(other_server(folder, DEBIAN))
        except PostgresError as error:
            pytest.skip(f"PostgreSQL in {DEBIAN} does not run here: {error}")
        yield found


class Sink(Backups):
    """A database with one of everything, and a directory of its backups."""

    def __init__(self, server: Server, folder: Path) -> None:
        name = f"sink_{uuid.uuid4().hex[:8]}"
        super().__init__(Database(server, name), {"directory": str(folder / "backups")})
        self.roles = {"reader": f'"{name} reader"', "writer": f'"{name} writer TO x"'}
        self.provide_roles(server)
        Database(server, "postgres").execute(f"CREATE DATABASE {name}")
        statements = SQL
        for word, value in {**self.roles, "database": name, "publication": name}.items():
            statements = statements.replace(f"{{{word}}}", value)
        self.database.execute(statements)
        available = (
            "SELECT count(*) FROM pg_available_extensions WHERE name IN ('citext', 'hstore', 'pg_trgm', 'pgcrypto')"
        )
        if self.database.value(available) == 4:
            self.database.execute(CONTRIB)

    def provide_roles(self, server: Server) -> None:
        """Have the roles on a server, as provisioning does."""
        Database(server, "postgres").execute("".join(f"CREATE ROLE {role};" for role in self.roles.values()))

    def state(self) -> tuple[list[str], dict[str, Any]]:
        """Return all that must come back."""
        return schema(self.database), rows(self.database)


@pytest.fixture
def sink(server: Server, tmp_path: Path) -> Iterator[Sink]:
    """One that goes again."""
    found = Sink(server, tmp_path)
    yield found
    for name in databases(found.database):
        drop(Database(server, name))


def test_in_place(sink: Sink) -> None:
    before = sink.state()
    sink.made()
    sink.database.execute("DROP SCHEMA app CASCADE")
    result = sink.restore(overwrite=True)
    assert not result.get("failed") and "warnings" not in result, result
    after = sink.state()
    assert after[0] == before[0]
    assert after[1] == before[1]


def test_into_a_new_server(sink: Sink, server: Server) -> None:
    before = sink.state()
    sink.made()
    new = on(server, server.engine.create())
    sink.provide_roles(new)
    there = Database(new, sink.database.name)
    login = {**there.login, "bin_dir": str(server.bin_dir)}
    result = invoke("postgresql_dump_restore", {**login, **sink.options, "prefix": "codex", "name": "latest"})
    assert not result.get("failed") and "warnings" not in result, result
    assert schema(there) == before[0]
    assert rows(there) == before[1]


def test_to_a_moment(sink: Sink, server: Server) -> None:
    before = schema(sink.database), rows(sink.database, unlogged=False)
    moment = datetime.datetime.now(datetime.UTC)
    sink.database.execute("DROP SCHEMA app CASCADE")
    new = on(server, server.engine.restore(server.spec, moment))
    there = Database(new, sink.database.name)
    assert schema(there) == before[0]
    after = rows(there, unlogged=False)
    # The log has sequences up to 32 numbers ahead, so none comes twice.
    sequences = [query for query in OTHERS if "pg_sequences" in query]
    assert {name: value for name, value in after.items() if name not in sequences} == {
        name: value for name, value in before[1].items() if name not in sequences
    }
    for query in sequences:
        for found, was in zip(after[query], before[1][query], strict=True):
            assert found[:2] == was[:2] and (found[2] or 0) >= (was[2] or 0)
    params = {**there.login, "queries": 1, "row_counts": True}
    counted = invoke("postgresql_query_check", params)
    assert counted["unlogged_tables"] == ["app.unlogged"] and counted["row_counts"]["app.unlogged"] == 0


@contextlib.contextmanager
def load(database: Database) -> Iterator[None]:
    """Have somebody write for as long as the block lasts; in each state that is committed the two tables agree."""
    done = threading.Event()

    def write() -> int:
        number = 0
        while not done.is_set():
            with contextlib.suppress(Exception), contextlib.closing(database.connect()) as connection:
                while not done.is_set():
                    with connection.transaction():
                        connection.execute("INSERT INTO app.load (n) SELECT 2 FROM generate_series(1, 50)")
                        connection.execute("UPDATE app.load_sum SET n = n + 100")
                    number += 1
        return number

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        try:
            yield
        finally:
            done.set()
        assert writing.result(), "nothing was written"


LOADED = {"app.load", "app.load_sum"}


def quiet(found: dict[str, Any]) -> dict[str, Any]:
    """Return what nobody writes to."""
    return {
        name: [row for row in value if "load_id_seq" not in row] if name in OTHERS else value
        for name, value in found.items()
        if name not in LOADED
    }


def test_under_load(sink: Sink) -> None:
    before = sink.state()
    with load(sink.database):
        until(lambda: sink.database.value("SELECT n FROM app.load_sum") > 0, "somebody to write")
        sink.made()
        result = sink.restore(overwrite=True)
        assert not result.get("failed"), result
        sums = "SELECT (SELECT coalesce(sum(n), 0) FROM app.load) = n FROM app.load_sum"
        assert sink.database.value(sums) is True
    after = sink.state()
    assert after[0] == before[0]
    assert quiet(after[1]) == quiet(before[1])


def killed_restore(params: dict[str, Any], answers: Any) -> None:
    """Be a run of its own that says when it begins."""
    answers.put(os.getpid())
    answers.put(invoke("postgresql_dump_restore", params).get("msg", "done"))


def test_killed_at_random_moments(sink: Sink) -> None:
    """Twenty restores are killed between their beginning and their end: the database is the old or the new one."""
    dumped = sink.state()
    sink.made()
    sink.database.execute("DELETE FROM app.wide; CREATE TABLE app.later AS SELECT 1 AS a")
    changed = sink.state()
    params = {**sink.login, **sink.options, "prefix": "codex", "name": "latest", "overwrite": True}
    began = time.monotonic()
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.support.invoke", "psycopg", __name__])
    chosen = random.Random(20261127)

    def run(seconds: float | None) -> None:
        answers = processes.Queue()
        process = processes.Process(target=killed_restore, args=(params, answers))
        process.start()
        answers.get(timeout=60)
        process.join(seconds)
        if process.is_alive() and process.pid:
            os.kill(process.pid, chosen.choice([signal.SIGKILL, signal.SIGTERM]))
        process.join()

    run(None)
    duration = time.monotonic() - began
    assert sink.state() == dumped
    seen = set()
    for number in range(20):
        until(lambda: sessions(sink) == 0, "the server to be rid of the killed run")
        sink.database.execute(
            "DROP TABLE IF EXISTS app.later; DELETE FROM app.wide; CREATE TABLE app.later AS SELECT 1 AS a"
        )
        run(chosen.uniform(0, 1.2 * duration))
        until(lambda: sessions(sink) == 0, "the server to be rid of the killed run")
        found = sink.state()
        assert found in (dumped, changed), number
        seen.add(found == dumped)
    assert seen == {True, False}, "all were killed too early, or none"
    result = sink.restore(overwrite=True)
    assert not result.get("failed"), result
    assert sink.state() == dumped
    # What was killed between two statements, before it could say whose it is, is told and stays, and is empty.
    left = [name for name in databases(sink.database) if name != sink.database.name]
    for name in left:
        assert name in " ".join(result["warnings"])
        assert Database(sink.database.server, name).value("SELECT count(*) FROM pg_class WHERE relname = 'wide'") == 0


def sessions(sink: Sink) -> int:
    """Return how many sessions of a restore there still are, and databases that one is filling."""
    query = (
        "SELECT count(*) FROM pg_stat_activity a WHERE a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'"
        f" AND (a.datname LIKE '{sink.database.name}\\_%'"
        " OR EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory'))"
    )
    return int(Database(sink.database.server, "postgres").value(query))
