"""Routes of Microsoft.ContainerRegistry, and the listeners of the registries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from azure_simulator.core.control import reserving
from azure_simulator.core.errors import ArmError
from azure_simulator.core.operations import Operation
from azure_simulator.core.providers import REGIONS
from azure_simulator.core.resource_service import ResourceService
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.service import Context, ResourceType
from azure_simulator.core.store import Document
from azure_simulator.registry.application import RegistryApplication
from azure_simulator.registry.blobs import BlobStore
from azure_simulator.registry.images import Images
from azure_simulator.registry.registry import Registry, open_registry
from azure_simulator.registry.repositories import sweep
from azure_simulator.services.container_registry import schema
from azure_simulator.services.container_registry.models import Change, Registries, failed, usages

PORT = 5000
_WRITE = "registry.write"
_SUBSCRIPTION = "/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry"
_REGISTRY = (
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{name}"
)
# Older api-versions create synchronously.
_ASYNC_SINCE = "2019-12-01"


class ContainerRegistryService(ResourceService):
    """Registries: PUT, PATCH, GET, DELETE, lists, credentials; and their own protocol on their own addresses."""

    item = _REGISTRY
    namespace = "Microsoft.ContainerRegistry"
    api_versions = frozenset(schema.API_VERSIONS)
    resource_types = (
        ResourceType("registries", schema.API_VERSIONS, REGIONS),
        ResourceType("checkNameAvailability", schema.API_VERSIONS),
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.registries = Registries(context.store, context.clock, context.settings.account.subscription_id)
        self.blobs = BlobStore(context.settings.state_dir / "registry")
        self.images = Images(self.registry)
        self.deleting: set[Callable[[Document], Awaitable[None]]] = set()
        """Told of a registry before it is deleted."""
        context.operations.define(_WRITE, self._written, self._write_failed)
        context.hook("registry/reserve-name", reserving(self.registries.reserve))

    def routes(self) -> Iterable[Route]:
        return (
            self.route("POST", _SUBSCRIPTION + "/checkNameAvailability", self.check_name),
            *self.standard_routes(),
            self.route("GET", _REGISTRY + "/operationStatuses/{operation}", self.status),
            self.route("POST", _REGISTRY + "/listCredentials", self.list_credentials),
            self.route("POST", _REGISTRY + "/regenerateCredential", self.regenerate_credential),
            self.route("GET", _REGISTRY + "/listUsages", self.list_usages),
        )

    # -- life of the listeners ---------------------------------------------------------------------------------------

    async def startup(self) -> None:
        sweep(self.context.store, self.blobs)
        for document in self.registries.list():
            await self._listen(document)

    async def reset(self) -> None:
        for document in self.registries.list():
            await self._unlisten(document)
        self.blobs.clear()

    async def _listen(self, document: Document) -> None:
        login_server = str(document.body["properties"]["loginServer"])
        address, _, port = login_server.partition(":")
        application = RegistryApplication(self.context, login_server, lambda: self.registry(login_server))
        await self.context.listeners.open(address, int(port), application)

    async def _unlisten(self, document: Document) -> None:
        address, _, port = str(document.body["properties"]["loginServer"]).partition(":")
        await self.context.listeners.close(address, int(port))

    def registry(self, login_server: str) -> Registry | None:
        """The registry at a login server, with its content; None when there is none."""
        document = self.registries.by_login_server(login_server)
        return open_registry(self.context, self.blobs, document) if document is not None else None

    # -- resources ---------------------------------------------------------------------------------------------------

    def show(self, body: dict[str, Any], api_version: str) -> dict[str, Any]:
        return schema.show(body, api_version)

    def answer(
        self, request: ArmRequest, status: int, body: Any = None, headers: dict[str, str] | None = None
    ) -> ArmResponse:
        """The provider names the version it answers with."""
        return ArmResponse(status, body, {"api-supported-versions": request.api_version, **(headers or {})})

    async def check_name(self, request: ArmRequest) -> ArmResponse:
        body = request.json()
        schema.NAME_CHECK.check(body)
        return ArmResponse(200, self.registries.name_availability(body["name"]))

    async def put(self, request: ArmRequest) -> ArmResponse:
        """201 with Azure-AsyncOperation for a new one, 200 for an existing one (200 for both in old versions)."""
        group, name, body = request.params["group"], request.params["name"], request.json()
        self.registries.check_put(group, name, body)
        self.registries.require_settled(group, name)
        old = self.registries.find(group, name)
        resource_id = old.id if old else self.registries.id_of(group, name)
        address = self.context.addresses.allocate(resource_id)
        asynchronous = old is None and request.api_version >= _ASYNC_SINCE
        caller = request.caller.client_id
        account = self.context.settings.account
        change = self.registries.put(
            group, name, body, f"{address}:{PORT}", caller, account.tenant_id, long=asynchronous
        )
        if change.new:
            document = self.registries.get(group, name)
            try:
                await self._listen(document)
            except OSError as error:
                self.registries.delete(resource_id)
                self.context.addresses.release(resource_id)
                message = f"The simulator cannot listen on {address}:{PORT}: {error}."
                raise failed(500, "InternalServerError", message) from error
        return self._written_answer(request, change, "registry.create")

    async def patch(self, request: ArmRequest) -> ArmResponse:
        """200 when done at once, 201 with Azure-AsyncOperation for longer work."""
        caller = request.caller.client_id
        change = self.registries.patch(
            request.params["group"],
            request.params["name"],
            request.json(),
            caller,
            self.context.settings.account.tenant_id,
        )
        return self._written_answer(request, change, "registry.update")

    def _written_answer(self, request: ArmRequest, change: Change, duration: str) -> ArmResponse:
        if not change.long:
            return self.answer(request, 200, self.show(change.body, request.api_version))
        operation = self.context.operations.start(
            request,
            _WRITE,
            change.body["id"],
            duration=duration,
            status=change.body["properties"]["provisioningState"],
        )
        body = self.show(change.body, request.api_version)
        return self.answer(request, 201, body, self._operation_headers(request, operation))

    def _operation_headers(self, request: ArmRequest, operation: Operation) -> dict[str, str]:
        url = request.url(f"{operation.resource_id}/operationStatuses/registries-{operation.id}")
        return {"Azure-AsyncOperation": url, **self.context.operations.retry_headers(operation)}

    async def status(self, request: ArmRequest) -> ArmResponse:
        """`{"status": …}`, with the error of a failed operation."""
        identifier = request.params["operation"].removeprefix("registries-")
        operation = self.context.operations.get(identifier)
        if operation is None or operation.kind != _WRITE:
            raise failed(404, "OperationNotFound", f"The operation {request.params['operation']} could not be found.")
        body: dict[str, Any] = {"status": operation.status}
        if operation.error is not None:
            body["error"] = operation.error
        return self.answer(request, 200, body, self._operation_headers(request, operation))

    async def _written(self, operation: Operation) -> None:
        self.registries.settle(operation.resource_id, "Succeeded")

    async def _write_failed(self, operation: Operation, error: ArmError) -> None:
        self.registries.settle(operation.resource_id, "Failed")

    async def get(self, request: ArmRequest) -> ArmResponse:
        return self.answer(request, 200, self.show(self._get(request).body, request.api_version))

    def _get(self, request: ArmRequest) -> Document:
        return self.registries.get(request.params["group"], request.params["name"])

    async def delete(self, request: ArmRequest) -> ArmResponse:
        """200 at once, 204 when there is none."""
        document = self.registries.find(request.params["group"], request.params["name"])
        if document is None:
            return ArmResponse(204)
        await self._delete(document)
        return self.answer(request, 200)

    async def _delete(self, document: Document) -> None:
        self.context.operations.cancel(document.id)
        for told in self.deleting:
            await told(document)
        await self._unlisten(document)
        open_registry(self.context, self.blobs, document).repositories.clear()
        self.registries.delete(document.id)
        self.context.addresses.release(document.id)

    async def delete_group(self, group_id: str) -> None:
        for document in self.registries.list(group_id):
            await self._delete(document)

    def has_principal(self, object_id: str) -> bool:
        identities = (document.body.get("identity") or {} for document in self.registries.list())
        return any(identity.get("principalId") == object_id.lower() for identity in identities)

    def resources(self, scope: str) -> list[dict[str, Any]]:
        return [document.body for document in self.registries.list(scope)]

    # -- credentials and usage ---------------------------------------------------------------------------------------

    async def list_credentials(self, request: ArmRequest) -> ArmResponse:
        return self.answer(request, 200, self.registries.credentials(self._get(request)))

    async def regenerate_credential(self, request: ArmRequest) -> ArmResponse:
        return self.answer(request, 200, self.registries.regenerate(self._get(request), request.json()))

    async def list_usages(self, request: ArmRequest) -> ArmResponse:
        document = self._get(request)
        size = open_registry(self.context, self.blobs, document).repositories.total_size()
        body = usages(document.body["sku"]["name"], size, request.api_version)
        return self.answer(request, 200, body)
