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

    def checksums(self, server: str = "data-db-server") -> dict[str, str]:
        """Return a checksum of the content of every table."""
        names = [
            row[0] for row in self.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1", server)
        ]
        text = "SELECT md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM {} t"
        return {name: self.ask(text.format(name), server)[0][0] for name in names}


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
    writers = bank.pgbench("--client", "4", "--time", "120", "--no-vacuum")
    try:
        before = bank.ask("SELECT count(*) FROM pgbench_history")[0][0]
        run = stack.play("backup_database", "-e", "database_backup_kind=dump")
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
