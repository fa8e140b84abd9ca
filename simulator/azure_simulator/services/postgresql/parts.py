"""What the parts of the service share, and the base of what belongs to a server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from azure_simulator.core.errors import ArmError, parent_not_found, resource_not_found
from azure_simulator.core.routing import ArmRequest
from azure_simulator.core.service import Context, Service
from azure_simulator.core.store import Document
from azure_simulator.services.postgresql import errors
from azure_simulator.services.postgresql.asynchronous import Asynchronous
from azure_simulator.services.postgresql.documents import TYPE
from azure_simulator.services.postgresql.engine import Engine
from azure_simulator.services.postgresql.models import Servers

SERVER = (
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/{server}"
)


@dataclass(frozen=True)
class Parts:
    """The service, its documents, its answers, and the real servers."""

    service: Service
    servers: Servers
    answers: Asynchronous
    engine: Engine

    @property
    def context(self) -> Context:
        return self.service.context


class Children:
    """Things of one kind that belong to a server. `kind` is the last word of their type."""

    kind: str

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.route = parts.service.route
        self.collection = f"{SERVER}/{self.kind}"
        self.item = f"{self.collection}/{{name}}"

    @property
    def type(self) -> str:
        return f"{TYPE}/{self.kind}"

    def read(self, request: ArmRequest) -> Document:
        """The server of a request that reads."""
        return self._server(request, nested=False)

    def write(self, request: ArmRequest) -> Document:
        """The server of a request that writes; 409 when another write goes on."""
        server = self._server(request, nested=True)
        self.parts.servers.require_idle(server, child=True)
        return server

    def _server(self, request: ArmRequest, *, nested: bool) -> Document:
        group, name = request.params["group"], request.params["server"]
        server = self.parts.servers.find(group, name)
        if server is not None:
            return server
        if nested:
            raise parent_not_found(name)
        raise resource_not_found(TYPE, name, group)

    def id_of(self, server: Document, name: str) -> str:
        return f"{server.id}/{self.kind}/{name}"

    def body(self, server: Document, name: str, properties: dict[str, Any]) -> dict[str, Any]:
        """A document of this kind, its members in Azure's order."""
        return {"properties": properties, "id": self.id_of(server, name), "name": name, "type": self.type}

    def missing(self, name: str) -> ArmError:
        return errors.child_not_found(self.type, name)
