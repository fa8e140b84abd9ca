"""Backups of a server: those made daily by themselves, and those asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from azure_simulator.core.errors import ArmError
from azure_simulator.core.operations import Operation
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.store import Document
from azure_simulator.services.postgresql import catalog, errors, schema
from azure_simulator.services.postgresql.documents import offset_form
from azure_simulator.services.postgresql.parts import Children, Parts

KIND = "postgresqlBackups"
_PUT, _DELETE = "postgresql.backup", "postgresql.backup.delete"
_NAME = re.compile(r"^[-\w.]{1,128}$", re.ASCII)
_MOST_ON_DEMAND = 7
_AUTOMATIC, _ON_DEMAND = "Full", "Customer On-Demand"
_FIRST_TICK = datetime(1, 1, 1, tzinfo=UTC)


class Backups(Children):
    """List, GET; PUT and DELETE of on-demand ones. A backup goes with the retention window.

    The time of a backup is the machine's, as are the points in time that can be restored: they are compared with
    what the database wrote. Its age follows the simulator's clock, which tests can move.
    """

    kind = "backups"

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._store = parts.context.store
        self._clock = parts.context.clock
        parts.context.operations.define(_PUT, self._written, self._failed)
        parts.context.operations.define(_DELETE, self._deleted)

    def routes(self) -> Iterable[Route]:
        on_demand = {"api_versions": schema.BACKUP_VERSIONS}
        return (
            self.route("GET", self.collection, self.list_all),
            self.route("GET", self.item, self.get),
            self.route("PUT", self.item, self.put, **on_demand),
            self.route("DELETE", self.item, self.delete, needs_group=False, **on_demand),
        )

    # -- routes ------------------------------------------------------------------------------------------------------

    async def list_all(self, request: ArmRequest) -> ArmResponse:
        server = self.read(request)
        await self.expire(server)
        return ArmResponse(200, {"value": [backup.body for backup in self.of(server)]})

    async def get(self, request: ArmRequest) -> ArmResponse:
        server = self.read(request)
        await self.expire(server)
        backup = self._store.get(KIND, self.id_of(server, request.params["name"]))
        if backup is None:
            raise self.missing(request.params["name"])
        return ArmResponse(200, backup.body)

    async def put(self, request: ArmRequest) -> ArmResponse:
        name = request.params["name"]
        if request.content.strip() and request.json():
            raise ArmError(400, "InvalidRequestContent", "A backup takes no content.")
        server = self._server(request, nested=True)
        if not _NAME.match(name):
            raise errors.invalid_parameter("backupName")
        await self.expire(server)
        # The rule is documented, the code is a guess.
        if server.body["sku"]["tier"] == catalog.BURSTABLE:
            message = "On-demand backups are not supported for servers of the Burstable tier."
            raise ArmError(400, "OnDemandBackupNotSupported", message)
        running = self.parts.context.operations.active(server.id)
        if (running is not None and running.kind == _PUT) or self._store.get(
            KIND, self.id_of(server, name)
        ) is not None:
            # Documented as an InternalServerError; that it is accepted first is a guess.
            return self.parts.answers.refuse(request, server, "UpsertServerBackup", errors.internal())
        self.parts.servers.require_idle(server, child=True)
        self.parts.servers.require_running(server)
        if len([backup for backup in self.of(server) if _is_on_demand(backup)]) >= _MOST_ON_DEMAND:
            # The limit is documented, the code is a guess.
            message = f"A server has at most {_MOST_ON_DEMAND} on-demand backups; delete one first."
            raise ArmError(400, "OnDemandBackupLimitReached", message)
        return self.parts.answers.start(request, server, _PUT, "UpsertServerBackup", data={"backup": name})

    async def delete(self, request: ArmRequest) -> ArmResponse:
        """204 when there is none; automatic ones stay."""
        name = request.params["name"]
        found = self.parts.servers.find(request.params["group"], request.params["server"])
        backup = self._store.get(KIND, self.id_of(found, name)) if found else None
        if backup is None:
            return ArmResponse(204)
        if not _is_on_demand(backup):
            # The rule is documented, the code is a guess.
            raise ArmError(400, "AutomaticBackupCannotBeDeleted", f"Backup '{name}' was made by the service.")
        server = self.write(request)
        return self.parts.answers.start(request, server, _DELETE, "DropServerBackup", data={"backup": name})

    async def _written(self, operation: Operation) -> None:
        server = self.parts.servers.by_id(operation.resource_id)
        if server is not None:
            name = operation.data["backup"]
            moment = await self.parts.engine.backup(server.id, name)
            self._add(server, name, moment, _ON_DEMAND, "Customer Initiated")

    async def _failed(self, operation: Operation, error: ArmError) -> None:
        """Nothing is left of a backup that failed, nor is there anything to say if nothing was there."""
        await self.parts.engine.drop_backup(operation.resource_id, operation.data["backup"])

    async def _deleted(self, operation: Operation) -> None:
        name = operation.data["backup"]
        await self.parts.engine.drop_backup(operation.resource_id, name)
        self._store.delete(KIND, f"{operation.resource_id}/{self.kind}/{name}")

    # -- for the rest of the service ---------------------------------------------------------------------------------

    def of(self, server: Document) -> list[Document]:
        """The backups of a server, oldest first."""
        return self._store.list(KIND, f"{server.id}/")

    def newest_automatic(self, server: Document) -> float | None:
        """When the last automatic backup was made, simulated seconds since 1970."""
        made = [backup.private["made"] for backup in self.of(server) if not _is_on_demand(backup)]
        return max(made, default=None)

    async def add_automatic(self, server: Document) -> None:
        """One more automatic backup. The first needs no copy of its own: the one the server began with serves."""
        moment = datetime.now(UTC)
        name = f"backup_{(moment - _FIRST_TICK) // timedelta(microseconds=1) * 10}"
        if self.newest_automatic(server) is not None:
            moment = await self.parts.engine.backup(server.id, name)
        self._add(server, name, moment, _AUTOMATIC, "Automatic")
        await self.expire(server)

    async def expire(self, server: Document) -> None:
        """Forget backups older than the retention; the newest automatic one always stays."""
        days = server.body["properties"]["backup"]["backupRetentionDays"]
        limit = self._clock.timestamp() - timedelta(days=days).total_seconds()
        newest = self.newest_automatic(server)
        gone = [
            backup
            for backup in self.of(server)
            if backup.private["made"] < limit and (_is_on_demand(backup) or backup.private["made"] != newest)
        ]
        for backup in gone:
            await self.parts.engine.drop_backup(server.id, backup.body["name"])
            self._store.delete(KIND, backup.id)
        if any(not _is_on_demand(backup) for backup in gone):
            await self._forget(server.id, limit)

    async def _forget(self, server_id: str, limit: float) -> None:
        """Moments before the limit, simulated seconds since 1970, can no longer be restored."""
        engine, moment = self.parts.engine, self._clock.machine_time(datetime.fromtimestamp(limit, UTC))
        await engine.forget_before(server_id, moment)
        earliest = await engine.earliest_restore(server_id)
        if earliest is not None:
            first = max(earliest, moment)
            self.parts.servers.set_earliest(server_id, offset_form(first))

    def clear(self, server: Document) -> None:
        for backup in self.of(server):
            self._store.delete(KIND, backup.id)

    def _add(self, server: Document, name: str, moment: datetime, kind: str, source: str) -> None:
        properties: dict[str, Any] = {"backupType": kind, "source": source, "completedTime": offset_form(moment)}
        body = self.body(server, name, properties)
        self._store.put(KIND, self.id_of(server, name), body, {"made": self._clock.timestamp()})


def _is_on_demand(backup: Document) -> bool:
    return bool(backup.body["properties"]["backupType"] == _ON_DEMAND)
