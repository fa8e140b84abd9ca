"""Real data, backed up while it is written, destroyed and got back: every table with the same content."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.simulator_fixture import Simulator
from tests.support.stack import DATABASE, Stack

pytestmark = [pytest.mark.slow, pytest.mark.soak]

API_VERSION = "2024-08-01"
# All four tables tell of the same payments, so their sums agree in every state that is consistent, and in few others.
SUMS = (
    "SELECT (SELECT sum(abalance) FROM pgbench_accounts), (SELECT sum(tbalance) FROM pgbench_tellers),"
    " (SELECT sum(bbalance) FROM pgbench_branches), (SELECT coalesce(sum(delta), 0) FROM pgbench_history)"
)


# Stands in for pg_dump: writes down what the tables hold in the very snapshot that is dumped, then is pg_dump.
LOOKS_FIRST = r"""#!/usr/bin/env bash
set -euo pipefail
for argument; do
    case $argument in --snapshot=*) snapshot=${argument#*=} ;; esac
done
if [ -n "${snapshot:-}" ]; then
    "$BIN/psql" --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --output "$SEEN" <<END
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET TRANSACTION SNAPSHOT '$snapshot';
SELECT format('SELECT %L, $CHECKSUM FROM %I t', tablename, tablename) FROM pg_tables WHERE schemaname = 'public'
\gexec
END
fi
exec "$BIN/pg_dump" "$@"
"""
CHECKSUM = "md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), ''))"


class Bank:
    """The database of a stack, with pgbench's accounts in it."""

    def __init__(self, stack: Stack) -> None:
        self._azure = stack.azure
        self._login = {
            "PGUSER": "codexadmin",
            "PGPASSWORD": f"Rehearsed-{self._azure.connection['subscription_id'][:8]}",
            "PGDATABASE": "codex",
            "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": self._azure.connection["ca_path"],
        }

    def address(self, server: str = "data-db-server") -> str:
        """Return the address of a server."""
        path = f"{self._azure.subscription}/resourceGroups/data-rg/providers/Microsoft.DBforPostgreSQL/flexibleServers"
        body = self._azure.call("GET", f"{path}/{server}", API_VERSION).json()
        return str(body["properties"]["fullyQualifiedDomainName"])

    def pgbench(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start pgbench on the stack's server."""
        command = [str(self._azure.state_dir / "bin" / "pgbench"), "-h", self.address(), *arguments]
        return subprocess.Popen(command, env=self._login, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(self, query: str, server: str = "data-db-server") -> list[Any]:
        """Return the rows of a query."""
        with psycopg.connect(
            host=self.address(server),
            user=self._login["PGUSER"],
            password=self._login["PGPASSWORD"],
            dbname="codex",
            sslmode="verify-full",
            sslrootcert=self._login["PGSSLROOTCERT"],
            autocommit=True,
        ) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def looking_first(self, folder: Path) -> tuple[Path, Path]:
        """Return where client programs are whose pg_dump writes down checksums, and the file it writes them to."""
        own, seen = self._azure.state_dir / "bin", folder / "seen"
        programs = folder / "bin"
        programs.mkdir()
        (programs / "pg_restore").symlink_to(own / "pg_restore")
        script = LOOKS_FIRST.replace("$BIN", str(own)).replace("$SEEN", str(seen))
        (programs / "pg_dump").write_text(script.replace("$CHECKSUM", CHECKSUM.replace("'", "''")), encoding="utf-8")
        (programs / "pg_dump").chmod(0o700)
        return programs, seen

    def checksums(self, server: str = "data-db-server") -> dict[str, str]:
        """Return a checksum of the content of every table."""
        names = [
            row[0] for row in self.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1", server)
        ]
        return {name: self.ask(f"SELECT {CHECKSUM} FROM {name} t", server)[0][0] for name in names}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with a database."""
    local = Simulator(tmp_path_factory.mktemp("azure"), 0)
    local.start()
    data = Stack(local, tmp_path_factory.mktemp("inventory"), "data", DATABASE)
    data.set_up()
    yield data
    local.stop()


@pytest.fixture(scope="module")
def bank(stack: Stack) -> Bank:
    """Five branches, with half a million accounts."""
    bank = Bank(stack)
    assert bank.pgbench("--initialize", "--scale", "5", "--quiet").wait() == 0
    return bank


def consistent(sums: tuple[int, ...]) -> bool:
    """Return whether the sums of all four tables are the same."""
    return len(set(sums)) == 1


def test_a_dump_under_write_load_is_one_consistent_state(stack: Stack, bank: Bank, tmp_path: Path) -> None:
    programs, seen = bank.looking_first(tmp_path)
    writers = bank.pgbench("--client", "4", "--time", "120", "--no-vacuum")
    try:
        before = bank.ask("SELECT count(*) FROM pgbench_history")[0][0]
        options = ("-e", "database_backup_kind=dump", "-e", f"database_backup_bin_dir={programs}")
        run = stack.play("backup_database", *options)
        assert run.code == 0, run.output
        after = bank.ask("SELECT count(*) FROM pgbench_history")[0][0]
    finally:
        writers.terminate()
        writers.wait()
    assert after > before, "nothing was written meanwhile"
    bank.ask(
        "DROP TABLE pgbench_accounts, pgbench_tellers, pgbench_branches, pgbench_history, schema_migrations CASCADE"
    )
    restored = stack.play("restore_database", "-e", "restore=latest", "-e", "confirm=data")
    assert restored.code == 0, restored.output
    dumped = dict(line.split("|") for line in seen.read_text(encoding="utf-8").splitlines())
    assert len(dumped) == 8 and bank.checksums() == dumped
    assert consistent(bank.ask(SUMS)[0])
    assert before <= bank.ask("SELECT count(*) FROM pgbench_history")[0][0] <= after
    assert bank.ask("SELECT count(*) FROM pgbench_accounts")[0][0] == 500_000
    assert stack.health()["database"]["status"] == "healthy"


def test_a_moment_is_got_back_with_every_table_as_it_was(stack: Stack, bank: Bank) -> None:
    assert bank.pgbench("--client", "4", "--transactions", "200", "--no-vacuum").wait() == 0
    expected = bank.checksums()
    moment = bank.ask("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")[0][0]
    assert bank.pgbench("--client", "4", "--transactions", "200", "--no-vacuum").wait() == 0
    assert bank.checksums() != expected
    bank.ask("DROP TABLE pgbench_accounts CASCADE")
    began = time.monotonic()
    name = "database_backup_restore_server=data-db-back"
    run = stack.play("restore_database", "-e", f"restore={moment}", "-e", name, "-e", "switch_backend=true")
    assert run.code == 0, run.output
    assert time.monotonic() - began < 300
    assert bank.checksums("data-db-back") == expected
    assert stack.health()["database"]["status"] == "healthy"
