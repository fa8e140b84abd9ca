"""Routes of Microsoft.ContainerInstance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from azure_simulator.core.body import Object, String
from azure_simulator.core.control import ControlError
from azure_simulator.core.errors import ArmError
from azure_simulator.core.operations import Operation
from azure_simulator.core.providers import REGIONS, check_location
from azure_simulator.core.resource_service import ResourceService
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.service import Context, ResourceType
from azure_simulator.services.container_instance import exceptions
from azure_simulator.services.container_instance.documents import GROUPS
from azure_simulator.services.container_instance.models import ContainerGroups
from azure_simulator.services.container_instance.rules import MOST_CPU, MOST_MEMORY_GB
from azure_simulator.services.container_instance.schema import TAGS, check

_VERSIONS = (
    "2018-10-01", "2019-12-01", "2020-11-01", "2021-03-01", "2021-07-01", "2021-09-01", "2021-10-01", "2022-09-01",
    "2022-10-01-preview", "2023-05-01", "2024-05-01-preview",
)  # fmt: skip
# Whatever version created the operation, ACI's status URLs carry this one.
_STATUS_VERSION = "2018-06-01"
_SUBSCRIPTION = "/subscriptions/{subscription}"
_NAMESPACE = "/providers/Microsoft.ContainerInstance"
_GROUP = _SUBSCRIPTION + "/resourceGroups/{group}" + _NAMESPACE + "/containerGroups/{name}"
_CONTAINER = _GROUP + "/containers/{container}"
_LOCATION = _SUBSCRIPTION + _NAMESPACE + "/locations/{location}"
# ACI's own quota headers on PUT and DELETE; the simulator does not count them.
_QUOTA = {
    "x-ms-ratelimit-remaining-subscription-resource-requests-pt5m": "1499",
    "x-ms-ratelimit-remaining-subscription-resource-requests-pt1h": "14999",
}
_EXEC = Object(
    {"command": String(), "terminalSize": Object({}, name="ContainerExecRequestTerminalSize")},
    name="ContainerExecRequest",
)


class ContainerInstanceService(ResourceService):
    """Container groups, their logs and actions, and what a region offers."""

    item = _GROUP
    namespace = "Microsoft.ContainerInstance"
    api_versions = frozenset(_VERSIONS)
    resource_types = (
        ResourceType("containerGroups", _VERSIONS, REGIONS),
        ResourceType("locations", _VERSIONS),
        ResourceType("locations/usages", _VERSIONS, REGIONS),
        ResourceType("locations/capabilities", _VERSIONS, REGIONS),
        ResourceType("locations/cachedImages", _VERSIONS, REGIONS),
        ResourceType("locations/operations", _VERSIONS, REGIONS),
        ResourceType("operations", _VERSIONS),
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.groups = ContainerGroups(context)
        context.hook("images", self.groups.images.public.hook)
        context.hook("crash", self.crash)
        context.hook("dns-labels", self.reserve_label)

    def routes(self) -> Iterable[Route]:
        status = frozenset({_STATUS_VERSION})
        return (
            *self.standard_routes(deletes_without_group=False),
            self.route("POST", _GROUP + "/restart", self.restart),
            self.route("POST", _GROUP + "/start", self.start),
            self.route("POST", _GROUP + "/stop", self.stop),
            self.route("GET", _GROUP + "/outboundNetworkDependenciesEndpoints", self.not_simulated),
            self.route("GET", _CONTAINER + "/logs", self.logs),
            self.route("POST", _CONTAINER + "/exec", self.execute),
            self.route("POST", _CONTAINER + "/attach", self.attach),
            self.route("GET", _LOCATION + "/operations/{operation}", self.status, api_versions=status),
            self.route("GET", _LOCATION + "/usages", self.usages),
            self.route("GET", _LOCATION + "/cachedImages", self.cached_images),
            self.route("GET", _LOCATION + "/capabilities", self.capabilities),
            self.route("GET", _NAMESPACE + "/operations", self.list_operations),
        )

    async def startup(self) -> None:
        await self.groups.startup()

    async def shutdown(self) -> None:
        await self.groups.shutdown()

    async def reset(self) -> None:
        await self.groups.reset()

    async def delete_group(self, group_id: str) -> None:
        await self.groups.delete_resource_group(group_id)

    def resources(self, scope: str) -> list[dict[str, Any]]:
        return self.groups.below(scope, _VERSIONS[0])

    # -- container groups ----------------------------------------------------------------------------------------

    def listed(self, scope: str, api_version: str) -> list[dict[str, Any]]:
        return self.groups.below(scope, api_version)

    async def put(self, request: ArmRequest) -> ArmResponse:
        """201 new, 200 existing, with Azure-AsyncOperation in both cases; a PUT always restarts the containers."""
        new, body, operation = self.groups.put(request, self._id(request), request.json())
        return ArmResponse(201 if new else 200, body, {**self._operation_headers(request, operation, body), **_QUOTA})

    async def get(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self.groups.get(self._id(request), request.api_version))

    async def patch(self, request: ArmRequest) -> ArmResponse:
        body = check(request.json(), TAGS)
        return ArmResponse(200, self.groups.patch(self._id(request), body.get("tags"), request.api_version))

    async def delete(self, request: ArmRequest) -> ArmResponse:
        """200 with the group's last state at once; 204 when there is none."""
        body = await self.groups.delete(self._id(request), request.api_version)
        return ArmResponse(204) if body is None else ArmResponse(200, body, dict(_QUOTA))

    async def restart(self, request: ArmRequest) -> ArmResponse:
        """204, and yet with Azure-AsyncOperation."""
        operation = self.groups.restart(request, self._id(request))
        return ArmResponse(204, headers=self._operation_headers(request, operation, self._body(request)))

    async def start(self, request: ArmRequest) -> ArmResponse:
        """202 with Azure-AsyncOperation; 204 when the group runs already."""
        operation = self.groups.start(request, self._id(request))
        if operation is None:
            return ArmResponse(204)
        return ArmResponse(202, headers=self._operation_headers(request, operation, self._body(request)))

    async def stop(self, request: ArmRequest) -> ArmResponse:
        """204 without an operation to follow; the group's state shows when it is done."""
        self.groups.stop(request, self._id(request))
        return ArmResponse(204)

    async def status(self, request: ArmRequest) -> ArmResponse:
        """Status of an operation. `id` is the group's, as ACI has it."""
        operation = self.context.operations.get(request.params["operation"])
        if operation is None or not operation.kind.startswith("containerGroup."):
            raise ArmError(404, "OperationNotFound", f"The operation '{request.params['operation']}' is not found.")
        body: dict[str, Any] = {
            "id": operation.resource_id,
            "status": operation.status,
            "startTime": operation.started,
            "properties": {"events": self.groups.events(operation.resource_id)},
        }
        if operation.error is not None:
            body["error"] = operation.error
        return ArmResponse(200, body, self.context.operations.retry_headers(operation))

    async def not_simulated(self, request: ArmRequest) -> ArmResponse:
        raise exceptions.not_simulated("outbound network dependencies of container groups")

    # -- containers ----------------------------------------------------------------------------------------------

    async def logs(self, request: ArmRequest) -> ArmResponse:
        """`tail`: number of lines; `timestamps=true`: each after its time."""
        tail = request.query.get("tail")
        if tail is not None and not tail.isdigit():
            raise exceptions.invalid(f"The value '{tail}' of tail is not a number of lines.", target="tail")
        timestamps = request.query.get("timestamps", "false").lower() == "true"
        content = self.groups.logs(
            self._id(request), request.params["container"], int(tail) if tail is not None else None, timestamps
        )
        return ArmResponse(200, {"content": content})

    async def execute(self, request: ArmRequest) -> ArmResponse:
        self.groups.require_container(self._id(request), request.params["container"])
        raise exceptions.not_simulated("an interactive session in a container (exec)")

    async def attach(self, request: ArmRequest) -> ArmResponse:
        self.groups.require_container(self._id(request), request.params["container"])
        raise exceptions.not_simulated("a stream of a container's output (attach)")

    # -- regions -------------------------------------------------------------------------------------------------

    async def usages(self, request: ArmRequest) -> ArmResponse:
        location = check_location(request.params["location"], GROUPS)
        usages = self.groups.usages(location)
        for usage in usages:
            usage["id"] = f"{request.path}/{usage['name']['value']}"
        return ArmResponse(200, {"value": usages})

    async def cached_images(self, request: ArmRequest) -> ArmResponse:
        check_location(request.params["location"], GROUPS)
        names = self.groups.images.public.names()
        return ArmResponse(200, {"value": [{"osType": "Linux", "image": name} for name in names]})

    async def capabilities(self, request: ArmRequest) -> ArmResponse:
        location = check_location(request.params["location"], GROUPS)
        amounts = {"maxMemoryInGB": MOST_MEMORY_GB, "maxCpu": MOST_CPU, "maxGpuCount": 0}
        offer = {
            "resourceType": GROUPS,
            "osType": "Linux",
            "location": location,
            "ipAddressType": "Public",
            "gpu": "None",
        }
        return ArmResponse(200, {"value": [{**offer, "capabilities": amounts}]})

    async def list_operations(self, request: ArmRequest) -> ArmResponse:
        verbs = ("read", "write", "delete", "restart/action", "stop/action", "start/action")
        display = {"provider": "Microsoft Container Instance", "resource": "Container Group"}
        return ArmResponse(
            200,
            {
                "value": [
                    {
                        "name": f"Microsoft.ContainerInstance/containerGroups/{verb}",
                        "display": {
                            **display,
                            "operation": verb.partition("/")[0],
                            "description": f"{verb} container groups",
                        },
                        "origin": "User",
                    }
                    for verb in verbs
                ]
            },
        )

    # -- hooks ---------------------------------------------------------------------------------------------------

    async def crash(self, body: dict[str, Any]) -> dict[str, Any]:
        """`{"kind": "crash", "id": GROUP ID, "container": NAME or left out}`: kill its process."""
        group_id, container = body.get("id"), body.get("container")
        if not isinstance(group_id, str) or body.keys() - {"kind", "id", "container"}:
            raise ControlError("crash needs the id of a container group, and may name a container")
        try:
            return {"crashed": self.groups.crash(group_id, container)}
        except ArmError as error:
            raise ControlError(error.message) from error

    async def reserve_label(self, body: dict[str, Any]) -> dict[str, Any]:
        """`{"label": "codex-api", "location": "eastus"}`: another customer takes this DNS label."""
        label, location = body.get("label"), body.get("location")
        if not isinstance(label, str) or not isinstance(location, str):
            raise ControlError("dns-labels needs a label and a location")
        self.groups.reserve_label(label, location)
        return {"label": label, "location": location}

    # -- small things --------------------------------------------------------------------------------------------

    def _id(self, request: ArmRequest) -> str:
        params = request.params
        return (
            f"/subscriptions/{params['subscription']}/resourceGroups/{params['group']}"
            f"/providers/Microsoft.ContainerInstance/containerGroups/{params['name']}"
        )

    def _body(self, request: ArmRequest) -> dict[str, Any]:
        return self.groups.get(self._id(request), request.api_version)

    def _operation_headers(self, request: ArmRequest, operation: Operation, body: dict[str, Any]) -> dict[str, str]:
        path = (
            f"/subscriptions/{request.params['subscription']}/providers/Microsoft.ContainerInstance"
            f"/locations/{body['location']}/operations/{operation.id}"
        )
        return {
            "Azure-AsyncOperation": request.url(path, _STATUS_VERSION),
            "x-ms-request-id": f"{body['location']}:{operation.id}",
            **self.context.operations.retry_headers(operation),
        }
