"""Who asked what: the last requests, for tests that count writes and for people who look on."""

from __future__ import annotations

import re
import time
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

_LIMIT = 10_000
_SECRET = re.compile(r"password|secret|secure|key$|token|assertion|credential|connectionstring", re.IGNORECASE)
# POST actions that only read.
_READING_ACTION = re.compile(r"/(list\w*|check\w*|token|exchange|validate\w*|exporttemplate)$", re.IGNORECASE)


@dataclass(frozen=True)
class LoggedRequest:
    """One answered request. `host` tells ARM and login (`management`) from a registry's own address.

    :ivar answered: when, in seconds since 1970 by this machine's clock.
    """

    sequence: int
    host: str
    method: str
    path: str
    query: str
    status: int
    is_write: bool
    client_request_id: str | None
    answered: float
    milliseconds: float
    body: Any


def is_write(method: str, path: str) -> bool:
    """Whether a request changes something: PUT, PATCH, DELETE, and POST unless the action only reads."""
    if method in ("PUT", "PATCH", "DELETE"):
        return True
    return method == "POST" and not _READING_ACTION.search(path.rstrip("/"))


def redact(value: Any) -> Any:
    """The same JSON with every secret-looking value replaced."""
    if isinstance(value, dict):
        return {
            key: "(secret)" if _SECRET.search(key) and isinstance(item, str) else redact(item)
            for key, item in value.items()
            if key != "secret"
        }
    if isinstance(value, list):
        return [redact(item) for item in value]
    return value


class RequestLog:
    """A ring of the last requests; sequence numbers go on when it is cleared."""

    def __init__(self) -> None:
        self._entries: deque[LoggedRequest] = deque(maxlen=_LIMIT)
        self._sequence = 0

    def add(
        self,
        *,
        host: str,
        method: str,
        path: str,
        query: str,
        status: int,
        milliseconds: float,
        client_request_id: str | None = None,
        body: Any = None,
    ) -> None:
        self._sequence += 1
        self._entries.append(
            LoggedRequest(
                self._sequence,
                host,
                method,
                path,
                query,
                status,
                is_write(method, path),
                client_request_id,
                time.time(),
                round(milliseconds, 1),
                redact(body),
            )
        )

    def entries(self) -> list[dict[str, Any]]:
        return [asdict(entry) for entry in self._entries]

    def clear(self) -> None:
        self._entries.clear()
