"""The module postgresql_query_check on a real server, and where there is none."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.database import Database
from tests.support.engine import HERE, PASSWORD
from tests.support.invoke import invoke
from tests.support.waiting import PATIENCE_SECONDS, until


def _check(database: Database, **options: Any) -> dict[str, Any]:
    result = invoke("postgresql_query_check", {**database.login, **options})
    assert PASSWORD not in str(result)
    assert result["changed"] is False
    return result


def test_meets_every_expectation(database: Database) -> None:
    database.execute('CREATE TABLE a (i int); CREATE SCHEMA "O""x"; CREATE VIEW "O""x"."B" AS SELECT 1')

    found = _check(database, queries=5, max_average_ms=5000, max_p95_ms=5000, tables=["a", "public.a", 'O"x.B'])

    assert found["ok"]
    assert [row["check"] for row in found["checks"]] == [
        "answer",
        "average",
        "p95",
        "table a",
        "table public.a",
        'table O"x.B',
    ]
    latency = found["latency"]
    assert set(latency) == {"connect", "average", "p50", "p95", "max"}
    assert latency["connect"] > 0
    assert latency["p50"] <= latency["p95"] <= latency["max"]
    assert found["server_version"].startswith("16.")
    assert "row_counts" not in found


def test_names_everything_that_is_not_as_expected(database: Database) -> None:
    options = {"max_average_ms": 0.000001, "tables": ["nothing", "pg_class"]}

    found = _check(database, fail=False, **options)
    failed = _check(database, **options)

    assert not found["ok"]
    assert [row["check"] for row in found["checks"] if not row["ok"]] == ["average", "table nothing"]
    assert failed["failure"]["code"] == "CheckFailed"
    assert "table nothing is missing, expected exists" in failed["msg"]
    assert failed["failure"]["details"]["server_version"] == found["server_version"]


def test_counts_rows_however_long_it_takes(database: Database) -> None:
    database.execute("CREATE TABLE a AS SELECT generate_series(1, 1234); CREATE TABLE b (i int)")

    found = _check(database, row_counts=True)
    assert found["row_counts"] == {"public.a": 1234, "public.b": 0} and found["unlogged_tables"] == []
    database.execute('CREATE UNLOGGED TABLE "A b" AS SELECT 1')
    assert _check(database, row_counts=True)["unlogged_tables"] == ['public."A b"']


def test_counts_rows_until_it_has_taken_too_long(database: Database) -> None:
    database.execute("CREATE TABLE a (i int)")
    with database.connect() as other, other.transaction():
        other.execute("LOCK TABLE a IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        failed = _check(database, row_counts=True, count_timeout=0.5)
    assert "Counting the rows failed: it has not ended in time" in failed["msg"]
    assert time.monotonic() - began < PATIENCE_SECONDS


def test_says_which_tls_the_server_speaks(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    # The local server's front ends the encryption, so the server sees none; a view in its place shows what Azure does.
    assert _check(database)["tls_version"] is None
    database.execute("CREATE VIEW pg_stat_ssl AS SELECT pg_backend_pid() AS pid, 'TLSv1.3' AS version")
    database.execute(f"ALTER DATABASE {database.name} SET search_path = public, pg_catalog")

    assert _check(database)["tls_version"] == "TLSv1.3"


@pytest.mark.parametrize(
    ("options", "found", "remedy"),
    [
        (
            {"login_password": "wrong"},
            "password authentication failed",
            "Check login_user and login_password. A password that the inventory has",
        ),
        ({"login_db": "nothing"}, 'database "nothing" does not exist', "Create the database first"),
        ({"ca_cert": None}, "certificate verify failed", "Set ca_cert to a PEM file"),
        ({"login_port": 1, "wait_timeout": 0}, "Connection refused", "Start the server if it is stopped"),
    ],
)
def test_says_why_there_is_no_answer(database: Database, options: dict[str, Any], found: str, remedy: str) -> None:
    # It does not wait for what time does not change.
    given = {"wait_timeout": 300, **options}

    failed = _check(database, **given)
    silent = _check(database, **given, fail=False)

    assert (failed["failure"]["code"], found in failed["msg"]) == ("CheckFailed", True)
    assert failed["failure"]["remedy"].startswith(remedy)
    assert (silent["ok"], [row["check"] for row in silent["checks"]]) == (False, ["answer"])


def test_a_firewall_that_keeps_us_out_is_named(database: Database) -> None:
    servers, spec = database.server.engine.servers, database.server.spec
    servers.set_firewall(spec.id, [], False)
    try:
        failed = _check(database)
    finally:
        servers.set_firewall(spec.id, HERE, False)
    assert 'no pg_hba.conf entry for host "127.0.0.1"' in failed["msg"]
    assert failed["failure"]["remedy"].startswith("Add a firewall rule")


def test_a_name_that_the_certificate_does_not_hold_is_refused(database: Database) -> None:
    # The server's address by a name that its certificate does not have.
    with _relay(database.server.spec.address) as port:
        options = {"login_host": "localhost", "login_port": port}
        failed = _check(database, **options)
        assert "does not match host name" in failed["msg"]
        assert _check(database, **options, ssl_mode="verify-ca")["ok"]


def test_a_query_that_takes_too_long_is_ended(database: Database) -> None:
    database.execute(
        "CREATE FUNCTION slow() RETURNS bool LANGUAGE sql AS 'SELECT pg_sleep(30) IS NULL';"
        "CREATE VIEW pg_stat_ssl AS SELECT pg_backend_pid() AS pid, '' AS version WHERE slow()"
    )
    database.execute(f"ALTER DATABASE {database.name} SET search_path = public, pg_catalog")

    failed = _check(database, query_timeout=0.2)

    assert "canceling statement due to statement timeout" in failed["msg"]


def test_waits_for_a_server_that_is_not_there_yet(database: Database) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    results: list[dict[str, Any]] = []
    options = {"login_host": "127.0.0.1", "login_port": port, "ssl_mode": "verify-ca", "wait_timeout": 60}
    waiting = threading.Thread(target=lambda: results.append(_check(database, **options)))
    waiting.start()
    with _relay(database.server.spec.address, port):
        waiting.join()
    assert results[0]["ok"]


def test_bad_input_is_refused_at_once() -> None:
    given = {"login_host": "h", "login_user": "u", "queries": 0, "max_average_ms": 0, "query_timeout": 0}
    result = invoke("postgresql_query_check", {**given, "wait_timeout": -1, "tables": ["a..b", "", "a.b.c", "ok"]})
    assert len(result["failure"]["details"]["problems"]) == 7


@contextlib.contextmanager
def _relay(address: str, port: int = 0) -> Iterator[int]:
    """Pass connections at a port of 127.0.0.1 on to a server."""

    def copy(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _peer = listener.accept()
                server = socket.create_connection((address, 5432))
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=copy, args=ends, daemon=True).start()

    listener = socket.create_server(("127.0.0.1", port))
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        until(lambda: not thread.is_alive(), "the end of the relay")
