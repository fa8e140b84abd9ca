"""A real PostgreSQL with TLS, without the Azure around it: one server per session, a database of its own per test."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import uuid
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
from psycopg import sql

from ansible_collections.codexdominion.azure.plugins.module_utils import _postgresql_connection
from azure_simulator.certificates import CertificateAuthority
from azure_simulator.postgresql.records import ServerSpec
from azure_simulator.postgresql.servers import Servers

LOGIN = "codexadmin"
PASSWORD = "Pass'word \\ 1%"
T = TypeVar("T")


class Server:
    """A running server; its event loop runs in a thread, so that tests are ordinary clients.

    :ivar bin_dir: the folder of `pg_dump`, `pg_restore`, `psql`, which speak TLS.
    """

    def __init__(self, folder: Path) -> None:
        authority = CertificateAuthority(folder)
        self.ca_path = Path(authority.ca_path)
        self.bin_dir = folder / "bin"
        # Addresses of the loopback network, so that sessions of several pytest processes do not meet.
        self.spec = ServerSpec(
            "/servers/tests", f"127.78.{os.getpid() % 255}.{1 + os.getpid() // 255 % 250}", LOGIN, PASSWORD
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.servers = Servers(folder, authority.leaf, None, None)
        try:
            self.call(self.servers.resume())
            self.call(self.servers.create(self.spec))
            self.servers.set_firewall(self.spec.id, [("127.0.0.0", "127.255.255.255")], False)
        except BaseException:
            self.stop()
            raise

    def call(self, work: Coroutine[Any, Any, T], seconds: float = 60) -> T:
        """Return the result of a coroutine of `servers`."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def stop(self) -> None:
        """Stop the server and the loop."""
        self.call(self.servers.shutdown())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Database:
    """One empty database, owned by the role that logs in."""

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.name = name

    @property
    def login(self) -> dict[str, Any]:
        """The options of modules that connect to it."""
        return {
            "login_host": self.server.spec.address,
            "login_user": LOGIN,
            "login_password": PASSWORD,
            "login_db": self.name,
            "ca_cert": str(self.server.ca_path),
        }

    @property
    def params(self) -> dict[str, Any]:
        """The same with every default, as a module's code is given them."""
        return dict(_postgresql_connection.SPEC.validate(self.login).validated_parameters)

    def connect(self) -> psycopg.Connection[Any]:
        """Return a session in which every statement is committed; the caller closes it."""
        return _postgresql_connection.connect(self.params, autocommit=True)

    def execute(self, statements: str) -> list[tuple[Any, ...]]:
        """Run SQL; return the rows of its last statement."""
        with contextlib.closing(self.connect()) as connection:
            cursor = connection.execute(statements.encode())
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    def value(self, query: str) -> Any:
        """Return the first column of the first row."""
        return self.execute(query)[0][0]


@contextlib.contextmanager
def new_database(server: Server) -> Iterator[Database]:
    """A database that is dropped at the end, whoever is still connected to it."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    administration = Database(server, "postgres")
    with contextlib.closing(administration.connect()) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield Database(server, name)
    finally:
        with contextlib.closing(administration.connect()) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def database_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the whole session."""
    server = Server(tmp_path_factory.mktemp("postgresql"))
    yield server
    server.stop()


@pytest.fixture
def database(database_server: Server) -> Iterator[Database]:
    """A fresh database."""
    with new_database(database_server) as found:
        yield found
