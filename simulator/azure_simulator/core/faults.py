"""Faults asked for through `POST /_simulator/faults`: which request goes wrong, and how."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

# kind → what it does. Request faults are applied before the handler; the rest are looked up by whoever knows them.
KINDS = {
    "throttle": "429 TooManyRequests with Retry-After `seconds`",
    "error": "answer `status`, `code`, `message`",
    "reset": "close the connection without an answer",
    "slow": "wait `seconds` before the request is handled",
    "operation_failure": "the operation this request starts fails with `code`, `message`",
    "slow_operation": "the operation this request starts takes `seconds` more",
    "capacity": "the provider has no capacity for this request",
}


@dataclass
class Fault:
    """One rule. It applies to the `nth` matching request (1 = the first) and the `times - 1` after it."""

    id: int
    kind: str
    method: str | None
    path: re.Pattern[str]
    nth: int = 1
    times: int | None = 1
    options: dict[str, Any] = field(default_factory=dict)
    seen: int = 0
    applied: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Whether it applies to this request; counts the request."""
        if (self.method and self.method != method) or not self.path.search(path):
            return False
        self.seen += 1
        if self.seen < self.nth or (self.times is not None and self.applied >= self.times):
            return False
        self.applied += 1
        return True

    def describe(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind,
            "method": self.method,
            "path": self.path.pattern,
            "nth": self.nth,
            "times": self.times,
            "seen": self.seen,
            "applied": self.applied,
            **self.options,
        }


class FaultError(ValueError):
    """A rule that cannot be understood."""


class Faults:
    """The active rules. They live in memory: a restarted simulator is a healthy one."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._next = 1

    def add(self, body: dict[str, Any]) -> Fault:
        """Add a rule from a hook's body; FaultError says what is wrong with it."""
        rest = dict(body)
        kind = rest.pop("kind", None)
        if kind not in KINDS:
            raise FaultError(f"kind must be one of {', '.join(sorted(KINDS))}, not {kind!r}")
        method = rest.pop("method", None)
        try:
            path = re.compile(rest.pop("path", "."), re.IGNORECASE)
        except re.error as error:
            raise FaultError(f"path is not a regular expression: {error}") from error
        nth, times = rest.pop("nth", 1), rest.pop("times", 1)
        if not isinstance(nth, int) or nth < 1 or not (times is None or (isinstance(times, int) and times > 0)):
            raise FaultError("nth must be an integer from 1, times an integer from 1 or null for ever")
        unknown = set(rest) - {"status", "code", "message", "seconds"}
        if unknown:
            raise FaultError(f"unknown field {sorted(unknown)[0]!r}")
        fault = Fault(self._next, kind, method.upper() if method else None, path, nth, times, rest)
        self._next += 1
        self._rules.append(fault)
        return fault

    def matching(self, method: str, path: str) -> list[Fault]:
        """The rules that apply to this request, each counted once."""
        return [rule for rule in self._rules if rule.matches(method, path)] if self._rules else []

    def list(self) -> list[dict[str, Any]]:
        return [rule.describe() for rule in self._rules]

    def clear(self) -> None:
        self._rules.clear()
