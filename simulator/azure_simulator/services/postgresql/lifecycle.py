"""The work of operations on servers: what becomes of a write after it was accepted."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from azure_simulator.core.errors import ArmError
from azure_simulator.core.operations import Operation
from azure_simulator.core.store import Document
from azure_simulator.postgresql.errors import OutsideWindow
from azure_simulator.postgresql.records import ServerSpec
from azure_simulator.services.postgresql import catalog, errors
from azure_simulator.services.postgresql.automatic import AutomaticBackups
from azure_simulator.services.postgresql.backups import Backups
from azure_simulator.services.postgresql.documents import offset_form
from azure_simulator.services.postgresql.firewall import FirewallRules
from azure_simulator.services.postgresql.parts import Parts

_log = logging.getLogger(__name__)

CREATE, RESTORE, DELETE = "postgresql.create", "postgresql.restore", "postgresql.delete"
UPDATE, SCALE = "postgresql.update", "postgresql.scale"
START, STOP, RESTART = "postgresql.start", "postgresql.stop", "postgresql.restart"


class Lifecycle:
    """Creates, changes, starts, stops and deletes; every step may be repeated after a kill."""

    def __init__(self, parts: Parts, firewall: FirewallRules, backups: Backups) -> None:
        self._parts = parts
        self._servers, self._engine = parts.servers, parts.engine
        self._firewall, self._backups = firewall, backups
        self.automatic = AutomaticBackups(parts.context, parts.servers, backups)
        define = parts.context.operations.define
        define(CREATE, self._create, self._create_failed)
        define(RESTORE, self._restore, self._create_failed)
        define(UPDATE, self._update, self._unchanged)
        define(START, self._start, self._unchanged)
        define(STOP, self._stop, self._unchanged)
        define(RESTART, self._restart, self._unchanged)
        define(DELETE, self._delete, self._unchanged)

    # -- of the whole service ----------------------------------------------------------------------------------------

    async def resume(self) -> None:
        """After a start of the simulator: servers that ran, run again."""
        await self._engine.resume()
        for server in self._servers.list():
            if server.body["properties"]["state"] == "Ready":
                self.automatic.start(server.id)

    async def shutdown(self) -> None:
        await self.automatic.stop_all()
        await self._engine.shutdown()

    async def remove(self, server: Document) -> None:
        """Take a server away, with all it has."""
        await self.automatic.stop(server.id)
        await self._engine.drop(server.id)
        self._firewall.clear(server)
        self._backups.clear(server)
        self._servers.remove(server.id)
        self._parts.context.addresses.release(server.id)

    # -- new servers -------------------------------------------------------------------------------------------------

    def _spec(self, body: dict[str, Any], password: str | None) -> ServerSpec:
        properties = body["properties"]
        sku = catalog.sku(body["sku"]["name"])
        return ServerSpec(
            id=body["id"],
            address=properties["fullyQualifiedDomainName"],
            login=properties["administratorLogin"],
            password=password,
            defaults={"max_connections": str(sku.max_connections)} if sku else {},
        )

    async def _create(self, operation: Operation) -> None:
        server = self._servers.by_id(operation.resource_id)
        if server is None:
            return
        # What a killed simulator left of an earlier attempt.
        await self._engine.drop(server.id)
        await self._engine.create(self._spec(server.body, server.private["password"]))
        await self._created(server.id)

    async def _restore(self, operation: Operation) -> None:
        server = self._servers.by_id(operation.resource_id)
        source = self._servers.by_id(operation.data["source"])
        if server is None:
            return
        if source is None:
            raise errors.invalid_parameter("sourceServerResourceId")
        await self._engine.drop(server.id)
        try:
            moment = datetime.fromisoformat(operation.data["moment"])
            await self._engine.restore(source.id, self._spec(server.body, None), moment)
        except OutsideWindow as error:
            raise errors.invalid_parameter("pointInTimeUTC") from error
        await self._created(server.id)

    async def _created(self, server_id: str) -> None:
        earliest = await self._engine.earliest_restore(server_id)
        if earliest is not None:
            self._servers.set_earliest(server_id, offset_form(earliest))
        self._servers.settle(server_id, "Ready", created=self._parts.context.clock.timestamp())
        self._firewall.apply(self._servers.by_id(server_id))
        self.automatic.start(server_id)

    async def _create_failed(self, operation: Operation, error: ArmError) -> None:
        """Nothing stays of a server whose creation failed; in Azure something may, which is not recorded."""
        server = self._servers.by_id(operation.resource_id)
        if server is None:
            return
        try:
            await self.remove(server)
        except Exception:
            # Its files may stay until the next reset; it must not look as if it were still being created.
            _log.exception("what is left of %s cannot be removed", server.id)
            self._servers.remove(server.id)

    # -- existing servers --------------------------------------------------------------------------------------------

    async def _update(self, operation: Operation) -> None:
        server = self._servers.by_id(operation.resource_id)
        if server is None:
            return
        changed = server.private["next"]
        if password := server.private.get("password"):
            await self._engine.set_password(server.id, password)
        if changed["sku"] != server.body["sku"] or changed["properties"]["version"] != _version(server):
            # Another machine: connections are cut, and parameters that waited for a restart hold.
            await self._engine.set_defaults(server.id, dict(self._spec(changed, None).defaults))
            await self._engine.restart(server.id)
        self._servers.settle(server.id, "Ready", apply=True)
        self._firewall.apply(self._servers.by_id(server.id))

    async def _start(self, operation: Operation) -> None:
        await self._engine.start(operation.resource_id)
        self._servers.settle(operation.resource_id, "Ready")
        self.automatic.start(operation.resource_id)

    async def _stop(self, operation: Operation) -> None:
        await self.automatic.stop(operation.resource_id)
        await self._engine.stop(operation.resource_id)
        self._servers.settle(operation.resource_id, "Stopped")

    async def _restart(self, operation: Operation) -> None:
        await self._engine.restart(operation.resource_id)
        self._servers.settle(operation.resource_id, "Ready")

    async def _delete(self, operation: Operation) -> None:
        server = self._servers.by_id(operation.resource_id)
        if server is not None:
            await self.remove(server)

    async def _unchanged(self, operation: Operation, error: ArmError) -> None:
        """The server is again what it was before the operation that failed."""
        self._servers.settle(operation.resource_id, operation.data["before"])


def is_long(old: dict[str, Any], changed: dict[str, Any]) -> bool:
    """Whether the service moves the server for a change, which takes minutes: size, storage, availability, version."""
    longer = ("storage", "highAvailability", "version")
    before, after = old["properties"], changed["properties"]
    return old["sku"] != changed["sku"] or any(before[name] != after[name] for name in longer)


def parse_moment(text: str | None) -> datetime:
    """`pointInTimeUTC`, an ISO 8601 time; one of another form is reported to end in an InternalServerError."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError as error:
        raise errors.internal() from error
    if "T" not in (text or ""):
        raise errors.internal()
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _version(server: Document) -> str:
    return str(server.body["properties"]["version"])
