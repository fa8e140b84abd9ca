"""PostgreSQL servers on a local Azure, written by our modules without Ansible around them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from tests.simulator_fixture import Simulator
from tests.support.invoke import CONNECTION, invoke

LOGIN = "operator"
PASSWORD = "Quiet-5ecret-8d1f"
NAME = "codex-db"


class DatabaseServer:
    """One server that exists, and an empty log of requests.

    :param options: of the module postgresql_server, instead of the usual ones.
    """

    def __init__(self, simulator: Simulator, folder: Path, **options: Any) -> None:
        self.simulator = simulator
        settings = simulator.settings()
        self._connection = {name: settings[name] for name in CONNECTION}
        self._cache = folder
        simulator.register("Microsoft.DBforPostgreSQL")
        self.run("resource_group", resource_group=None, name="rg", location="eastus")
        new = {"location": "eastus", "administrator_login": LOGIN, "administrator_password": PASSWORD}
        self.found: dict[str, Any] = self.server(**{**new, **options})["postgresql_server"]
        self.writes()

    def attempt(self, module: str, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        """Run a module, whatever comes of it; no password is ever in its result."""
        given = {"resource_group": "rg", **self._connection, **params}
        wanted = {name: value for name, value in given.items() if value is not None}
        result = invoke(module, wanted, check_mode=check_mode, cache=self._cache)
        assert PASSWORD not in str(result), "a password is shown"
        return result

    def run(self, module: str, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        """Run a module; it must not fail."""
        result = self.attempt(module, check_mode, **params)
        assert not result.get("failed"), result
        return result

    def server(self, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        """Bring the server to a state; it must not fail."""
        return self.run("postgresql_server", check_mode, **{"name": NAME, **params})

    def child(self, kind: str, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        """Bring something of the server to a state; it must not fail."""
        return self.run(f"postgresql_{kind}", check_mode, server=NAME, **params)

    def writes(self) -> list[str]:
        """Return method and the last part of the path of every write since the last call."""
        found = [write.split() for write in self.simulator.writes()]
        self.simulator.forget()
        return [f"{method} {path.rpartition('/')[2]}" for method, path in found]

    def connect(self, host: str | None = None, password: str = PASSWORD) -> psycopg.Connection[Any]:
        """Return a connection with a verified certificate."""
        return psycopg.connect(
            host=host or self.found["fully_qualified_domain_name"],
            user=LOGIN,
            password=password,
            dbname="postgres",
            sslmode="verify-full",
            sslrootcert=self.simulator.connection["ca_path"],
            connect_timeout=10,
            autocommit=True,
        )
