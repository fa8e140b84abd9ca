"""Routes of Microsoft.Network/trafficManagerProfiles, and the relays on the profiles' addresses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from azure_simulator.core.control import reserving
from azure_simulator.core.errors import ArmError
from azure_simulator.core.resource_service import ResourceService
from azure_simulator.core.routing import ArmRequest, ArmResponse, Handler, Route
from azure_simulator.core.service import Context, ResourceType
from azure_simulator.services.traffic_manager import schema
from azure_simulator.services.traffic_manager.answers import Resolver
from azure_simulator.services.traffic_manager.models import Profiles, find_endpoint
from azure_simulator.services.traffic_manager.monitor import Monitor
from azure_simulator.services.traffic_manager.relay import Relay

_PROVIDER = "/providers/Microsoft.Network"
_SUBSCRIPTION = "/subscriptions/{subscription}" + _PROVIDER
_PROFILE = "/subscriptions/{subscription}/resourceGroups/{group}" + _PROVIDER + "/trafficManagerProfiles/{name}"
_LOCATIONS = ("global",)


class TrafficManagerService(ResourceService):
    """Profiles and endpoints; every write is synchronous, as Azure's are."""

    item = _PROFILE
    namespace = "Microsoft.Network"
    api_versions = frozenset(schema.API_VERSIONS)
    resource_types = (
        ResourceType("trafficManagerProfiles", schema.API_VERSIONS, _LOCATIONS),
        *(
            ResourceType(f"trafficManagerProfiles/{kind}", schema.API_VERSIONS, _LOCATIONS)
            for kind in schema.ENDPOINT_TYPES
        ),
        ResourceType("checkTrafficManagerNameAvailability", schema.API_VERSIONS, _LOCATIONS),
        ResourceType("checkTrafficManagerNameAvailabilityV2", schema.API_VERSIONS, _LOCATIONS),
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        scale = context.settings.time_scale
        self.profiles = Profiles(context.store, context.settings.account.subscription_id)
        self._resolver = Resolver(context.clock.timestamp, scale)
        self._monitor = Monitor(scale, context.clock.wait, self.profiles.found)
        self._relays: dict[str, Relay] = {}
        self._left: list[Relay] = []
        # A write reads, waits for a listener and stores; another one in between would be lost.
        self._writing = asyncio.Lock()
        context.hook("traffic-manager/reserve-name", reserving(self.profiles.reserve))

    def routes(self) -> Iterable[Route]:
        yield self.route("POST", _PROVIDER + "/checkTrafficManagerNameAvailability", self.check_name)
        yield self.route("POST", _SUBSCRIPTION + "/checkTrafficManagerNameAvailabilityV2", self.check_name)
        yield from self.standard_routes()
        # One set of routes for each type, so that permissions are asked for the type.
        for kind in schema.ENDPOINT_TYPES:
            path = f"{_PROFILE}/{kind}/{{endpoint}}"
            yield self.route("PUT", path, self._of(kind, self.put_endpoint))
            yield self.route("PATCH", path, self._of(kind, self.patch_endpoint))
            yield self.route("GET", path, self._of(kind, self.get_endpoint))
            yield self.route("DELETE", path, self._of(kind, self.delete_endpoint), needs_group=False)

    @staticmethod
    def _of(kind: str, handler: Handler) -> Handler:
        """The handler for endpoints of one type, which it finds among the parameters."""

        async def handle(request: ArmRequest) -> ArmResponse:
            request.params["kind"] = kind
            return await handler(request)

        return handle

    # -- life of the addresses ---------------------------------------------------------------------------------------

    async def startup(self) -> None:
        for profile in self.profiles.list():
            await self._relay(profile)
            self._monitor.follow(profile)

    async def shutdown(self) -> None:
        await self._monitor.close()
        for relay in [*self._relays.values(), *self._left]:
            relay.abort()
        self._relays.clear()
        self._left.clear()

    async def reset(self) -> None:
        for profile in self.profiles.list():
            self._resolver.forget(profile["id"])
        await self.shutdown()

    async def _apply(self, profile: dict[str, Any]) -> None:
        """Make a checked profile the stored one, with its address and its probes."""
        new = self.profiles.by_id(profile["id"]) is None
        address = self.context.addresses.allocate(profile["id"])
        profile["properties"]["dnsConfig"]["fqdn"] = address
        try:
            await self._relay(profile)
        except OSError as error:
            if new:
                self.context.addresses.release(profile["id"])
            raise ArmError(500, "InternalServerError", f"The simulator {error}.") from error
        self.profiles.store(profile)
        self._monitor.follow(profile)

    async def _relay(self, profile: dict[str, Any]) -> None:
        """Listen where the profile says; the listener stays when that is where it listens already."""
        profile_id = str(profile["id"])
        address = profile["properties"]["dnsConfig"]["fqdn"]
        port = profile["properties"]["monitorConfig"]["port"]
        present = self._relays.get(profile_id)
        if present is not None and (present.address, present.port) == (address, port):
            return
        relay = Relay(address, port, lambda: self._target(profile_id))
        await relay.open()
        self._unlisten(profile_id)
        self._relays[profile_id] = relay

    def _unlisten(self, profile_id: str) -> None:
        relay = self._relays.pop(profile_id, None)
        if relay is not None:
            relay.close()
            self._left = [left for left in [*self._left, relay] if left.busy]

    def _target(self, profile_id: str) -> str | None:
        profile = self.profiles.by_id(profile_id)
        return None if profile is None else self._resolver.resolve(profile)

    # -- profiles ----------------------------------------------------------------------------------------------------

    async def check_name(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self.profiles.name_availability(request.json()))

    async def put(self, request: ArmRequest) -> ArmResponse:
        """201 for a new profile, 200 for an existing one."""
        group, name = request.params["group"], request.params["name"]
        async with self._writing:
            new = self.profiles.find(group, name) is None
            profile = self.profiles.drafted(group, name, request.json(), request.api_version)
            await self._apply(profile)
        return ArmResponse(201 if new else 200, profile)

    async def patch(self, request: ArmRequest) -> ArmResponse:
        group, name = request.params["group"], request.params["name"]
        async with self._writing:
            profile = self.profiles.patched(group, name, request.json(), request.api_version)
            await self._apply(profile)
        return ArmResponse(200, profile)

    async def get(self, request: ArmRequest) -> ArmResponse:
        profile = self.profiles.get(request.params["group"], request.params["name"])
        return ArmResponse(200, profile)

    async def delete(self, request: ArmRequest) -> ArmResponse:
        """200 with an object (clients decode it), 204 when there is none."""
        async with self._writing:
            document = self.profiles.find(request.params["group"], request.params["name"])
            if document is None:
                return ArmResponse(204)
            self._delete(document.id)
        return ArmResponse(200, {})

    def _delete(self, profile_id: str) -> None:
        self._monitor.forget(profile_id)
        self._unlisten(profile_id)
        self._resolver.forget(profile_id)
        self.profiles.delete(profile_id)
        self.context.addresses.release(profile_id)

    async def delete_group(self, group_id: str) -> None:
        async with self._writing:
            for profile in self.profiles.list(group_id):
                self._delete(profile["id"])

    def resources(self, scope: str) -> list[dict[str, Any]]:
        return self.profiles.list(scope)

    # -- endpoints ---------------------------------------------------------------------------------------------------

    async def put_endpoint(self, request: ArmRequest) -> ArmResponse:
        """201, as recorded for new and for existing endpoints alike."""
        return await self._write_endpoint(request, 201, patch=False)

    async def patch_endpoint(self, request: ArmRequest) -> ArmResponse:
        return await self._write_endpoint(request, 200, patch=True)

    async def _write_endpoint(self, request: ArmRequest, status: int, *, patch: bool) -> ArmResponse:
        group, name, kind, endpoint = _endpoint_of(request)
        async with self._writing:
            profile = self.profiles.with_endpoint(group, name, kind, endpoint, request.json(), patch=patch)
            await self._apply(profile)
        return ArmResponse(status, find_endpoint(profile, kind, endpoint))

    async def get_endpoint(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self.profiles.endpoint(*_endpoint_of(request)))

    async def delete_endpoint(self, request: ArmRequest) -> ArmResponse:
        async with self._writing:
            profile = self.profiles.without_endpoint(*_endpoint_of(request))
            if profile is None:
                return ArmResponse(204)
            await self._apply(profile)
        return ArmResponse(200, {})


def _endpoint_of(request: ArmRequest) -> tuple[str, str, str, str]:
    """Group, profile, endpoint type and endpoint."""
    params = request.params
    return params["group"], params["name"], params["kind"], params["endpoint"]
