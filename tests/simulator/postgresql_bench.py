"""A resource group for PostgreSQL servers, Microsoft's SDK for them, and connections to the databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
import requests
from azure.core.exceptions import HttpResponseError
from azure.mgmt.postgresqlflexibleservers import PostgreSQLManagementClient

from tests.simulator.clients import client
from tests.simulator_fixture import Simulator

GROUP = "database-rg"
VERSION = "2026-10-01"
LOGIN = "codexadmin"
PASSWORD = "Str0ng-secret-7f1a"
RULE = {"startIpAddress": "127.0.0.0", "endIpAddress": "127.255.255.255"}


class Bench:
    """What tests of servers need; `servers`, `backups`, … are the SDK's operation groups."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        simulator.register("Microsoft.DBforPostgreSQL")
        self.group = simulator.group(GROUP)
        # Any: nearly every member of the SDK's models may be None, which tests would have to rule out each time.
        sdk: Any = client(simulator, PostgreSQLManagementClient)
        self.servers = sdk.servers
        self.databases = sdk.databases
        self.rules = sdk.firewall_rules
        self.configurations = sdk.configurations
        self.backups = sdk.backups_automatic_and_on_demand

    # -- the management side -----------------------------------------------------------------------------------------

    def body(self, **changes: Any) -> dict[str, Any]:
        """The body of a PUT: the smallest server, with `changes` in its properties (`sku`, `tags` beside them)."""
        sku = changes.pop("sku", ("Standard_B1ms", "Burstable"))
        body: dict[str, Any] = {"location": "eastus", "sku": dict(zip(("name", "tier"), sku, strict=True))}
        if "tags" in changes:
            body["tags"] = changes.pop("tags")
        login = {"administratorLogin": LOGIN, "administratorLoginPassword": PASSWORD}
        body["properties"] = {**login, "version": "16", "storage": {"storageSizeGB": 32}, **changes}
        return body

    def create(self, name: str, *, open: bool = True, **changes: Any) -> Any:
        """A server as the SDK sees it, reachable from this machine unless told otherwise."""
        server = self.servers.begin_create_or_update(GROUP, name, self.body(**changes)).result()
        if open:
            self.open(name)
        return server

    def open(self, name: str) -> None:
        """Let this machine connect to a server."""
        body: Any = {"properties": RULE}
        self.rules.begin_create_or_update(GROUP, name, "operator", body).result()

    def restore(self, name: str, source: str, moment: datetime, **changes: Any) -> Any:
        """A new server with another's data of that moment."""
        body = self.restore_body(source, moment, **changes)
        return self.servers.begin_create_or_update(GROUP, name, body).result()

    def restore_body(self, source: str, moment: datetime, **changes: Any) -> Any:
        body: dict[str, Any] = {"location": "eastus"}
        if "sku" in changes:
            body["sku"] = dict(zip(("name", "tier"), changes.pop("sku"), strict=True))
        body["properties"] = {
            "createMode": "PointInTimeRestore",
            "sourceServerResourceId": self.path(source),
            "pointInTimeUTC": moment.isoformat(),
            **changes,
        }
        return body

    def path(self, name: str, below: str = "") -> str:
        """The id of a server, or of something of it."""
        return f"{self.group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/{name}{below}"

    def raw(self, method: str, path: str, body: Any = None, version: str = VERSION) -> requests.Response:
        """A request without the SDK."""
        return self.simulator.call(method, path, version, body)

    def put(self, name: str, api_version: str = VERSION, **changes: Any) -> requests.Response:
        """A plain PUT of a server."""
        return self.raw("PUT", self.path(name), self.body(**changes), api_version)

    def slowly(self, method: str, path: str) -> None:
        """Let the next such operation go on until the clock is moved."""
        self.simulator.fault("slow_operation", method=method, path=path, seconds=3600)

    def pass_time(self, **spans: float) -> None:
        """Move the simulator's clock on: `days`, `hours`, `seconds`."""
        seconds = spans.get("days", 0) * 86_400 + spans.get("hours", 0) * 3600 + spans.get("seconds", 0)
        self.simulator.hook("POST", "clock", {"seconds": seconds})

    # -- the databases -----------------------------------------------------------------------------------------------

    def connect(self, name: str, **changes: Any) -> psycopg.Connection[Any]:
        """A verified connection as the administrator, in autocommit mode."""
        host = self.servers.get(GROUP, name).properties.fully_qualified_domain_name
        options = {
            "host": host,
            "port": 5432,
            "user": LOGIN,
            "password": PASSWORD,
            "dbname": "postgres",
            "sslmode": "verify-full",
            "sslrootcert": self.simulator.connection["ca_path"],
            "connect_timeout": 10,
            **changes,
        }
        return psycopg.connect(autocommit=True, **options)

    def run(self, name: str, *statements: str, **changes: Any) -> list[tuple[Any, ...]]:
        """Execute statements over one connection; the rows of the last one, if it has any."""
        with self.connect(name, **changes) as connection:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def moment(self, name: str) -> datetime:
        """The database's time, UTC."""
        (found,) = self.run(name, "SELECT clock_timestamp()")
        moment: datetime = found[0]
        return moment.astimezone(UTC)


def code(error: pytest.ExceptionInfo[HttpResponseError]) -> str | None:
    """Azure's code of a failure."""
    return error.value.error.code if error.value.error else None
