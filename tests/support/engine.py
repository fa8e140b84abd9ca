"""Real PostgreSQL servers with TLS, without the Azure around them."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import threading
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from azure_simulator.certificates import CertificateAuthority
from azure_simulator.postgresql.records import ServerSpec, key
from azure_simulator.postgresql.servers import Servers

LOGIN, PASSWORD = "codexadmin", "Pass'word \\ 1%"
HERE = [("127.0.0.1", "127.0.0.1")]
T = TypeVar("T")

_NUMBERS = itertools.count(2)


class Engine:
    """Servers whose event loop runs in a thread, so that tests are ordinary clients.

    :param programs: the folder of another PostgreSQL's programs; None: the embedded one.
    """

    def __init__(self, state_dir: Path, programs: Path | None = None) -> None:
        self.state_dir = state_dir
        self.ca = CertificateAuthority(state_dir)
        self.inside_azure: Callable[[tuple[str, int], tuple[str, int]], bool] = lambda client, server: False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.servers = Servers(state_dir, self.ca.leaf, programs, lambda *ends: self.inside_azure(*ends))
        try:
            self.call(self.servers.resume())
        except BaseException:
            self.close()
            raise

    def call(self, work: Coroutine[Any, Any, T], seconds: float = 60) -> T:
        """The result of a coroutine."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def spec(self, password: str | None = PASSWORD, **values: Any) -> ServerSpec:
        """A server with an address of its own."""
        number = next(_NUMBERS)
        # Addresses of the loopback network, so that servers of several pytest processes do not meet.
        address = f"127.{78 + os.getpid() // 255 % 2}.{os.getpid() % 255}.{number}"
        return ServerSpec(f"/servers/S{number}", address, LOGIN, password, **values)

    def create(self, **values: Any) -> ServerSpec:
        """A running server this machine may connect to."""
        spec = self.spec(**values)
        self.call(self.servers.create(spec))
        self.servers.set_firewall(spec.id, HERE, False)
        return spec

    def restore(self, source: ServerSpec, moment: datetime) -> ServerSpec:
        """A server as another one was."""
        spec = self.spec(password=None)
        self.call(self.servers.restore(source.id, spec, moment))
        self.servers.set_firewall(spec.id, HERE, False)
        return spec

    def connect(self, spec: ServerSpec, **options: Any) -> psycopg.Connection[Any]:
        """An administrator's session that trusts nothing but the simulator's certificates."""
        usual = {"user": LOGIN, "password": PASSWORD, "dbname": "postgres", "sslmode": "verify-full"}
        values = {"host": spec.address, "port": spec.port, "sslrootcert": self.ca.ca_path, **usual, **options}
        return psycopg.connect(autocommit=True, **values)

    def query(self, spec: ServerSpec, statement: str, **options: Any) -> Any:
        """The first column of the first row."""
        with self.connect(spec, **options) as connection:
            cursor = connection.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def folder(self, spec: ServerSpec) -> Path:
        """Where everything of a server is."""
        return self.state_dir / "postgresql" / "servers" / key(spec.id)

    def pid(self, spec: ServerSpec) -> int:
        """The process of a server."""
        return int(json.loads((self.folder(spec) / "process.json").read_text())["pid"])

    def close(self) -> None:
        """Stop all servers and the loop."""
        self.call(self.servers.shutdown())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
