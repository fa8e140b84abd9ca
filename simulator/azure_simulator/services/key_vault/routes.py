"""Routes of Microsoft.KeyVault/vaults, and the listeners of the vaults."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from azure_simulator.core.control import reserving
from azure_simulator.core.errors import ArmError
from azure_simulator.core.operations import Operation
from azure_simulator.core.providers import REGIONS
from azure_simulator.core.resource_service import ResourceService
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.service import Context, ResourceType
from azure_simulator.core.store import Document
from azure_simulator.services.key_vault import schema
from azure_simulator.services.key_vault.application import VaultApplication
from azure_simulator.services.key_vault.models import Vaults
from azure_simulator.services.key_vault.secrets import Secrets

# 443 in Azure; here a port that needs no privilege.
PORT = 8443
_CREATE = "vault.create"


class KeyVaultService(ResourceService):
    """Vaults: PUT, GET, DELETE, lists; and their secrets on their own addresses."""

    item = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults/{name}"
    namespace = "Microsoft.KeyVault"
    api_versions = frozenset(schema.VAULT_VERSIONS)
    resource_types = (ResourceType("vaults", schema.VAULT_VERSIONS, REGIONS),)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.vaults = Vaults(context.store, context.clock, context.settings.account)
        context.operations.define(_CREATE, self._created, self._create_failed)
        context.hook("key-vault/reserve-name", reserving(self.vaults.reserve))

    def routes(self) -> Iterable[Route]:
        return self.standard_routes(("PUT", "GET", "DELETE"))

    # -- life of the listeners ---------------------------------------------------------------------------------------

    async def startup(self) -> None:
        for document in self.vaults.list():
            await self._listen(document)

    async def reset(self) -> None:
        for document in self.vaults.list():
            await self._unlisten(document)

    async def _listen(self, document: Document) -> None:
        host = _host(document)
        application = VaultApplication(self.context, host, lambda: self.vaults.by_id(document.id))
        address, _, port = host.partition(":")
        await self.context.listeners.open(address, int(port), application)

    async def _unlisten(self, document: Document) -> None:
        address, _, port = _host(document).partition(":")
        await self.context.listeners.close(address, int(port))

    # -- resources ---------------------------------------------------------------------------------------------------

    async def put(self, request: ArmRequest) -> ArmResponse:
        """200 for a new one too; its `provisioningState` is what a client waits for."""
        group, name, body = request.params["group"], request.params["name"], request.json()
        self.vaults.check_put(group, name, body, request.api_version)
        address = self.context.addresses.allocate(self.vaults.id_of(group, name))
        uri = f"https://{address}:{PORT}/"
        document, new = self.vaults.put(group, name, body, uri, request.caller.client_id)
        if new:
            await self._listen_first(document, f"{address}:{PORT}")
        elif document.body["properties"]["provisioningState"] == "Succeeded" or self.context.operations.active(
            document.id
        ):
            return ArmResponse(200, document.body)
        operation = self.context.operations.start(request, _CREATE, document.id, duration=_CREATE)
        return ArmResponse(200, document.body, self.context.operations.retry_headers(operation))

    async def _listen_first(self, document: Document, where: str) -> None:
        try:
            await self._listen(document)
        except OSError as error:
            self.vaults.forget(document)
            self.context.addresses.release(document.id)
            message = f"The simulator cannot listen on {where}: {error}."
            raise ArmError(500, "InternalServerError", message) from error

    async def _created(self, operation: Operation) -> None:
        self.vaults.settle(operation.resource_id)

    async def _create_failed(self, operation: Operation, error: ArmError) -> None:
        self.vaults.settle(operation.resource_id, "Failed")

    async def get(self, request: ArmRequest) -> ArmResponse:
        body = self.vaults.get(request.params["group"], request.params["name"]).body
        waiting = body["properties"]["provisioningState"] == "RegisteringDns"
        return ArmResponse(200, body, self.context.durations.retry_headers(_CREATE) if waiting else {})

    async def delete(self, request: ArmRequest) -> ArmResponse:
        """200 at once, 204 when there is none."""
        document = self.vaults.find(request.params["group"], request.params["name"])
        if document is None:
            return ArmResponse(204)
        await self._delete(document)
        return ArmResponse(200)

    async def _delete(self, document: Document) -> None:
        self.context.operations.cancel(document.id)
        await self._unlisten(document)
        Secrets(self.context.store, self.context.clock, document).clear()
        self.vaults.delete(document)
        self.context.addresses.release(document.id)

    async def delete_group(self, group_id: str) -> None:
        for document in self.vaults.list(group_id):
            await self._delete(document)

    def resources(self, scope: str) -> list[dict[str, Any]]:
        return [document.body for document in self.vaults.list(scope)]


def _host(document: Document) -> str:
    return urlsplit(str(document.body["properties"]["vaultUri"])).netloc
