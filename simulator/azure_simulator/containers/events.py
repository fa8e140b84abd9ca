"""What happened to a container, as its instance view tells it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azure_simulator.core.clock import isoformat

_KEPT = 100
NORMAL, WARNING = "Normal", "Warning"


@dataclass
class Event:
    """One event; repeated ones are counted instead of listed."""

    name: str
    message: str
    type: str
    first: str
    last: str
    count: int = 1

    def view(self) -> dict[str, Any]:
        """As Azure serialises it."""
        return {
            "count": self.count,
            "firstTimestamp": self.first,
            "lastTimestamp": self.last,
            "name": self.name,
            "message": self.message,
            "type": self.type,
        }

    @classmethod
    def from_view(cls, view: dict[str, Any]) -> Event:
        return cls(
            view["name"], view["message"], view["type"], view["firstTimestamp"], view["lastTimestamp"], view["count"]
        )


class EventLog:
    """The last events of one container. A new deployment starts counting anew and keeps the old ones."""

    def __init__(self, now: Callable[[], datetime], views: list[dict[str, Any]] | None = None) -> None:
        self._now = now
        self._events = [Event.from_view(view) for view in views or []]
        self._deployment = 0

    def add(self, name: str, message: str, type: str = NORMAL) -> None:
        """Note an event now."""
        moment = isoformat(self._now(), 0)
        for event in self._events[self._deployment :]:
            if (event.name, event.message) == (name, message):
                event.count += 1
                event.last = moment
                return
        self._events.append(Event(name, message, type, moment, moment))
        if len(self._events) > _KEPT:
            del self._events[0]
            self._deployment = max(0, self._deployment - 1)

    def new_deployment(self) -> None:
        """Do not count the coming events together with the old ones."""
        self._deployment = len(self._events)

    def views(self) -> list[dict[str, Any]]:
        return [event.view() for event in self._events]
