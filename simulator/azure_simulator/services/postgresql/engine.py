"""The real servers behind the documents, put together for one simulator."""

from __future__ import annotations

from datetime import datetime

from azure_simulator.core.clock import Clock
from azure_simulator.core.service import Context
from azure_simulator.postgresql.records import ServerSpec
from azure_simulator.postgresql.servers import Servers


class Engine(Servers):
    """Servers whose moments are the machine's.

    Points in time are compared with what databases and operators' programs wrote down, and those know nothing of the
    simulator's clock; it only decides how old a backup is.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context.settings.state_dir, context.listeners.leaf, context.clock)
        self._time: Clock = context.clock

    async def restore(self, source_id: str, spec: ServerSpec, moment: datetime) -> None:
        await super().restore(source_id, spec, self._time.simulated_time(moment))

    async def backup(self, server_id: str, name: str) -> datetime:
        return self._time.machine_time(await super().backup(server_id, name))

    async def earliest_restore(self, server_id: str) -> datetime | None:
        earliest = await super().earliest_restore(server_id)
        return self._time.machine_time(earliest) if earliest is not None else None
