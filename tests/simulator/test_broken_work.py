"""Work that breaks: whatever the simulator itself does wrong, nothing is left `Creating` for ever.

In this process, with the work of every kind of operation replaced by one that breaks: no engine is started.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from azure_simulator.app import build
from azure_simulator.core.operations import Operation
from azure_simulator.core.pipeline import Pipeline
from azure_simulator.core.service import Context
from azure_simulator.services.postgresql.routes import PostgreSqlService
from azure_simulator.settings import Account, Options, Settings

SETTLED = {"Succeeded", "Failed", "NotRegistered", "Ready", "Running"}
GROUP = "/resourceGroups/rg"
PASSWORD = "Rehearsed-1"  # pragma: allowlist secret
Body = dict[str, Any]


class Local:
    """A simulator in this process. `ask` calls it; the answer's status and body."""

    def __init__(self, context: Context, pipeline: Pipeline) -> None:
        self.context = context
        self._pipeline = pipeline
        account = context.settings.account
        self.root = f"/subscriptions/{account.subscription_id}"
        url = context.settings.url
        self._token = context.tokens.issue(account.object_id, account.client_id, url)

    async def ask(self, method: str, path: str, version: str, body: Body | None = None) -> tuple[int, Body]:
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": json.dumps(body).encode() if body else b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": f"api-version={version}".encode(),
            "headers": [(b"host", b"127.0.0.1:1"), (b"authorization", f"Bearer {self._token}".encode())],
            "client": ("127.0.0.1", 2),
            "server": ("127.0.0.1", 1),
            "scheme": "https",
            "root_path": "",
            "http_version": "1.1",
        }
        await self._pipeline(scope, receive, send)
        content = b"".join(part.get("body", b"") for part in sent[1:])
        return sent[0]["status"], json.loads(content) if content else {}

    async def idle(self) -> None:
        """Return once no operation is under way."""
        while self.context.operations._tasks:
            await asyncio.wait(list(self.context.operations._tasks.values()))

    def statuses(self) -> set[str]:
        return {str(document.body["status"]) for document in self.context.store.list("operations")}


@contextmanager
def local(folder: Path) -> Iterator[Local]:
    """The simulator of a state directory, built but not listening."""
    settings = Settings(folder, 1, Account.load(folder / "account.json"), Options(0), "key")
    context, pipeline = build(settings)
    try:
        yield Local(context, pipeline)
    finally:
        context.addresses.close()
        context.store.close()


def _break_all(context: Context, also_afterwards: bool) -> None:
    """Replace the work of every kind, and where asked what notes its failure."""

    async def work(operation: Operation) -> None:
        raise ZeroDivisionError(operation.kind)

    async def failed(operation: Operation, error: Exception) -> None:
        raise ZeroDivisionError(operation.kind)

    for kind, (_, known) in list(context.operations._work.items()):
        if kind.startswith("provider"):
            continue
        context.operations.define(kind, work, failed if also_afterwards and known else known)


def _container_group() -> Body:
    container = {
        "name": "api",
        "properties": {"image": "nginx", "resources": {"requests": {"cpu": 1, "memoryInGB": 1}}},
    }
    return {"location": "eastus", "properties": {"osType": "Linux", "containers": [container]}}


def _server(local: Local) -> Body:
    return {
        "location": "eastus",
        "sku": {"name": "Standard_B1ms", "tier": "Burstable"},
        "properties": {
            "version": "16",
            "administratorLogin": "codexadmin",
            "administratorLoginPassword": PASSWORD,
            "storage": {"storageSizeGB": 32},
            "createMode": "Create",
        },
    }


def _vault(local: Local) -> Body:
    tenant = local.context.settings.account.tenant_id
    return {"location": "eastus", "properties": {"tenantId": tenant, "sku": {"family": "A", "name": "standard"}}}


# namespace, path below the group, api-version, what is written, where its state stands
CREATED: dict[str, tuple[str, str, str, Callable[[Local], Body], str]] = {
    "container group": (
        "Microsoft.ContainerInstance",
        "containerGroups/codex-api",
        "2023-05-01",
        lambda local: _container_group(),
        "provisioningState",
    ),
    "registry": (
        "Microsoft.ContainerRegistry",
        "registries/codexregistry",
        "2023-07-01",
        lambda local: {"location": "eastus", "sku": {"name": "Basic"}},
        "provisioningState",
    ),
    "vault": ("Microsoft.KeyVault", "vaults/codex-vault", "2026-02-01", _vault, "provisioningState"),
    "cache": (
        "Microsoft.Cache",
        "redis/codex-redis",
        "2024-11-01",
        lambda local: {"location": "eastus", "properties": {"sku": {"name": "Basic", "family": "C", "capacity": 0}}},
        "provisioningState",
    ),
    "managed cache": (
        "Microsoft.Cache",
        "redisEnterprise/codex-managed",
        "2025-07-01",
        lambda local: {
            "location": "eastus",
            "sku": {"name": "Balanced_B0"},
            "properties": {"publicNetworkAccess": "Enabled"},
        },
        "provisioningState",
    ),
    "database server": ("Microsoft.DBforPostgreSQL", "flexibleServers/codex-db", "2024-08-01", _server, "state"),
}


async def _register(local: Local, namespace: str) -> None:
    status, _ = await local.ask("PUT", local.root + GROUP, "2022-09-01", {"location": "eastus"})
    assert status in (200, 201)
    status, answer = await local.ask("POST", f"{local.root}/providers/{namespace}/register", "2021-04-01")
    assert status == 200, answer
    await local.idle()


@pytest.mark.parametrize("also_afterwards", [False, True], ids=["work", "work and what notes it"])
@pytest.mark.parametrize("what", CREATED)
def test_what_breaks_while_it_is_created_ends(tmp_path: Path, what: str, also_afterwards: bool) -> None:
    namespace, below, version, body, where = CREATED[what]

    async def run(local: Local) -> None:
        await _register(local, namespace)
        image = {"name": "nginx", "files": {"main.py": ""}, "entrypoint": ["/bin/true"]}
        await local.context.hooks["images"](image)
        _break_all(local.context, also_afterwards)
        path = f"{local.root}{GROUP}/providers/{namespace}/{below}"
        status, answer = await local.ask("PUT", path, version, body(local))
        assert status in (200, 201, 202), answer
        await asyncio.wait_for(local.idle(), 30)
        assert "Failed" in local.statuses() <= {"Succeeded", "Failed"}
        status, found = await local.ask("GET", path, version)
        if not also_afterwards:
            assert status == 404 or found["properties"][where] == "Failed", found
        await local.context.listeners.close_all()

    with local(tmp_path) as azure:
        asyncio.run(run(azure))


@pytest.mark.parametrize("what", CREATED)
def test_a_restart_in_the_middle(tmp_path: Path, what: str) -> None:
    """The simulator goes away while it creates; the next one breaks at it."""
    namespace, below, version, body, where = CREATED[what]
    path = f"{GROUP}/providers/{namespace}/{below}"

    async def begin(local: Local) -> None:
        await _register(local, namespace)
        await local.context.hooks["images"]({"name": "nginx", "files": {"main.py": ""}, "entrypoint": ["/bin/true"]})
        status, answer = await local.ask("PUT", local.root + path, version, body(local))
        assert status in (200, 201, 202), answer
        await local.context.operations.stop()
        await local.context.listeners.close_all()

    async def go_on(local: Local) -> None:
        _break_all(local.context, also_afterwards=False)
        local.context.operations.resume()
        await asyncio.wait_for(local.idle(), 30)
        status, found = await local.ask("GET", local.root + path, version)
        assert status == 404 or found["properties"][where] == "Failed", found

    with local(tmp_path) as azure:
        asyncio.run(begin(azure))
    with local(tmp_path) as azure:
        asyncio.run(go_on(azure))


def test_a_server_whose_files_cannot_be_removed_is_not_created_for_ever(tmp_path: Path) -> None:
    namespace, below, version, body, _where = CREATED["database server"]

    async def drop(server_id: str) -> None:
        raise OSError(server_id)

    async def run(local: Local) -> None:
        await _register(local, namespace)
        _break_all(local.context, also_afterwards=False)
        local.context.service(PostgreSqlService)._lifecycle._engine.drop = drop  # type: ignore[method-assign]
        path = f"{local.root}{GROUP}/providers/{namespace}/{below}"
        await local.ask("PUT", path, version, body(local))
        await asyncio.wait_for(local.idle(), 30)
        assert "Failed" in local.statuses()
        assert (await local.ask("GET", path, version))[0] == 404

    with local(tmp_path) as azure:
        asyncio.run(run(azure))


@pytest.mark.parametrize("data", [{}, {"before": None, "backup": None, "cache": None, "kind": None, "source": None}])
def test_every_kind_of_work_ends_when_what_it_is_about_has_gone(tmp_path: Path, data: Body) -> None:
    """As after a restart with what an interrupted deletion, or another version, has left."""

    async def run(azure: Local) -> None:
        operations = azure.context.operations
        for number, kind in enumerate(operations._work):
            resource = f"{azure.root}{GROUP}/providers/Microsoft.Gone/things/{number}"
            operations.save(Operation(str(number), kind, resource, "InProgress", "registry.create", "", 0, data=data))
        operations.resume()
        await asyncio.wait_for(azure.idle(), 60)
        for number, kind in enumerate(operations._work):
            ended = operations.get(str(number))
            assert ended is not None and ended.done, kind
            assert ended.status == "Succeeded" or (ended.error and ended.error["code"]), kind

    with local(tmp_path) as azure:
        asyncio.run(run(azure))


def test_everything_that_shows_a_state_can_note_a_failure(tmp_path: Path) -> None:
    """Kinds without it change nothing that is shown before they are done."""
    with local(tmp_path) as azure:
        without = {kind for kind, (_, failed) in azure.context.operations._work.items() if failed is None}
    assert without == {
        "containerGroup.stop",
        "managed_redis.flush",
        "postgresql.backup.delete",
        "postgresql.database",
        "postgresql.database.delete",
        "postgresql.firewall_rule",
        "postgresql.firewall_rule.delete",
        "postgresql.refused",
        "postgresql.threat_protection",
        "redis.flush",
        "redis.reboot",
        "static_site.build.delete",
        "static_site.delete",
        "static_site.deploy",
        "static_site.domain.delete",
    }
