"""Backups nobody asks for: the first about a minute after a server was created, then one a day."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import UTC, datetime

from azure_simulator.core.service import Context
from azure_simulator.core.store import Document
from azure_simulator.postgresql.errors import PostgresError
from azure_simulator.services.postgresql.backups import Backups
from azure_simulator.services.postgresql.models import Servers

_FIRST = "postgresql.first_backup"
_DAY = 86_400.0
_log = logging.getLogger(__name__)


class AutomaticBackups:
    """One waiting task for each running server; a stopped server is not backed up."""

    def __init__(self, context: Context, servers: Servers, backups: Backups) -> None:
        self._context = context
        self._servers = servers
        self._backups = backups
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, server_id: str) -> None:
        """Begin to wait for the server's next backup."""
        key = server_id.lower()
        if key not in self._tasks:
            self._tasks[key] = asyncio.create_task(self._run(server_id), name=f"automatic backups of {server_id}")
            self._tasks[key].add_done_callback(lambda task: self._forget(key, task))

    async def stop(self, server_id: str) -> None:
        """Return once nothing of it goes on."""
        task = self._tasks.pop(server_id.lower(), None)
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def stop_all(self) -> None:
        await asyncio.gather(*(self.stop(server_id) for server_id in list(self._tasks)))

    def _forget(self, key: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(key) is task:
            del self._tasks[key]

    async def _run(self, server_id: str) -> None:
        while (server := self._servers.by_id(server_id)) is not None:
            await self._context.clock.wait_until(datetime.fromtimestamp(self._due(server), UTC))
            operation = self._context.operations.active(server_id)
            if operation is not None:
                await self._context.operations.finished(operation.id)
                continue
            if not await self._back_up(server_id):
                return

    def _due(self, server: Document) -> float:
        newest = self._backups.newest_automatic(server)
        if newest is not None:
            return newest + _DAY
        return float(server.private["created"]) + self._context.durations.seconds(_FIRST)

    async def _back_up(self, server_id: str) -> bool:
        server = self._servers.by_id(server_id)
        if server is None or server.body["properties"]["state"] != "Ready":
            return False
        try:
            await self._backups.add_automatic(server)
        except PostgresError as error:
            # The next start of the server, or of the simulator, tries again.
            _log.warning("automatic backup of %s failed: %s", server.body["name"], error)
            return False
        return True
