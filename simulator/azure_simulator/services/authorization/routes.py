"""Routes of Microsoft.Authorization: role assignments, role definitions and locks at any scope."""

from __future__ import annotations

from collections.abc import Iterable

from azure_simulator.core.errors import ArmError
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.service import Context, ResourceType, Service
from azure_simulator.services.authorization.locks import Locks
from azure_simulator.services.authorization.models import RoleAssignments, role_definition, role_definitions
from azure_simulator.services.authorization.roles import BY_ID

_VERSIONS = (
    "2015-07-01",
    "2017-10-01-preview",
    "2018-01-01-preview",
    "2018-09-01-preview",
    "2020-03-01-preview",
    "2020-04-01-preview",
    "2020-08-01-preview",
    "2020-10-01-preview",
    "2022-04-01",
    "2022-05-01-preview",
)
_LOCK_VERSIONS = ("2015-01-01", "2016-09-01", "2017-04-01", "2020-05-01")
_PROVIDER = "{scope}/providers/Microsoft.Authorization"
_ASSIGNMENT = _PROVIDER + "/roleAssignments/{name}"
_LOCKS = _PROVIDER + "/locks"


class AuthorizationService(Service):
    """Role assignments; they take effect once their propagation time is over."""

    namespace = "Microsoft.Authorization"
    api_versions = frozenset(_VERSIONS)
    resource_types = (
        ResourceType("roleAssignments", _VERSIONS),
        ResourceType("roleDefinitions", _VERSIONS),
        ResourceType("locks", _LOCK_VERSIONS),
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.assignments = RoleAssignments(context.store, context.clock, context.durations, self._known)
        self.locks = Locks(context.store)

    def routes(self) -> Iterable[Route]:
        locks = {"api_versions": frozenset(_LOCK_VERSIONS)}
        return (
            self.route("GET", _LOCKS, self.list_locks, **locks),
            self.route("PUT", _LOCKS + "/{name}", self.put_lock, **locks),
            self.route("GET", _LOCKS + "/{name}", self.get_lock, **locks),
            self.route("DELETE", _LOCKS + "/{name}", self.delete_lock, **locks),
            self.route("GET", _PROVIDER + "/roleAssignments", self.list_assignments),
            self.route("PUT", _ASSIGNMENT, self.put),
            self.route("GET", _ASSIGNMENT, self.get),
            self.route("DELETE", _ASSIGNMENT, self.delete),
            self.route("GET", _PROVIDER + "/roleDefinitions", self.list_definitions),
            self.route("GET", _PROVIDER + "/roleDefinitions/{name}", self.get_definition),
        )

    def _known(self, object_id: str) -> bool:
        return any(service.has_principal(object_id.lower()) for service in self.context.services)

    async def put(self, request: ArmRequest) -> ArmResponse:
        existed = self.assignments.find(request.params["scope"], request.params["name"]) is not None
        caller = request.caller.object_id
        body = self.assignments.put(request.params["scope"], request.params["name"], request.json(), caller)
        return ArmResponse(200 if existed else 201, body)

    async def get(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self.assignments.get(request.params["scope"], request.params["name"]))

    async def delete(self, request: ArmRequest) -> ArmResponse:
        body = self.assignments.delete(request.params["scope"], request.params["name"])
        return ArmResponse(204) if body is None else ArmResponse(200, body)

    async def list_assignments(self, request: ArmRequest) -> ArmResponse:
        value = self.assignments.list(request.params["scope"], request.query.get("$filter"))
        return ArmResponse(200, {"value": value, "nextLink": None})

    async def list_definitions(self, request: ArmRequest) -> ArmResponse:
        value = role_definitions(request.params["scope"], request.query.get("$filter"))
        return ArmResponse(200, {"value": value, "nextLink": None})

    async def get_definition(self, request: ArmRequest) -> ArmResponse:
        role = BY_ID.get(request.params["name"].lower())
        if role is None:
            message = f"The specified role definition with ID '{request.params['name']}' does not exist."
            raise ArmError(404, "RoleDefinitionDoesNotExist", message)
        return ArmResponse(200, role_definition(role, request.params["scope"]))

    async def put_lock(self, request: ArmRequest) -> ArmResponse:
        body, new = self.locks.put(request.params["scope"], request.params["name"], request.json())
        return ArmResponse(201 if new else 200, body)

    async def get_lock(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self.locks.get(request.params["scope"], request.params["name"]))

    async def delete_lock(self, request: ArmRequest) -> ArmResponse:
        existed = self.locks.delete(request.params["scope"], request.params["name"])
        return ArmResponse(200 if existed else 204)

    async def list_locks(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, {"value": self.locks.list(request.params["scope"])})

    async def delete_group(self, group_id: str) -> None:
        self.assignments.delete_below(group_id)
