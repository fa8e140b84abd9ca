"""Databases of a server: those it really has, those made by SQL included."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from azure_simulator.core.errors import ArmError
from azure_simulator.core.operations import Operation
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.store import Document
from azure_simulator.postgresql.errors import Refused
from azure_simulator.services.postgresql import errors, schema
from azure_simulator.services.postgresql.parts import Children, Parts

_PUT, _DELETE = "postgresql.database", "postgresql.database.delete"
_NAME = re.compile(r"^[A-Za-z_][\w-]{0,62}$", re.ASCII)
_CHARSET = re.compile(r"^[A-Za-z]+\w*$", re.ASCII)
_COLLATION = re.compile(r"^[A-Za-z-]+([. ]|\w)*$", re.ASCII)
_SYSTEM = frozenset({"azure_maintenance", "azure_sys", "postgres"})


class Databases(Children):
    """PUT, GET, DELETE, list."""

    kind = "databases"

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        parts.context.operations.define(_PUT, self._written)
        parts.context.operations.define(_DELETE, self._deleted)

    def routes(self) -> Iterable[Route]:
        return (
            self.route("GET", self.collection, self.list_all),
            self.route("PUT", self.item, self.put),
            self.route("GET", self.item, self.get),
            self.route("DELETE", self.item, self.delete, needs_group=False),
        )

    async def _of(self, server: Document) -> dict[str, dict[str, Any]]:
        self.parts.servers.require_running(server)
        found = await self.parts.engine.databases(server.id)
        return {
            database.name: self.body(
                server, database.name, {"charset": database.charset, "collation": database.collation}
            )
            for database in found
        }

    async def list_all(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, {"value": list((await self._of(self.read(request))).values())})

    async def get(self, request: ArmRequest) -> ArmResponse:
        found = await self._of(self.read(request))
        if request.params["name"] not in found:
            raise self.missing(request.params["name"])
        return ArmResponse(200, found[request.params["name"]])

    async def put(self, request: ArmRequest) -> ArmResponse:
        body, name = request.json(), request.params["name"]
        schema.DATABASE.check(body)
        server = self.write(request)
        properties = body["properties"]
        charset, collation = properties.get("charset") or "UTF8", properties.get("collation") or "en_US.utf8"
        for value, pattern, parameter in (
            (name, _NAME, "databaseName"),
            (charset, _CHARSET, "charset"),
            (collation, _COLLATION, "collation"),
        ):
            if not pattern.match(value):
                raise errors.invalid_parameter(parameter)
        old = (await self._of(server)).get(name)
        if old is not None:
            # Neither can be changed; that it is refused at once is a guess.
            for member, value in (("charset", charset), ("collation", collation)):
                if str(old["properties"][member]).lower() != value.lower():
                    raise errors.invalid_parameter(member)
        data = {"database": name, "charset": charset, "collation": collation}
        return self.parts.answers.start(request, server, _PUT, "UpsertServerDatabase", data=data)

    async def delete(self, request: ArmRequest) -> ArmResponse:
        """204 when there is none; the service's own cannot be deleted."""
        name = request.params["name"]
        found = self.parts.servers.find(request.params["group"], request.params["server"])
        if found is None or name not in await self._of(found):
            return ArmResponse(204)
        if name in _SYSTEM:
            raise errors.invalid_parameter("databaseName")
        server = self.write(request)
        return self.parts.answers.start(request, server, _DELETE, "DropServerDatabase", data={"database": name})

    async def _written(self, operation: Operation) -> None:
        data, engine = operation.data, self.parts.engine
        if any(database.name == data["database"] for database in await engine.databases(operation.resource_id)):
            return
        try:
            await engine.create_database(operation.resource_id, data["database"], data["charset"], data["collation"])
        except Refused as error:
            raise ArmError(400, "InvalidParameterValue", f"{error}.") from error

    async def _deleted(self, operation: Operation) -> None:
        """Connections to it are ended, as the service does it."""
        try:
            await self.parts.engine.drop_database(operation.resource_id, operation.data["database"])
        except Refused as error:
            raise ArmError(400, "InternalServerError", f"{error}.") from error
