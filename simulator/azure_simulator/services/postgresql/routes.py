"""Routes of Microsoft.DBforPostgreSQL/flexibleServers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from azure_simulator.core.control import reserving
from azure_simulator.core.providers import REGIONS
from azure_simulator.core.resource_service import ResourceService
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.service import Context, ResourceType
from azure_simulator.core.store import Document
from azure_simulator.services.postgresql import catalog, errors, lifecycle, rules, schema
from azure_simulator.services.postgresql.asynchronous import Asynchronous
from azure_simulator.services.postgresql.backups import Backups
from azure_simulator.services.postgresql.configurations import Configurations
from azure_simulator.services.postgresql.databases import Databases
from azure_simulator.services.postgresql.engine import Engine
from azure_simulator.services.postgresql.firewall import FirewallRules
from azure_simulator.services.postgresql.lifecycle import Lifecycle
from azure_simulator.services.postgresql.models import Restore, Servers, is_restore
from azure_simulator.services.postgresql.parts import SERVER, Parts
from azure_simulator.services.postgresql.threat_protection import ThreatProtection

_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.DBforPostgreSQL"
_LOCATION = _PROVIDER + "/locations/{location}"
_UPSERT, _RESTORE = "UpsertServerManagementOperationV2", "RestoreSnapshot"


class PostgreSqlService(ResourceService):
    """Servers: PUT, PATCH, GET, DELETE, lists, start, stop, restart; and what belongs to them."""

    item = SERVER
    namespace = "Microsoft.DBforPostgreSQL"
    api_versions = frozenset(schema.API_VERSIONS)
    resource_types = (
        ResourceType("flexibleServers", schema.API_VERSIONS, REGIONS),
        ResourceType("locations", schema.API_VERSIONS),
        ResourceType("checkNameAvailability", schema.API_VERSIONS),
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        account = context.settings.account
        self.servers = Servers(context.store, context.clock, context.operations, account.subscription_id)
        self.answers = Asynchronous(self)
        parts = Parts(self, self.servers, self.answers, Engine(context))
        firewall, backups = FirewallRules(parts), Backups(parts)
        self._lifecycle = Lifecycle(parts, firewall, backups)
        self._children = (firewall, backups, Databases(parts), Configurations(parts), ThreatProtection(parts))
        context.hook("postgresql/reserve-name", reserving(self.servers.reserve))

    def routes(self) -> Iterable[Route]:
        return (
            self.route("POST", _PROVIDER + "/checkNameAvailability", self.check_name),
            self.route("POST", _LOCATION + "/checkNameAvailability", self.check_name),
            self.route("GET", _LOCATION + "/capabilities", self.capabilities),
            *self.standard_routes(),
            self.route("GET", SERVER + "/capabilities", self.server_capabilities),
            self.route("POST", SERVER + "/start", self.start),
            self.route("POST", SERVER + "/stop", self.stop),
            self.route("POST", SERVER + "/restart", self.restart),
            *self.answers.routes(),
            *(route for children in self._children for route in children.routes()),
        )

    # -- life of the servers -----------------------------------------------------------------------------------------

    async def startup(self) -> None:
        await self._lifecycle.resume()

    async def shutdown(self) -> None:
        await self._lifecycle.shutdown()

    async def reset(self) -> None:
        for server in self.servers.list():
            await self._lifecycle.remove(server)

    async def delete_group(self, group_id: str) -> None:
        for server in self.servers.list(group_id):
            self.context.operations.cancel(server.id)
            await self._lifecycle.remove(server)

    def resources(self, scope: str) -> list[dict[str, Any]]:
        return [server.body for server in self.servers.list(scope)]

    # -- names and what is offered -----------------------------------------------------------------------------------

    async def check_name(self, request: ArmRequest) -> ArmResponse:
        body = request.json()
        schema.NAME_CHECK.check(body)
        return ArmResponse(200, self.servers.name_availability(body["name"], body["type"]))

    async def capabilities(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, {"value": catalog.capabilities(request.api_version)})

    async def server_capabilities(self, request: ArmRequest) -> ArmResponse:
        self._get(request)
        return await self.capabilities(request)

    # -- reading -----------------------------------------------------------------------------------------------------

    def _get(self, request: ArmRequest) -> Document:
        return self.servers.get(request.params["group"], request.params["server"])

    async def get(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self.show(self._get(request).body, request.api_version))

    def show(self, body: dict[str, Any], api_version: str) -> dict[str, Any]:
        return schema.show(body, api_version)

    # -- writing -----------------------------------------------------------------------------------------------------

    async def put(self, request: ArmRequest) -> ArmResponse:
        """A new server, restored or empty; or a change of one that exists."""
        group, name, body = request.params["group"], request.params["server"], request.json()
        old = self.servers.check_put(group, name, body, request.api_version)
        if old is not None:
            return self._change(request, old, body, put=True)
        resource_id = self.servers.id_of(group, name)
        restore = self._restore_of(body) if is_restore(body) else None
        address = self.context.addresses.allocate(resource_id)
        try:
            if restore is None:
                return self._create(request, *self.servers.draft(group, name, body, address))
            return self._restore(request, self.servers.draft_restore(group, name, body, address, restore), restore)
        finally:
            if self.servers.by_id(resource_id) is None:
                self.context.addresses.release(resource_id)

    def _create(self, request: ArmRequest, document: dict[str, Any], password: str) -> ArmResponse:
        rules.check_fit(document)
        server = self.servers.add(document, {"password": password})
        return self.answers.start(request, server, lifecycle.CREATE, _UPSERT, location=str(request.json()["location"]))

    def _restore_of(self, body: dict[str, Any]) -> Restore:
        """Refused at once: no source, a moment outside its window. That it is at once, and the codes, are guesses."""
        properties = body["properties"]
        source = self.servers.by_id(str(properties.get("sourceServerResourceId") or ""))
        if source is None:
            raise errors.invalid_parameter("sourceServerResourceId")
        if properties.get("administratorLogin") or properties.get("administratorLoginPassword"):
            raise errors.invalid_parameter("administratorLogin")
        self._require_made(source)
        moment = lifecycle.parse_moment(properties.get("pointInTimeUTC"))
        earliest = datetime.fromisoformat(source.body["properties"]["backup"]["earliestRestoreDate"])
        if not earliest <= moment <= datetime.now(UTC):
            raise errors.invalid_parameter("pointInTimeUTC")
        return Restore(source, moment)

    def _require_made(self, source: Document) -> None:
        if source.body["properties"]["state"] in ("Provisioning", "Dropping"):
            raise errors.server_is_busy(source.body["name"])

    def _restore(self, request: ArmRequest, document: dict[str, Any], restore: Restore) -> ArmResponse:
        rules.check_fit(document)
        server = self.servers.add(document, {})
        data = {"source": restore.source.id, "moment": restore.moment.isoformat()}
        location = str(request.json()["location"])
        return self.answers.start(request, server, lifecycle.RESTORE, _RESTORE, location=location, data=data)

    async def patch(self, request: ArmRequest) -> ArmResponse:
        body = request.json()
        schema.server(request.api_version, patch=True).check(body)
        server = self._get(request)
        if body.get("identity"):
            raise errors.not_simulated("Identities of servers are")
        return self._change(request, server, body, put=False)

    def _change(self, request: ArmRequest, server: Document, body: dict[str, Any], *, put: bool) -> ArmResponse:
        changed = self.servers.change(server, body, put=put)
        self.servers.require_idle(server)
        self.servers.require_running(server)
        if (unfit := rules.unfit(changed)) is not None:
            return self.answers.refuse(request, server, _UPSERT, unfit)
        duration = lifecycle.SCALE if lifecycle.is_long(server.body, changed) else lifecycle.UPDATE
        password = (body.get("properties") or {}).get("administratorLoginPassword")
        answer = self.answers.start(
            request, server, lifecycle.UPDATE, _UPSERT, duration=duration, data={"before": _state(server)}
        )
        self.servers.begin(server, "Updating", next=changed, password=password)
        return answer

    async def delete(self, request: ArmRequest) -> ArmResponse:
        """204 when there is none."""
        server = self.servers.find(request.params["group"], request.params["server"])
        if server is None:
            return ArmResponse(204)
        self.servers.require_idle(server)
        data = {"before": _state(server)}
        location = server.body["location"]
        answer = self.answers.start(request, server, lifecycle.DELETE, "DropServer", location=location, data=data)
        self.servers.begin(server, "Dropping")
        return answer

    async def start(self, request: ArmRequest) -> ArmResponse:
        return self._switch(request, lifecycle.START, "StartServer", "Starting", needed="Stopped")

    async def stop(self, request: ArmRequest) -> ArmResponse:
        return self._switch(request, lifecycle.STOP, "StopServer", "Stopping", needed="Ready")

    async def restart(self, request: ArmRequest) -> ArmResponse:
        body = request.json() if request.content.strip() else {}
        schema.RESTART.check(body)
        server = self._get(request)
        if body.get("restartWithFailover") and server.body["properties"]["highAvailability"]["mode"] == "Disabled":
            raise errors.invalid_parameter("restartWithFailover")
        return self._switch(request, lifecycle.RESTART, "RestartServer", "Restarting", needed="Ready")

    def _switch(self, request: ArmRequest, kind: str, name: str, state: str, *, needed: str) -> ArmResponse:
        """Accepted in any state; reported: in the wrong one the operation fails."""
        server = self._get(request)
        before = _state(server)
        if before != needed:
            action, states = ("Start Server", "Stopped") if needed == "Stopped" else _RUNNING
            error = errors.not_ready(action, states, server.body["name"], before)
            return self.answers.refuse(request, server, name, error)
        self.servers.require_idle(server)
        answer = self.answers.start(request, server, kind, name, data={"before": before})
        self.servers.begin(server, state)
        return answer


_RUNNING = ("Restart or Stop Server", "Started")


def _state(server: Document) -> str:
    return str(server.body["properties"]["state"])
