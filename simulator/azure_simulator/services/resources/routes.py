"""Routes of Microsoft.Resources."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any

from azure_simulator.core.errors import ArmError
from azure_simulator.core.operations import FAILED, Operation
from azure_simulator.core.providers import Providers
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.service import Context, ResourceType, Service
from azure_simulator.services.resources.filters import predicate
from azure_simulator.services.resources.models import Groups, being_deleted

_VERSIONS = (
    "2015-11-01",
    "2016-02-01",
    "2016-06-01",
    "2016-09-01",
    "2017-05-10",
    "2018-02-01",
    "2018-05-01",
    "2019-05-01",
    "2019-07-01",
    "2019-08-01",
    "2019-10-01",
    "2020-06-01",
    "2020-10-01",
    "2021-01-01",
    "2021-04-01",
    "2022-09-01",
    "2023-07-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-03-01",
    "2025-04-01",
)
_SUBSCRIPTION = "/subscriptions/{subscription}"
_GROUP = _SUBSCRIPTION + "/resourcegroups/{group}"
_DELETE = "resourceGroup.delete"
_REGISTER = "provider.register"
_UNREGISTER = "provider.unregister"


class ResourcesService(Service):
    """Resource groups, provider registration, resource lists."""

    namespace = "Microsoft.Resources"
    api_versions = frozenset(_VERSIONS)
    resource_types = (ResourceType("resourceGroups", _VERSIONS), ResourceType("subscriptions", _VERSIONS))

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.groups = Groups(context.store, context.settings.account.subscription_id)
        self.providers = Providers(context.store, context)
        context.operations.define(_DELETE, self._delete_work, self._delete_failed)
        context.operations.define(_REGISTER, self._register_work, self._register_failed)
        context.operations.define(_UNREGISTER, self._unregister_work, self._unregister_failed)

    def routes(self) -> Iterable[Route]:
        provider = _SUBSCRIPTION + "/providers/{namespace}"
        return (
            self.route("GET", _SUBSCRIPTION + "/resourcegroups", self.list_groups),
            self.route("PUT", _GROUP, self.put_group, needs_group=False),
            self.route("GET", _GROUP, self.get_group),
            self.route("HEAD", _GROUP, self.head_group, needs_group=False),
            self.route("PATCH", _GROUP, self.patch_group),
            self.route("DELETE", _GROUP, self.delete_group_request),
            self.route("POST", _GROUP + "/exportTemplate", self.export_template),
            self.route("GET", _GROUP + "/resources", self.list_group_resources),
            self.route("GET", _SUBSCRIPTION + "/resources", self.list_resources),
            self.route("GET", _SUBSCRIPTION + "/operationresults/{operation}", self.poll_deletion),
            self.route("GET", _SUBSCRIPTION + "/providers", self.list_providers),
            self.route("GET", provider, self.get_provider),
            self.route("POST", provider + "/register", self.register),
            self.route("POST", provider + "/unregister", self.unregister),
        )

    # -- resource groups ---------------------------------------------------------------------------------------------

    async def list_groups(self, request: ArmRequest) -> ArmResponse:
        matches = predicate(request.query.get("$filter"))
        return ArmResponse(200, {"value": _top(request, [group for group in self.groups.list() if matches(group)])})

    async def put_group(self, request: ArmRequest) -> ArmResponse:
        """201 new, 200 existing; always finished at once."""
        group, new = self.groups.put(request.params["group"], request.json())
        return ArmResponse(201 if new else 200, group)

    async def get_group(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self.groups.get(request.params["group"]))

    async def head_group(self, request: ArmRequest) -> ArmResponse:
        if self.groups.find(request.params["group"]) is None:
            return ArmResponse(404, headers={"x-ms-failure-cause": "gateway"})
        return ArmResponse(204)

    async def patch_group(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self.groups.patch(request.params["group"], request.json()))

    async def delete_group_request(self, request: ArmRequest) -> ArmResponse:
        """202 with Location only; a second DELETE while the first runs is refused."""
        name = request.params["group"]
        if self.groups.get(name)["properties"]["provisioningState"] == "Deleting":
            raise being_deleted(name)
        group_id = self.groups.mark_deleting(name)
        operation = self.context.operations.start(request, _DELETE, group_id, duration="resource_group.delete")
        return ArmResponse(202, headers=self._deletion_headers(request, operation))

    async def poll_deletion(self, request: ArmRequest) -> ArmResponse:
        """202 with Location again while it runs, then 200 without a body; a failed deletion answers its error."""
        operation = self.context.operations.get(_job_id(request.params["operation"]))
        if operation is None:
            raise ArmError(404, "NotFound", "The operation result was not found.", gateway=True)
        if operation.status == FAILED and operation.error is not None:
            raise ArmError(409, operation.error["code"], operation.error["message"])
        if operation.done:
            return ArmResponse(200)
        return ArmResponse(202, headers=self._deletion_headers(request, operation))

    def _deletion_headers(self, request: ArmRequest, operation: Operation) -> dict[str, str]:
        job = {"jobId": f"RESOURCEGROUPDELETIONJOB-{operation.id}", "jobLocation": "local"}
        token = base64.urlsafe_b64encode(json.dumps(job, separators=(",", ":")).encode()).decode().rstrip("=")
        subscription = self.context.settings.account.subscription_id
        location = request.url(f"/subscriptions/{subscription}/operationresults/{token}")
        return {"Location": location, **self.context.operations.retry_headers(operation)}

    async def _delete_work(self, operation: Operation) -> None:
        for service in self.context.services:
            await service.delete_group(operation.resource_id)
        self.groups.remove(operation.resource_id)

    async def _delete_failed(self, operation: Operation, error: ArmError) -> None:
        self.groups.mark_failed(operation.resource_id)

    async def export_template(self, request: ArmRequest) -> ArmResponse:
        """An empty group's template; a group with resources would need every provider's export, which is not built."""
        group = self.groups.get(request.params["group"])
        if self._tracked(group["id"]):
            message = "The simulator exports templates of empty resource groups only."
            raise ArmError(501, "NotImplementedBySimulator", message)
        template = {
            "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0",
            "parameters": {},
            "variables": {},
            "resources": [],
        }
        return ArmResponse(200, {"template": template})

    # -- resource lists ----------------------------------------------------------------------------------------------

    async def list_group_resources(self, request: ArmRequest) -> ArmResponse:
        group = self.groups.get(request.params["group"])
        return self._resource_list(request, group["id"])

    async def list_resources(self, request: ArmRequest) -> ArmResponse:
        return self._resource_list(request, f"/subscriptions/{self.context.settings.account.subscription_id}")

    def _resource_list(self, request: ArmRequest, scope: str) -> ArmResponse:
        matches = predicate(request.query.get("$filter"))
        value = [_generic(body) for body in self._tracked(scope) if matches(body)]
        return ArmResponse(200, {"value": _top(request, value)})

    def _tracked(self, scope: str) -> list[dict[str, Any]]:
        return [body for service in self.context.services for body in service.resources(scope)]

    # -- providers ---------------------------------------------------------------------------------------------------

    async def list_providers(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, {"value": [self.providers.describe(name) for name in self.providers.names()]})

    def _namespace(self, request: ArmRequest) -> str:
        namespace = request.params["namespace"]
        canonical = self.providers.canonical(namespace)
        if canonical is None:
            message = f"The resource namespace '{namespace}' is invalid."
            raise ArmError(404, "InvalidResourceNamespace", message, gateway=True)
        return canonical

    async def get_provider(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self.providers.describe(self._namespace(request)))

    async def register(self, request: ArmRequest) -> ArmResponse:
        """200 with `Registering`; the state becomes Registered when the duration is over."""
        namespace = self._namespace(request)
        if self.providers.state(namespace) not in ("Registered", "Registering"):
            self.providers.set_state(namespace, "Registering")
            self.context.operations.start(request, _REGISTER, namespace, duration="provider.register")
        return ArmResponse(200, self.providers.describe(namespace))

    async def unregister(self, request: ArmRequest) -> ArmResponse:
        namespace = self._namespace(request)
        if self.providers.state(namespace) == "Registered":
            subscription = f"/subscriptions/{self.context.settings.account.subscription_id}"
            if any(service.resources(subscription) for service in self.context.providers(namespace)):
                message = (
                    f"Unable to unregister the resource provider '{namespace}' because the subscription still has "
                    "resources of it."
                )
                raise ArmError(409, "CannotUnregisterProvider", message, gateway=True)
            self.providers.set_state(namespace, "Unregistering")
            self.context.operations.start(request, _UNREGISTER, namespace, duration="provider.unregister")
        return ArmResponse(200, self.providers.describe(namespace))

    async def _register_work(self, operation: Operation) -> None:
        self.providers.set_state(operation.resource_id, "Registered")

    async def _register_failed(self, operation: Operation, error: ArmError) -> None:
        self.providers.set_state(operation.resource_id, "NotRegistered")

    async def _unregister_work(self, operation: Operation) -> None:
        self.providers.set_state(operation.resource_id, "NotRegistered")

    async def _unregister_failed(self, operation: Operation, error: ArmError) -> None:
        self.providers.set_state(operation.resource_id, "Registered")


def _job_id(token: str) -> str:
    padded = token + "=" * (-len(token) % 4)
    try:
        job = json.loads(base64.urlsafe_b64decode(padded))
        return str(job["jobId"]).removeprefix("RESOURCEGROUPDELETIONJOB-")
    except (ValueError, KeyError, TypeError) as error:
        raise ArmError(404, "NotFound", "The operation result was not found.", gateway=True) from error


def _generic(body: dict[str, Any]) -> dict[str, Any]:
    """What the resource list shows of a resource: no properties."""
    names = ("id", "name", "type", "kind", "sku", "managedBy", "identity", "zones", "location", "systemData", "tags")
    return {name: body[name] for name in names if body.get(name) is not None}


def _top(request: ArmRequest, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`$top` applied; 400 when it is not a positive number."""
    top = request.query.get("$top")
    if top is None:
        return value
    if not top.isdigit() or int(top) < 1:
        raise ArmError(
            400, "InvalidTopInQueryString", f"Invalid $top '{top}' specified in the query string.", gateway=True
        )
    return value[: int(top)]
