"""PostgreSQL servers in memory, in the place of the adapter to Azure's API: for what a real service shows rarely."""

from __future__ import annotations

import copy
import datetime
import time
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._azure import _providers
from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Answer
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _api
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql._api import Child
from tests.support.invoke import invoke

GROUP = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.DBforPostgreSQL/flexibleServers"
DONE = Answer(200, {}, {}, "", "PUT")
_READ_BACK = {"sku", "tags", "location"}


def merge(target: dict[str, Any], source: dict[str, Any]) -> None:
    """Do what a PATCH does."""
    for key, value in source.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict) and key != "tags":
            merge(target[key], value)
        else:
            target[key] = copy.deepcopy(value)


class Memory:
    """What Azure would have, and a log of what was written to it."""

    def __init__(self) -> None:
        self.servers: dict[str, dict[str, Any]] = {}
        self.children: dict[Child, dict[str, dict[str, Any]]] = {kind: {} for kind in Child}
        self.states = {"start": "Ready", "stop": "Stopped", "restart": "Ready"}
        self.writes: list[tuple[str, Any]] = []
        self.before_write: Callable[[str, Any], None] = lambda _verb, _body: None
        self.after_read: Callable[[dict[str, Any]], None] = lambda _server: None

    def write(self, verb: str, body: Any = None) -> None:
        """Log a write; `before_write` may refuse it."""
        self.before_write(verb, body)
        self.writes.append((verb, copy.deepcopy(body)))

    def verbs(self) -> list[str]:
        """Return what was written, without bodies, and forget it."""
        found = [verb for verb, _body in self.writes]
        self.writes.clear()
        return found

    def add(self, name: str, **changes: Any) -> dict[str, Any]:
        """Have a server, a Burstable one unless told otherwise; a change of `properties` is merged."""
        server: dict[str, Any] = {
            "id": f"{GROUP}/{name}",
            "name": name,
            "location": "East US",
            "sku": {"name": "Standard_B1ms", "tier": "Burstable"},
            "tags": {},
            "properties": {
                "state": "Ready",
                "version": "16",
                "administratorLogin": "codexadmin",
                "fullyQualifiedDomainName": f"{name}.postgres.database.azure.com",
                "storage": {"storageSizeGB": 32, "type": ""},
                "backup": {
                    "backupRetentionDays": 7,
                    "geoRedundantBackup": "Disabled",
                    "earliestRestoreDate": "2026-01-01T00:00:00.0000000+00:00",
                },
                "highAvailability": {"mode": "Disabled"},
                "network": {"publicNetworkAccess": "Enabled"},
                "maintenanceWindow": {"customWindow": "Disabled", "dayOfWeek": 0, "startHour": 0, "startMinute": 0},
            },
        }
        merge(server, changes)
        self.servers[name] = server
        return server

    def backup(self, name: str, completed: str = "2026-06-01T00:00:00.0000000+00:00", **properties: Any) -> None:
        """Have a backup on demand."""
        found = {"backupType": "Customer On-Demand", "completedTime": completed, **properties}
        self.children[Child.BACKUP][name] = {"id": name, "name": name, "properties": found}

    def parameter(self, name: str, value: str, default: str, **properties: Any) -> None:
        """Have a server parameter."""
        found = {"value": value, "defaultValue": default, "isDynamicConfig": True, "source": "system-default"}
        self.children[Child.CONFIGURATION][name] = {"id": name, "name": name, "properties": {**found, **properties}}


class Api:
    """`ServerApi` on a `Memory`."""

    memory: Memory

    def __init__(self, _session: object, _group: str, name: str) -> None:
        self.name = name
        self.what = f"PostgreSQL server {name}"
        self.id = f"{GROUP}/{name}"

    def read(self) -> dict[str, Any] | None:
        server = self.memory.servers.get(self.name)
        found = copy.deepcopy(server)
        if server is not None:
            self.memory.after_read(server)
        return found

    def create(self, body: dict[str, Any]) -> Answer:
        self.memory.write("create", body)
        server = self.memory.add(self.name)
        properties = {key: value for key, value in body["properties"].items() if key != "administratorLoginPassword"}
        if properties.get("createMode") == "PointInTimeRestore":
            source = self.memory.servers[properties["sourceServerResourceId"].rpartition("/")[2]]
            merge(server, {"properties": source["properties"], "sku": source["sku"]})
            properties = {}
        merge(server, {**{key: body[key] for key in _READ_BACK if key in body}, "properties": properties})
        return DONE

    def update(self, body: dict[str, Any]) -> Answer:
        self.memory.write("update", body)
        merge(self.memory.servers[self.name], body)
        self.memory.servers[self.name]["properties"].pop("administratorLoginPassword", None)
        return DONE

    def delete(self) -> Answer:
        self.memory.write("delete")
        del self.memory.servers[self.name]
        return DONE

    def start(self) -> Answer:
        return self._to("start")

    def stop(self) -> Answer:
        return self._to("stop")

    def restart(self) -> Answer:
        return self._to("restart")

    def _to(self, verb: str) -> Answer:
        self.memory.write(verb)
        self.memory.servers[self.name]["properties"]["state"] = self.memory.states[verb]
        return DONE

    def describe(self, kind: Child, name: str) -> str:
        return f"{kind.words} {name} of {self.what}"

    def list(self, kind: Child) -> list[dict[str, Any]]:
        if self.name not in self.memory.servers:
            raise OperationsError("Parent resource not found", code="ParentResourceNotFound", status=404)
        return copy.deepcopy(list(self.memory.children[kind].values()))

    def read_child(self, kind: Child, name: str) -> dict[str, Any] | None:
        return copy.deepcopy(self.memory.children[kind].get(name))

    def write_child(self, kind: Child, name: str, body: dict[str, Any] | None = None) -> Answer:
        self.memory.write(f"write {name}", body)
        if kind is Child.BACKUP:
            self.memory.backup(name, datetime.datetime.now(datetime.UTC).isoformat())
        else:
            child = self.memory.children[kind].setdefault(name, {"id": name, "name": name, "properties": {}})
            merge(child, body or {})
        return DONE

    def delete_child(self, kind: Child, name: str) -> Answer:
        self.memory.write(f"delete {name}")
        del self.memory.children[kind][name]
        return DONE


def install(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """Put an empty memory in the place of Azure, where all waiting takes no time."""
    memory = Memory()
    monkeypatch.setattr(Api, "memory", memory, raising=False)
    monkeypatch.setattr(_api, "ServerApi", Api)
    monkeypatch.setattr(_providers, "ensure", lambda *_args: None)
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    return memory


def run(module: str, check_mode: bool = False, **params: Any) -> dict[str, Any]:
    """Return the result of a module on the memory."""
    given = {"subscription_id": "s", "resource_group": "rg", **params}
    return invoke(module, given, check_mode=check_mode)


def busy_once(code: str = "ServerIsBusy", verb: str | None = None) -> Callable[[str, Any], None]:
    """Return a refusal of the first write, or of the first of that kind."""
    left = [1]

    def refuse(given: str, _body: Any) -> None:
        if left and verb in (None, given):
            left.pop()
            raise OperationsError("Server is busy with another operation", code=code, status=409)

    return refuse
