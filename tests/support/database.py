"""A real PostgreSQL with TLS, without the Azure around it: one server per session, a database of its own per test."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _connection
from tests.support.engine import LOGIN, PASSWORD, Engine


class Server:
    """One server of an engine of its own.

    :param programs: the folder of another PostgreSQL's programs; None: the embedded one.
    :ivar bin_dir: the folder of `pg_dump`, `pg_restore`, `psql`, which speak TLS.
    """

    def __init__(self, folder: Path, programs: Path | None = None) -> None:
        self.engine = Engine(folder, programs)
        self.ca_path = Path(self.engine.ca.ca_path)
        self.bin_dir = folder / "bin"
        try:
            self.spec = self.engine.create()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it."""
        self.engine.close()


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
        return dict(_connection.SPEC.validate(self.login).validated_parameters)

    def connect(self) -> psycopg.Connection[Any]:
        """Return a session in which every statement is committed; the caller closes it."""
        return _connection.connect(self.params, autocommit=True)

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
