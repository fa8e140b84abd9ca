"""The one threat-protection setting of a server; it protects nothing here, as there is nobody to protect from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from azure_simulator.core.clock import isoformat
from azure_simulator.core.operations import Operation
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.store import Document
from azure_simulator.services.postgresql import schema
from azure_simulator.services.postgresql.parts import Children, Parts

_PUT = "postgresql.threat_protection"
_NAME = "Default"
_PRIVATE = "threatProtection"
_NEVER = {"state": "Disabled", "creationTime": "0001-01-01T00:00:00Z"}


class ThreatProtection(Children):
    """GET and PUT of `advancedThreatProtectionSettings/Default`."""

    kind = "advancedThreatProtectionSettings"

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        parts.context.operations.define(_PUT, self._written)

    def routes(self) -> Iterable[Route]:
        versions = {"api_versions": schema.THREAT_PROTECTION_VERSIONS}
        return (
            self.route("GET", self.collection, self.list_all, **versions),
            self.route("GET", self.item, self.get, **versions),
            self.route("PUT", self.item, self.put, **versions),
        )

    def _shown(self, server: Document) -> dict[str, Any]:
        return self.body(server, _NAME, server.private.get(_PRIVATE, _NEVER))

    def _check(self, request: ArmRequest) -> None:
        if request.params["name"].lower() != _NAME.lower():
            raise self.missing(request.params["name"])

    async def list_all(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, {"value": [self._shown(self.read(request))]})

    async def get(self, request: ArmRequest) -> ArmResponse:
        self._check(request)
        return ArmResponse(200, self._shown(self.read(request)))

    async def put(self, request: ArmRequest) -> ArmResponse:
        self._check(request)
        body = request.json()
        schema.THREAT_PROTECTION.check(body)
        server = self.write(request)
        data = {"state": body["properties"]["state"]}
        # The one operation whose name does not end as the others' do.
        return self.parts.answers.start(request, server, _PUT, "UpsertThreatProtectionStateOperation", data=data)

    async def _written(self, operation: Operation) -> None:
        """The creation time is that of the first write, whatever follows (recorded)."""
        server = self.parts.servers.by_id(operation.resource_id)
        if server is not None:
            created = server.private.get(_PRIVATE, {}).get("creationTime") or isoformat(self.parts.context.clock.now())
            server.private[_PRIVATE] = {"state": operation.data["state"], "creationTime": created}
            self.parts.servers.save(server)
