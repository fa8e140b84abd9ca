"""Server parameters: those of the real PostgreSQL, and a few of the service around it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from azure_simulator.core.errors import ArmError
from azure_simulator.core.operations import Operation
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.store import Document
from azure_simulator.postgresql.errors import Refused
from azure_simulator.services.postgresql import errors, schema
from azure_simulator.services.postgresql.parameters import SERVICE_SETTINGS, Setting, check_value, setting
from azure_simulator.services.postgresql.parts import Children, Parts

_UPDATE = "postgresql.configuration"
# name → {"value", "default"} in the private part of the server's document.
_PRIVATE = "configurations"
_OWN = {known.name: known for known in SERVICE_SETTINGS}


class Configurations(Children):
    """GET, list, and PATCH or PUT of one; `source: system-default` takes an override back."""

    kind = "configurations"

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        parts.context.operations.define(_UPDATE, self._updated, self._failed)

    def routes(self) -> Iterable[Route]:
        return (
            self.route("GET", self.collection, self.list_all),
            self.route("GET", self.item, self.get),
            self.route("PATCH", self.item, self.update),
            self.route("PUT", self.item, self.update),
        )

    async def _of(self, server: Document) -> dict[str, Setting]:
        self.parts.servers.require_running(server)
        overrides = server.private.get(_PRIVATE, {})
        found = {
            row.name: setting(row, overrides.get(row.name)) for row in await self.parts.engine.parameters(server.id)
        }
        for own in SERVICE_SETTINGS:
            override = overrides.get(own.name)
            found[own.name] = (
                dataclasses.replace(own, value=override["value"], overridden=True) if override is not None else own
            )
        return dict(sorted(found.items()))

    async def _one(self, server: Document, name: str) -> Setting:
        for known in (await self._of(server)).values():
            if known.name.lower() == name.lower():
                return known
        # The code is a guess.
        raise ArmError(404, "ConfigurationNotExists", f"Configuration '{name}' does not exist.")

    def _shown(self, server: Document, known: Setting) -> dict[str, Any]:
        return self.body(server, known.name, known.properties())

    async def list_all(self, request: ArmRequest) -> ArmResponse:
        server = self.read(request)
        return ArmResponse(200, {"value": [self._shown(server, known) for known in (await self._of(server)).values()]})

    async def get(self, request: ArmRequest) -> ArmResponse:
        server = self.read(request)
        return ArmResponse(200, self._shown(server, await self._one(server, request.params["name"])))

    async def update(self, request: ArmRequest) -> ArmResponse:
        body = request.json()
        schema.CONFIGURATION.check(body)
        server = self.write(request)
        known = await self._one(server, request.params["name"])
        wanted = body["properties"]
        reset = wanted.get("source") == "system-default"
        if wanted.get("value") is None and not reset:
            raise errors.invalid_parameter("configurationValue")
        value = check_value(known, known.default if reset else wanted["value"], server.body["sku"]["tier"])
        data = {"name": known.name, "value": None if reset else value, "default": known.default}
        answer = self.parts.answers.start(request, server, _UPDATE, "UpdateConfiguration", data=data)
        # Reported: a restart asked for meanwhile fails because the server is "Updating".
        self.parts.servers.begin(server, "Updating")
        return answer

    async def _updated(self, operation: Operation) -> None:
        data = operation.data
        if data["name"] not in _OWN:
            try:
                await self.parts.engine.set_parameter(operation.resource_id, data["name"], data["value"])
            except Refused as error:
                # PostgreSQL knows more about a value than the list of what is allowed.
                raise errors.invalid_parameter("configurationValue") from error
        server = self.parts.servers.by_id(operation.resource_id)
        if server is not None:
            overrides = server.private.setdefault(_PRIVATE, {})
            overrides.pop(data["name"], None)
            if data["value"] is not None:
                overrides[data["name"]] = {"value": data["value"], "default": data["default"]}
            self.parts.servers.begin(server, "Ready")

    async def _failed(self, operation: Operation, error: ArmError) -> None:
        self.parts.servers.settle(operation.resource_id, "Ready")
