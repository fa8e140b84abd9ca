# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lock says, how it is found in a storage, and when it is stale. Private to this collection."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _operator

_VERSION = 1
_LONGEST_TEXT = 200


@dataclasses.dataclass(frozen=True)
class Lock:
    """Who has locked a stack, and why. Who holds it knows the C(lock_id), of which this keeps the digest only."""

    stack: str
    owner: str
    host: str
    machine: str
    pid: int | None
    process_started: str
    reason: str
    since: str
    lock_id_digest: str

    @classmethod
    def new(cls, stack: str, owner: str, reason: str, lock_id: str) -> Lock:
        """Return a lock for the run that this process belongs to."""
        process = _operator.run_process()
        return cls(
            stack=stack,
            owner=_one_line(owner),
            host=_operator.host(),
            machine=_operator.machine(),
            pid=process.pid if process else None,
            process_started=process.started if process else "",
            reason=_one_line(reason),
            since=_now(),
            lock_id_digest=_digest(lock_id),
        )

    def from_now(self) -> Lock:
        """Return the same lock, taken now."""
        return dataclasses.replace(self, since=_now())

    def to_bytes(self) -> bytes:
        """Return what is stored."""
        return json.dumps({"version": _VERSION, **dataclasses.asdict(self)}, indent=2).encode() + b"\n"

    @classmethod
    def from_bytes(cls, content: bytes) -> Lock | None:
        """Return the lock, or None for what is none."""
        try:
            fields = json.loads(content)
            if fields.pop("version") != _VERSION:
                return None
            texts = {
                field.name: _one_line(str(fields[field.name]))
                for field in dataclasses.fields(cls)
                if field.name != "pid"
            }
            pid = None if fields["pid"] is None else int(fields["pid"])
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        return cls(pid=pid, **texts)

    def run_has_ended(self) -> bool:
        """Return whether the run that holds it was on this machine and has certainly ended."""
        if self.pid is None or self.machine != _operator.machine():
            return False
        return _operator.has_ended(_operator.Process(self.pid, self.process_started))


@dataclasses.dataclass(frozen=True)
class Found:
    """A stored lock.

    :param content: as stored; what is changed or removed must still be this.
    :param age: in seconds, by the clock of the storage.
    :param version: the storage's own name for this state of the lock.
    :param leased: whether the storage protects it with a lease.
    """

    content: bytes
    age: float
    version: str = ""
    leased: bool = False

    @property
    def lock(self) -> Lock | None:
        """The lock, or None where the content is none."""
        return Lock.from_bytes(self.content)

    def held_with(self, lock_id: str) -> bool:
        """Return whether this is the lock that was given out with that id."""
        return self.lock is not None and self.lock.lock_id_digest == _digest(lock_id)

    def stale(self, max_age: int) -> str:
        """Return why nobody needs this lock any more, or an empty string.

        :param max_age: in seconds; 0 for no limit.
        """
        if self.lock and self.lock.run_has_ended():
            return f"its process {self.lock.pid} has ended"
        if max_age and self.age > max_age:
            return f"it is older than {duration(max_age)}"
        return ""

    def describe(self, stack: str) -> str:
        """Return who has locked the stack, for how long and why."""
        if self.lock is None:
            return f"stack {stack} has a lock that cannot be read, for {duration(self.age)}"
        reason = f": {self.lock.reason}" if self.lock.reason else ""
        return f"stack {stack} is locked by {self.lock.owner} at {self.lock.host} for {duration(self.age)}{reason}"

    def represent(self, max_age: int) -> dict[str, t.Any]:
        """Return the result's form."""
        stale = self.stale(max_age)
        shown: dict[str, t.Any] = {"readable": False}
        if self.lock:
            shown = {name: getattr(self.lock, name) for name in ("stack", "owner", "host", "pid", "reason", "since")}
            shown["readable"] = True
        return {**shown, "age_seconds": int(self.age), "stale": bool(stale), "stale_because": stale}


class Store(t.Protocol):
    """Where the lock of one stack is kept."""

    where: str
    """The file or the URL."""
    pause: float
    """How long to wait before looking again, in seconds."""

    def read(self) -> Found | None:
        """Return the lock there is, or None."""

    def create(self, lock: Lock, lock_id: str) -> bool:
        """Store a lock; return False when there is one already."""

    def replace(self, found: Found, lock: Lock, lock_id: str) -> bool:
        """Store a lock in place of the one found; return False when that is no longer there."""

    def remove(self, found: Found, lock_id: str | None) -> bool:
        """Remove the lock found, by force if C(lock_id) is None; return False when it is no longer there."""


def duration(seconds: float) -> str:
    """Return a time span as people write it, such as C(3m10s)."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes:02d}m"
    return f"{minutes}m{rest:02d}s" if minutes else f"{rest}s"


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


def _digest(lock_id: str) -> str:
    return hashlib.sha256(lock_id.lower().encode()).hexdigest()


def _one_line(text: str) -> str:
    """Return printable text of limited length: others' words are shown on our terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:_LONGEST_TEXT].strip()
