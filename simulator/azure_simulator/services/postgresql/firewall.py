"""Firewall rules of a server."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from azure_simulator.core.operations import Operation
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.store import Document
from azure_simulator.services.postgresql import errors, schema
from azure_simulator.services.postgresql.parts import Children, Parts

KIND = "postgresqlFirewallRules"
_PUT, _DELETE = "postgresql.firewall_rule", "postgresql.firewall_rule.delete"
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,79}(?<!-)$")
_AZURE = ("0.0.0.0", "0.0.0.0")


class FirewallRules(Children):
    """PUT, GET, DELETE, list; what holds is told to the server itself."""

    kind = "firewallRules"

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._store = parts.context.store
        parts.context.operations.define(_PUT, self._written)
        parts.context.operations.define(_DELETE, self._deleted)

    def routes(self) -> Iterable[Route]:
        return (
            self.route("GET", self.collection, self.list_all),
            self.route("PUT", self.item, self.put),
            self.route("GET", self.item, self.get),
            self.route("DELETE", self.item, self.delete, needs_group=False),
        )

    async def list_all(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, {"value": [rule.body for rule in self.of(self.read(request))]})

    async def get(self, request: ArmRequest) -> ArmResponse:
        rule = self._store.get(KIND, self.id_of(self.read(request), request.params["name"]))
        if rule is None:
            raise self.missing(request.params["name"])
        return ArmResponse(200, rule.body)

    async def put(self, request: ArmRequest) -> ArmResponse:
        body, name = request.json(), request.params["name"]
        schema.FIREWALL_RULE.check(body)
        server = self.write(request)
        if not _NAME.match(name):
            raise errors.invalid_parameter("firewallRuleName")
        first, last = (_address(body["properties"], member) for member in ("startIpAddress", "endIpAddress"))
        if first > last:
            raise errors.invalid_parameter("endIpAddress")
        data = {"rule": self.body(server, name, {"startIpAddress": str(first), "endIpAddress": str(last)})}
        return self.parts.answers.start(request, server, _PUT, "UpsertServerFirewallRules", data=data)

    async def delete(self, request: ArmRequest) -> ArmResponse:
        """204 when there is none."""
        found = self.parts.servers.find(request.params["group"], request.params["server"])
        if found is None or self._store.get(KIND, self.id_of(found, request.params["name"])) is None:
            return ArmResponse(204)
        server = self.write(request)
        data = {"rule": {"id": self.id_of(server, request.params["name"])}}
        return self.parts.answers.start(request, server, _DELETE, "DropServerFirewallRules", data=data)

    async def _written(self, operation: Operation) -> None:
        self._store.put(KIND, operation.data["rule"]["id"], operation.data["rule"])
        self.apply(self.parts.servers.by_id(operation.resource_id))

    async def _deleted(self, operation: Operation) -> None:
        self._store.delete(KIND, operation.data["rule"]["id"])
        self.apply(self.parts.servers.by_id(operation.resource_id))

    def of(self, server: Document) -> list[Document]:
        """The rules of a server."""
        return self._store.list(KIND, f"{server.id}/")

    def apply(self, server: Document | None) -> None:
        """Tell the real server who may connect: nobody without public access."""
        if server is None:
            return
        public = server.body["properties"]["network"]["publicNetworkAccess"] == "Enabled"
        properties = [rule.body["properties"] for rule in self.of(server)] if public else []
        ranges = [(rule["startIpAddress"], rule["endIpAddress"]) for rule in properties]
        self.parts.engine.set_firewall(server.id, [r for r in ranges if r != _AZURE], _AZURE in ranges)

    def clear(self, server: Document) -> None:
        for rule in self.of(server):
            self._store.delete(KIND, rule.id)


def _address(properties: dict[str, str], member: str) -> ipaddress.IPv4Address:
    try:
        return ipaddress.IPv4Address(properties[member])
    except ValueError as error:
        raise errors.invalid_parameter(member) from error
