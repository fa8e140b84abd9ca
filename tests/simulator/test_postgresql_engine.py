"""The real PostgreSQL servers of the local Azure, without what is in front of them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from azure_simulator.containers.connections import is_from_container
from azure_simulator.core.processes import start_time
from azure_simulator.postgresql.binaries import Binaries
from azure_simulator.postgresql.errors import (
    BinariesMissing,
    OutsideWindow,
    PostgresError,
    Refused,
    ServerFailed,
    ServerNotFound,
    ServerStopped,
)
from azure_simulator.postgresql.records import ServerSpec, key
from tests.support.engine import HERE, LOGIN, PASSWORD, Engine
from tests.support.waiting import PATIENCE_SECONDS, until


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    # As deep as state directories may be: the path of a socket is limited to about a hundred characters.
    engine = Engine(tmp_path_factory.mktemp("state-" + "x" * 100))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def server(engine: Engine) -> ServerSpec:
    """A server that no test changes for good."""
    return engine.create(defaults={"max_connections": "35"}, databases=("codex",))


# -- clients -------------------------------------------------------------------------------------------------------


def test_clients_connect_with_verified_tls(engine: Engine, server: ServerSpec) -> None:
    with engine.connect(server) as connection:
        assert connection.pgconn.ssl_in_use
        assert connection.info.server_version >= 160000
        assert connection.execute("SELECT current_user, current_setting('max_connections')").fetchone() == (
            LOGIN,
            "35",
        )


def test_without_tls_nobody_gets_in(engine: Engine, server: ServerSpec) -> None:
    message = 'no pg_hba.conf entry for host "127.0.0.1", user "codexadmin", database "codex", no encryption'
    with pytest.raises(psycopg.OperationalError, match=message):
        engine.connect(server, sslmode="disable", dbname="codex")


def test_a_wrong_password_is_refused_by_postgresql(engine: Engine, server: ServerSpec) -> None:
    with pytest.raises(psycopg.OperationalError, match='password authentication failed for user "codexadmin"'):
        engine.connect(server, password="wrong")


def test_the_administrator_is_no_superuser(engine: Engine, server: ServerSpec) -> None:
    with engine.connect(server) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, pg_has_role('azure_pg_admin', 'MEMBER')"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert row == (False, True, True, True)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE ROLE another SUPERUSER")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("COPY (SELECT 1) TO PROGRAM 'cat'")


def test_the_simulators_own_role_is_not_offered(engine: Engine, server: ServerSpec) -> None:
    secret = (engine.state_dir / "postgresql" / "superuser").read_text()
    with pytest.raises(psycopg.OperationalError, match="no pg_hba"):
        engine.connect(server, user="azuresu", password=secret)


def test_a_client_that_speaks_something_else_is_cut_off(engine: Engine, server: ServerSpec) -> None:
    for opening in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\xf4\x01\x00\x00", b"\0\0\0\x09\0\x02\0\0\0"):
        with socket.create_connection((server.address, server.port), timeout=PATIENCE_SECONDS) as client:
            client.sendall(opening)
            assert _rest(client) == b""


def test_bytes_sent_along_with_the_request_for_tls_are_not_taken_for_encrypted(
    engine: Engine, server: ServerSpec
) -> None:
    with socket.create_connection((server.address, server.port), timeout=PATIENCE_SECONDS) as client:
        client.sendall(bytes.fromhex("0000000804d2162f") + b"\0\0\0\x08\0\x03\0\0")
        assert client.recv(1) == b"S"
        # What came along is read as the beginning of TLS, and is none.
        assert b"R\0\0\0" not in _rest(client)


def _rest(client: socket.socket) -> bytes:
    received = b""
    try:
        while data := client.recv(4096):
            received += data
    except ConnectionResetError:
        pass
    return received


def test_a_statement_can_be_cancelled_with_tls(engine: Engine, server: ServerSpec) -> None:
    with engine.connect(server) as connection:
        timer = threading.Timer(0.1, connection.cancel_safe)
        timer.start()
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(1000)")
        timer.join()


def test_a_statement_can_be_cancelled_as_older_clients_do(engine: Engine, server: ServerSpec) -> None:
    command = [str(engine.state_dir / "bin" / "psql"), "-d", "codex", "-c", "SELECT pg_sleep(1000) AS long"]
    with subprocess.Popen(command, env=_environment(engine, server), stderr=subprocess.PIPE, text=True) as client:
        running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%AS long' AND wait_event = 'PgSleep'"
        until(lambda: engine.query(server, running) == 1, "the statement to run")
        client.send_signal(signal.SIGINT)
        assert "canceling statement due to user request" in client.communicate(timeout=PATIENCE_SECONDS)[1]


@pytest.mark.parametrize(
    ("rules", "azure", "inside", "admitted"),
    [
        ([], False, True, False),
        ([("127.0.0.0", "127.0.0.9")], False, False, True),
        ([("10.0.0.1", "10.0.0.9"), ("127.0.0.1", "127.0.0.1")], False, False, True),
        ([("127.0.0.2", "127.0.0.9")], True, False, False),
        ([], True, True, True),
    ],
)
def test_the_firewall_decides_about_new_connections(
    engine: Engine, server: ServerSpec, rules: list[tuple[str, str]], azure: bool, inside: bool, admitted: bool
) -> None:
    with engine.connect(server) as before:
        engine.servers.set_firewall(server.id, rules, azure)
        engine.inside_azure = lambda client, target: inside and target == (server.address, server.port)
        try:
            if admitted:
                engine.connect(server).close()
            else:
                message = 'no pg_hba.conf entry for host "127.0.0.1", user "codexadmin", database "postgres", SSL'
                with pytest.raises(psycopg.OperationalError, match=message):
                    engine.connect(server)
            assert before.execute("SELECT 1").fetchone() == (1,)
        finally:
            engine.servers.set_firewall(server.id, HERE, False)
            engine.inside_azure = lambda client, target: False


def test_a_firewall_rule_without_addresses_is_refused_whole(engine: Engine, server: ServerSpec) -> None:
    with pytest.raises(ValueError, match="everywhere"):
        engine.servers.set_firewall(server.id, [("everywhere", "127.0.0.1")], False)
    engine.connect(server).close()


def test_connections_of_containers_are_told_from_others(tmp_path: Path) -> None:
    record = tmp_path / "group" / "container" / "process.json"
    record.parent.mkdir(parents=True)
    program = "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); sys.stdin.read()"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = listener.getsockname()
        # A shell between: the connection is a descendant's.
        command = ["sh", "-c", f'{sys.executable} -c "$0" {target[1]}; true', program]
        with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as process:
            container, inside = listener.accept()
            with container, socket.create_connection(target) as own:
                assert not is_from_container(tmp_path, inside, target)
                record.write_text(json.dumps({"pid": process.pid, "started": start_time(process.pid)}))
                assert is_from_container(tmp_path, inside, target)
                assert not is_from_container(tmp_path, own.getsockname(), target)
                assert not is_from_container(tmp_path, ("127.0.0.1", 1), target)
            assert process.stdin is not None
            process.stdin.close()


# -- the relay -----------------------------------------------------------------------------------------------------


@contextmanager
def _peak_memory(most: int) -> Iterator[None]:
    """Fail when this process's resident memory grows by more than so many bytes at any time."""
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    yield
    assert _status("VmHWM") - before < most


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def test_100_mb_in_either_direction_take_little_memory(engine: Engine, server: ServerSpec) -> None:
    rows, line = 1000, b"x" * 99_999 + b"\n"
    with engine.connect(server) as connection, connection.cursor() as cursor, _peak_memory(24_000_000):
        cursor.execute("CREATE TEMP TABLE big (line text STORAGE EXTERNAL)")
        with cursor.copy("COPY big FROM STDIN") as sending:
            for _ in range(rows):
                sending.write(line)
        size = 0
        with cursor.copy("COPY big TO STDOUT") as receiving:
            for block in receiving:
                size += len(block)
    assert size == rows * len(line)


def test_a_client_that_does_not_read_slows_the_server(engine: Engine, server: ServerSpec) -> None:
    with engine.connect(server) as connection, connection.cursor() as cursor, _peak_memory(24_000_000):
        name = f"slow-{os.getpid()}"
        cursor.execute(f"SET application_name = '{name}'".encode())
        with cursor.copy("COPY (SELECT repeat('x', 10000) FROM generate_series(1, 10000)) TO STDOUT") as receiving:
            assert receiving.read()
            waiting = f"SELECT wait_event FROM pg_stat_activity WHERE application_name = '{name}'"
            until(lambda: engine.query(server, waiting) == "ClientWrite", "the server to wait for its client")
            assert sum(len(block) for block in receiving) > 90_000_000


def test_a_cut_is_passed_on_at_once(engine: Engine, server: ServerSpec) -> None:
    with engine.connect(server) as connection:
        assert engine.call(_soon(engine.servers.cut, server.id)) >= 1
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    until(lambda: engine.query(server, sessions) == 1, "the server to notice")


async def _soon(function: Callable[[str], int], argument: str) -> int:
    return function(argument)


def test_what_a_server_says_at_the_end_arrives(engine: Engine, server: ServerSpec) -> None:
    with engine.connect(server) as victim, engine.connect(server) as killer:
        killer.execute("SELECT pg_terminate_backend(%s)", [victim.info.backend_pid])
        with pytest.raises(psycopg.errors.AdminShutdown, match="due to administrator command"):
            victim.execute("SELECT 1")


# -- life ----------------------------------------------------------------------------------------------------------


def test_stop_start_and_restart_are_real(engine: Engine) -> None:
    spec = engine.create()
    began = engine.query(spec, "SELECT pg_postmaster_start_time()")
    with engine.connect(spec) as connection:
        engine.call(engine.servers.restart(spec.id))
        with pytest.raises(psycopg.errors.AdminShutdown):
            connection.execute("SELECT 1")
    assert engine.query(spec, "SELECT pg_postmaster_start_time()") > began
    pid = engine.pid(spec)
    engine.call(engine.servers.stop(spec.id))
    assert not engine.servers.running(spec.id)
    assert start_time(pid) is None
    with pytest.raises(psycopg.OperationalError, match="refused"):
        engine.connect(spec)
    with pytest.raises(ServerStopped):
        engine.call(engine.servers.databases(spec.id))
    engine.call(engine.servers.start(spec.id))
    assert engine.query(spec, "SELECT 1") == 1
    engine.call(engine.servers.drop(spec.id))
    assert not engine.folder(spec).exists()
    with pytest.raises(ServerNotFound):
        engine.call(engine.servers.start(spec.id))


def test_a_server_that_dies_comes_back(engine: Engine) -> None:
    spec = engine.create()
    engine.query(spec, "CREATE TABLE kept AS SELECT 1 AS x")
    pid = engine.pid(spec)
    os.kill(pid, signal.SIGKILL)

    def kept() -> Any:
        with contextlib.suppress(psycopg.OperationalError):  # it is not there yet
            return engine.query(spec, "SELECT x FROM kept")
        return None

    until(kept, "the server to be started again")
    assert kept() == 1 and engine.pid(spec) != pid
    engine.call(engine.servers.drop(spec.id))


def test_nothing_is_left_of_a_server_that_could_not_be_made(engine: Engine, server: ServerSpec) -> None:
    spec = engine.spec(defaults={"shared_buffers": "nonsense"})
    with pytest.raises(ServerFailed, match="configuration file"):
        engine.call(engine.servers.create(spec))
    assert not engine.folder(spec).exists()
    taken = ServerSpec(spec.id, server.address, LOGIN, PASSWORD)
    with pytest.raises(OSError, match="cannot listen"):
        engine.call(engine.servers.create(taken))
    assert not engine.servers.exists(spec.id)
    with pytest.raises(PostgresError, match="exists"):
        engine.call(engine.servers.create(server))
    assert engine.servers.running(server.id)


_OTHER_SIMULATOR = """
import asyncio, sys
from pathlib import Path
from azure_simulator.certificates import CertificateAuthority
from azure_simulator.postgresql.records import ServerSpec
from azure_simulator.postgresql.servers import Servers

async def main(folder, address, login, password):
    servers = Servers(folder, CertificateAuthority(folder).leaf)
    for name in ("runs", "stopped"):
        await servers.create(ServerSpec(name, address, login, password))
        servers.set_firewall(name, [("127.0.0.1", "127.0.0.1")], False)
        if name == "stopped":
            await servers.stop(name)
        address = address.rpartition(".")[0] + ".251"
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
"""


def test_killed_with_the_simulator_servers_end_and_come_back_as_they_were(tmp_path: Path) -> None:
    address = f"127.79.{os.getpid() % 255}.250"
    arguments = [sys.executable, "-c", _OTHER_SIMULATOR, str(tmp_path), address, LOGIN, PASSWORD]
    spec = ServerSpec("runs", address, LOGIN)
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        folder = tmp_path / "postgresql" / "servers" / key("runs")
        noted = json.loads((folder / "process.json").read_text())
        options: dict[str, Any] = {"user": LOGIN, "password": PASSWORD, "dbname": "postgres", "sslmode": "require"}
        with psycopg.connect(host=address, autocommit=True, **options) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS x")
        process.kill()
    # A server that was being made: nobody knows of it.
    (tmp_path / "postgresql" / "servers" / "unfinished").mkdir()
    engine = Engine(tmp_path)
    try:
        assert start_time(noted["pid"]) != noted["started"]
        assert engine.query(spec, "SELECT x FROM kept") == 1
        assert not engine.servers.running("stopped")
        assert not (tmp_path / "postgresql" / "servers" / "unfinished").exists()
    finally:
        pid = engine.pid(spec)
        engine.close()
    assert start_time(pid) is None


# -- what is in a server -------------------------------------------------------------------------------------------


def test_a_new_password_replaces_the_old_and_is_seen_nowhere(engine: Engine) -> None:
    spec, new = engine.create(), "Another-Secret-9"
    with engine.connect(spec) as connection:
        engine.call(engine.servers.set_password(spec.id, new))
        assert connection.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        engine.connect(spec)
    assert engine.query(spec, "SELECT 1", password=new) == 1
    engine.call(engine.servers.stop(spec.id))
    for path in engine.folder(spec).rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert new.encode() not in content and PASSWORD.encode() not in content, path
    engine.call(engine.servers.drop(spec.id))


def test_databases(engine: Engine, server: ServerSpec) -> None:
    servers = engine.servers
    engine.call(servers.create_database(server.id, "Orders 1", "UTF8", "en_US.utf8"))
    engine.call(servers.create_database(server.id, "latin", "LATIN1", "C"))
    engine.query(server, "CREATE DATABASE by_sql")
    found = {database.name: database for database in engine.call(servers.databases(server.id))}
    names = {"postgres", "azure_maintenance", "azure_sys", "codex", "Orders 1", "latin", "by_sql"}
    assert found.keys() == names
    assert (found["Orders 1"].charset, found["Orders 1"].collation) == ("UTF8", "en_US.utf8")
    assert (found["latin"].charset, found["latin"].collation) == ("LATIN1", "C")
    engine.query(server, "CREATE TABLE public.mine ()", dbname="Orders 1")
    with pytest.raises(Refused) as refused:
        engine.call(servers.create_database(server.id, "codex"))
    assert refused.value.sqlstate == "42P04"
    with engine.connect(server, dbname="latin"):
        for name in ("Orders 1", "latin", "by_sql"):
            engine.call(servers.drop_database(server.id, name))
    with pytest.raises(Refused) as refused:
        engine.call(servers.drop_database(server.id, "latin"))
    assert refused.value.sqlstate == "3D000"


def test_parameters(engine: Engine) -> None:
    spec, servers = engine.create(), engine.servers

    def parameter(name: str) -> Any:
        return next(row for row in engine.call(servers.parameters(spec.id)) if row.name == name)

    engine.call(servers.set_parameter(spec.id, "work_mem", "8MB"))
    assert (parameter("work_mem").setting, parameter("work_mem").unit) == ("8192", "kB")
    assert engine.query(spec, "SHOW work_mem") == "8MB"
    engine.call(servers.set_parameter(spec.id, "search_path", '"$user", app, public'))
    assert engine.query(spec, "SHOW search_path") == '"$user", app, public'
    engine.call(servers.set_parameter(spec.id, "max_connections", "60"))
    assert (parameter("max_connections").setting, parameter("max_connections").pending_restart) == ("50", True)
    engine.call(servers.restart(spec.id))
    assert (parameter("max_connections").setting, parameter("max_connections").pending_restart) == ("60", False)
    for name in ("work_mem", "max_connections"):
        engine.call(servers.set_parameter(spec.id, name, None))
    assert parameter("work_mem").setting == parameter("work_mem").boot_val
    for name, value, sqlstate in (
        ("work_mem", "much", "22023"),
        ("no_such", "1", "42704"),
        ("fsync", "on", "55P02"),
        ("shared_preload_libraries", "pg_cron", "58P01"),
    ):
        with pytest.raises(Refused) as refused:
            engine.call(servers.set_parameter(spec.id, name, value))
        assert refused.value.sqlstate == sqlstate, name
    assert parameter("fsync").fixed and not parameter("work_mem").fixed
    engine.call(servers.set_defaults(spec.id, {"max_connections": "77"}))
    engine.call(servers.restart(spec.id))
    assert parameter("max_connections").setting == "77"
    engine.call(servers.drop(spec.id))


# -- backups -------------------------------------------------------------------------------------------------------


def _write(engine: Engine, spec: ServerSpec, number: int) -> datetime:
    """Commit a row; a moment after it, by the machine's clock, and before whatever comes next."""
    with engine.connect(spec) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS numbers (number int)")
        connection.execute("INSERT INTO numbers VALUES (%s)", [number])
    return datetime.now(UTC)


def _numbers(engine: Engine, spec: ServerSpec) -> list[int]:
    return list(engine.query(spec, "SELECT array_agg(number ORDER BY number) FROM numbers"))


def test_a_restore_yields_the_state_between_two_writes(engine: Engine) -> None:
    source = engine.create()
    before = datetime.now(UTC)
    first = _write(engine, source, 1)
    second = _write(engine, source, 2)
    engine.call(engine.servers.set_parameter(source.id, "work_mem", "9MB"))
    one = engine.restore(source, first)
    assert _numbers(engine, one) == [1]
    assert engine.query(one, "SHOW work_mem") == "4MB"
    # A restored server is one like any other: it goes on, and can be restored itself.
    third = _write(engine, one, 3)
    _write(engine, one, 4)
    again = engine.restore(one, third)
    assert _numbers(engine, again) == [1, 3]
    # Stopped, and at a moment with nothing after it.
    engine.call(engine.servers.stop(source.id))
    both = engine.restore(source, second)
    assert _numbers(engine, both) == [1, 2]
    assert _numbers(engine, engine.restore(source, first)) == [1]
    earliest = engine.call(engine.servers.earliest_restore(source.id))
    assert earliest is not None and earliest <= before
    for moment in (earliest - timedelta(microseconds=1), datetime.now(UTC) + timedelta(seconds=60)):
        with pytest.raises(OutsideWindow):
            engine.restore(source, moment)
    for spec in (source, one, again, both):
        engine.call(engine.servers.drop(spec.id))


def test_backups_are_what_restores_begin_with_and_can_be_dropped(engine: Engine) -> None:
    spec = engine.create()
    first = _write(engine, spec, 1)
    moment = engine.call(engine.servers.backup(spec.id, "before-release"))
    assert moment > first
    second = _write(engine, spec, 2)
    _write(engine, spec, 3)
    assert _numbers(engine, engine.restore(spec, moment)) == [1]
    # Without the first base, moments before the backup are gone; its log with it.
    engine.query(spec, "SELECT 1")
    log = engine.folder(spec) / "data" / "pg_wal"
    engine.call(engine.servers.forget_before(spec.id, moment))
    assert engine.call(engine.servers.earliest_restore(spec.id)) == moment
    with pytest.raises(OutsideWindow):
        engine.restore(spec, first)
    assert _numbers(engine, engine.restore(spec, second)) == [1, 2]
    assert sum(path.stat().st_size for path in log.iterdir()) < 64_000_000
    assert (engine.folder(spec) / "bases" / "1").is_dir()
    engine.call(engine.servers.drop_backup(spec.id, "before-release"))
    engine.call(engine.servers.drop_backup(spec.id, "before-release"))
    assert not (engine.folder(spec) / "bases" / "1").exists()
    engine.call(engine.servers.stop(spec.id))
    with pytest.raises(ServerStopped):
        engine.call(engine.servers.backup(spec.id, "stopped"))
    engine.call(engine.servers.drop(spec.id))


# -- programs ------------------------------------------------------------------------------------------------------


def _environment(engine: Engine, server: ServerSpec) -> dict[str, str]:
    return {
        **os.environ,
        "PGPASSWORD": PASSWORD,
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": str(engine.ca.ca_path),
        "PGHOST": server.address,
        "PGUSER": LOGIN,
    }


def test_client_programs_speak_tls(engine: Engine, server: ServerSpec) -> None:
    def program(name: str, *arguments: str) -> str:
        command = [str(engine.state_dir / "bin" / name), *arguments]
        return subprocess.run(
            command, env=_environment(engine, server), check=True, capture_output=True, text=True
        ).stdout

    assert program("psql", "-d", "codex", "-Atc", "SELECT 'here'") == "here\n"
    assert "PostgreSQL database dump complete" in program("pg_dump", "codex")
    for name in ("pg_restore", "pgbench"):
        assert "PostgreSQL" in program(name, "--version")


def test_a_folder_without_postgresql_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BinariesMissing, match="initdb, postgres, pg_basebackup not found"):
        Binaries.find(tmp_path)
