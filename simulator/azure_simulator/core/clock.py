"""The simulator's time: the machine's time plus what the clock hook added, so that tests can jump ahead."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from azure_simulator.core.store import Store

_KIND, _ID = "clock", "offset"


class Clock:
    """Current time and waiting. An advance is kept across restarts and wakes whoever waits."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._advanced = asyncio.Event()
        document = store.get(_KIND, _ID)
        self._offset = timedelta(seconds=document.body["seconds"] if document else 0)
        # Machine time and offset of each advance, oldest first.
        self._advances = [
            (datetime.fromisoformat(moment), timedelta(seconds=offset))
            for moment, offset in (document.body.get("advances", []) if document else [])
        ]

    def now(self) -> datetime:
        """Simulated time, UTC."""
        return datetime.now(UTC) + self._offset

    def timestamp(self) -> float:
        """Simulated time as seconds since 1970."""
        return self.now().timestamp()

    def machine_time(self, moment: datetime) -> datetime:
        """What the machine's clock showed, or will show, at a moment; of a time jumped over, when it was jumped."""
        machine, before = moment, timedelta()
        for jump, offset in self._advances:
            if moment < jump + before:
                break
            machine, before = max(jump, moment - offset), offset
        return machine

    def advance(self, seconds: float) -> None:
        """Jump ahead; waits that are then due end at once."""
        if seconds < 0:
            raise ValueError("the clock only goes forward")
        self._offset += timedelta(seconds=seconds)
        self._advances.append((datetime.now(UTC), self._offset))
        kept = [(moment.isoformat(), offset.total_seconds()) for moment, offset in self._advances]
        self._store.put(_KIND, _ID, {"seconds": self._offset.total_seconds(), "advances": kept})
        event, self._advanced = self._advanced, asyncio.Event()
        event.set()

    async def wait_until(self, moment: datetime) -> None:
        """Return once simulated time has reached `moment`."""
        while (left := (moment - self.now()).total_seconds()) > 0:
            try:
                # Not wait_for: before Python 3.12 it may lose a cancellation.
                async with asyncio.timeout(left):
                    await self._advanced.wait()
            except TimeoutError:
                continue

    async def wait(self, seconds: float) -> None:
        """Return after so many simulated seconds (already scaled by the caller)."""
        await self.wait_until(self.now() + timedelta(seconds=seconds))


def isoformat(moment: datetime, digits: int = 7) -> str:
    """Azure's usual form, `2024-04-23T15:19:23.8395327Z`; `digits` decimals."""
    base = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{moment.microsecond:06d}0"[:digits]
    return f"{base}.{fraction}Z" if digits else f"{base}Z"
