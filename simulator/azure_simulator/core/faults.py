"""Faults asked for through `POST /_simulator/faults`: which request goes wrong, and how.

`throttle`, `error` and `reset` strike before the request is handled; with `done` they strike after it, so that what the
client asked for has happened and only the answer is another one, or none. `truncate` always does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

# kind → what it does. Request faults are applied around the handler; the rest are looked up by whoever knows them.
KINDS = {
    "throttle": "429 TooManyRequests with Retry-After `seconds`",
    "error": "answer `status`, `code`, `message`",
    "reset": "close the connection without an answer",
    "truncate": "close the connection in the middle of the answer's body",
    "slow": "wait `seconds` before the request is handled",
    "operation_failure": "the operation this request starts fails with `code`, `message`",
    "slow_operation": "the operation this request starts takes `seconds` more",
    "capacity": "the provider has no capacity for this request",
}


@dataclass
class Fault:
    """One rule. It applies to the `nth` matching request (1 = the first) and the `times - 1` after it.

    :ivar methods: the methods it is about; empty for all.
    :ivar after: what a request (`METHOD path`) must look like that has to come first, or None.
    """

    id: int
    kind: str
    methods: frozenset[str]
    path: re.Pattern[str]
    after: re.Pattern[str] | None = None
    nth: int = 1
    times: int | None = 1
    options: dict[str, Any] = field(default_factory=dict)
    seen: int = 0
    applied: int = 0
    armed: bool = True

    @property
    def done(self) -> bool:
        """Whether it strikes when the request has been handled."""
        return self.kind == "truncate" or bool(self.options.get("done"))

    def matches(self, method: str, path: str) -> bool:
        """Whether it applies to this request; counts the request."""
        if not self.armed:
            self.armed = self.after is not None and bool(self.after.search(f"{method} {path}"))
            return False
        if (self.methods and method not in self.methods) or not self.path.search(path):
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
            "method": sorted(self.methods),
            "path": self.path.pattern,
            "after": self.after.pattern if self.after else None,
            "nth": self.nth,
            "times": self.times,
            "seen": self.seen,
            "applied": self.applied,
            **self.options,
        }


class FaultError(ValueError):
    """A rule that cannot be understood."""


def _pattern(name: str, value: Any) -> re.Pattern[str]:
    try:
        return re.compile(value, re.IGNORECASE)
    except (re.error, TypeError) as error:
        raise FaultError(f"{name} is not a regular expression: {error}") from error


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
        methods = rest.pop("method", None) or []
        methods = [methods] if isinstance(methods, str) else methods
        if not isinstance(methods, list) or not all(isinstance(one, str) for one in methods):
            raise FaultError("method must be a method, or a list of methods")
        path, after = _pattern("path", rest.pop("path", ".")), rest.pop("after", None)
        nth, times = rest.pop("nth", 1), rest.pop("times", 1)
        if not isinstance(nth, int) or nth < 1 or not (times is None or (isinstance(times, int) and times > 0)):
            raise FaultError("nth must be an integer from 1, times an integer from 1 or null for ever")
        unknown = set(rest) - {"status", "code", "message", "seconds", "done"}
        if unknown:
            raise FaultError(f"unknown field {sorted(unknown)[0]!r}")
        fault = Fault(
            id=self._next,
            kind=kind,
            methods=frozenset(one.upper() for one in methods),
            path=path,
            after=_pattern("after", after) if after is not None else None,
            nth=nth,
            times=times,
            options=rest,
            armed=after is None,
        )
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
