"""Routes of Microsoft.ManagedIdentity/userAssignedIdentities; everything is synchronous."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from azure_simulator.core.providers import REGIONS
from azure_simulator.core.resource_service import ResourceService
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.service import Context, ResourceType
from azure_simulator.services.managed_identity.models import Identities

_VERSIONS = (
    "2018-11-30",
    "2021-09-30-preview",
    "2022-01-31-preview",
    "2023-01-31",
    "2023-07-31-preview",
    "2024-11-30",
    "2025-01-31-preview",
    "2025-05-31-preview",
)


class ManagedIdentityService(ResourceService):
    """User-assigned identities."""

    item = (
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ManagedIdentity"
        "/userAssignedIdentities/{name}"
    )
    namespace = "Microsoft.ManagedIdentity"
    api_versions = frozenset(_VERSIONS)
    resource_types = (ResourceType("userAssignedIdentities", _VERSIONS, REGIONS),)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.identities = Identities(context.store, context.settings.account)

    def routes(self) -> Iterable[Route]:
        return self.standard_routes()

    async def put(self, request: ArmRequest) -> ArmResponse:
        identity, new = self.identities.put(request.params["group"], request.params["name"], request.json())
        return ArmResponse(201 if new else 200, identity)

    async def patch(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self.identities.patch(request.params["group"], request.params["name"], request.json()))

    async def get(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self.identities.get(request.params["group"], request.params["name"]))

    async def delete(self, request: ArmRequest) -> ArmResponse:
        existed = self.identities.delete(self.identities.id_of(request.params["group"], request.params["name"]))
        return ArmResponse(200 if existed else 204)

    async def delete_group(self, group_id: str) -> None:
        for identity in self.identities.list(group_id):
            self.identities.delete(identity["id"])

    def has_principal(self, object_id: str) -> bool:
        return self.identities.has_principal(object_id)

    def resources(self, scope: str) -> list[dict[str, Any]]:
        return self.identities.list(scope)
