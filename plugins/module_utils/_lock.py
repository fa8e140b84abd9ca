# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time per stack: what a lock says, when it is stale, how it is taken and given back. Private.

Where locks are kept is behind C(Store): a directory of the control node, or blobs in a storage account. A lock exists
completely or not at all, and every change of a lock names the content it replaces: of several runs only one succeeds.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import re
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils import _operator
from ansible_collections.codexdominion.azure.plugins.module_utils._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._spec import Params

Result = dict[str, t.Any]

_VERSION = 1
_LONGEST_TEXT = 200
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_STACK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def problem_with_stack(value: str) -> str | None:
    """Return what is wrong with a stack's name (it becomes part of file and blob names), or None."""
    if _STACK.fullmatch(value):
        return None
    return (
        f"{value!r} is not valid: 1 to 63 letters, digits, periods, hyphens, underscores, the first a letter or digit"
    )


def problem_with_id(value: str) -> str | None:
    """Return what is wrong with a lock's id (it becomes the id of a lease), or None."""
    return None if _UUID.fullmatch(value) else f"{value!r} is not a UUID"


def problems(params: Params) -> t.Iterator[str]:
    """Yield what is wrong with the time spans."""
    for option in ("wait_timeout", "max_age"):
        if params[option] < 0:
            yield f"{option}: {params[option]} is negative"


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
            since=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            lock_id_digest=_digest(lock_id),
        )

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


def acquire(ctx: Context, store: Store, stack: str, lock_id: str) -> Result:
    """Lock a stack, waiting for somebody else's lock up to C(wait_timeout).

    :raises OperationsError: C(StackLocked) when somebody else still holds the lock then.
    """
    params = ctx.params
    mine = Lock.new(stack, params["owner"] or _operator.user(), params["reason"], lock_id)
    deadline = time.monotonic() + params["wait_timeout"]
    while True:
        found = store.read()
        if found is None:
            if ctx.check_mode or store.create(mine, lock_id):
                return _acquired(ctx, store, mine, lock_id, f"stack {stack} {_done(ctx, 'locked')}")
        elif why := found.stale(params["max_age"]):
            if ctx.check_mode or store.replace(found, mine, lock_id):
                message = f"{found.describe(stack)}; {why}, so it {_done(ctx, 'taken over')}"
                if not found.held_with(lock_id):
                    ctx.warn(message)
                former = found.represent(params["max_age"])
                return {**_acquired(ctx, store, mine, lock_id, message), "former": former}
        elif found.held_with(lock_id):
            message = f"stack {stack} is locked under this lock_id already"
            return {**_result(store, message), "lock": found.represent(params["max_age"]), "lock_id": lock_id}
        elif ctx.check_mode:
            return _would_wait(ctx, store, found, stack)
        else:
            _wait(ctx, store, found, stack, deadline)


def release(ctx: Context, store: Store, stack: str, lock_id: str) -> Result:
    """Unlock a stack that was locked with C(lock_id).

    :raises OperationsError: C(LockNotOurs) when it is locked, but not with that id.
    """
    while (found := store.read()) is not None:
        if not found.held_with(lock_id):
            if ctx.check_mode:  # a run would have locked it before
                return {**_result(store, found.describe(stack)), "lock": found.represent(ctx.params["max_age"])}
            raise OperationsError(
                f"{_capital(found.describe(stack))}; that is not the lock to release",
                code="LockNotOurs",
                remedy="Leave it to its owner: the own one was broken or taken over, or lock_id is another lock's.",
                details={"lock": found.represent(ctx.params["max_age"]), "where": store.where},
            )
        if ctx.check_mode or store.remove(found, lock_id):
            former = found.represent(ctx.params["max_age"])
            return {**_result(store, f"stack {stack} {_done(ctx, 'unlocked')}", changed=True), "former": former}
    return _result(store, f"stack {stack} is not locked")


def break_(ctx: Context, store: Store, stack: str) -> Result:
    """Remove the lock of a stack, whoever holds it."""
    while (found := store.read()) is not None:
        if ctx.check_mode or store.remove(found, None):
            message = f"{found.describe(stack)}; the lock {_done(ctx, 'broken')}"
            former = found.represent(ctx.params["max_age"])
            return {**_result(store, message, changed=True), "former": former}
    return _result(store, f"stack {stack} is not locked")


def examine(ctx: Context, store: Store, stack: str) -> Result:
    """Say who has locked a stack."""
    found = store.read()
    if found is None:
        return _result(store, f"stack {stack} is not locked")
    stale = found.stale(ctx.params["max_age"])
    message = found.describe(stack) + (f"; stale: {stale}" if stale else "")
    return {**_result(store, message), "lock": found.represent(ctx.params["max_age"])}


def duration(seconds: float) -> str:
    """Return a time span as people write it, such as C(3m10s)."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes:02d}m"
    return f"{minutes}m{rest:02d}s" if minutes else f"{rest}s"


def _wait(ctx: Context, store: Store, found: Found, stack: str, deadline: float) -> None:
    """Pause before looking again.

    :raises OperationsError: when there is no time left.
    """
    left = deadline - time.monotonic()
    if left > 0:
        ctx.report(found.describe(stack))
        time.sleep(min(store.pause, left))
        return
    waited = ctx.params["wait_timeout"]
    raise OperationsError(
        _capital(found.describe(stack)) + (f" (waited {duration(waited)})" if waited else ""),
        code="StackLocked",
        remedy="Wait for that run to end (wait_timeout waits here), or, if nothing runs there any more, break its lock "
        "with break_lock.yml.",
        details={"lock": found.represent(ctx.params["max_age"]), "where": store.where},
    )


def _would_wait(ctx: Context, store: Store, found: Found, stack: str) -> Result:
    waits = ctx.params["wait_timeout"]
    message = f"{found.describe(stack)}; a run would {f'wait up to {duration(waits)}' if waits else 'fail'}"
    ctx.warn(message)
    return {**_result(store, message), "lock": found.represent(ctx.params["max_age"])}


def _acquired(ctx: Context, store: Store, mine: Lock, lock_id: str, message: str) -> Result:
    held = Found(mine.to_bytes(), 0).represent(ctx.params["max_age"])
    # In check mode an id is returned as well, so that what uses it can be checked too.
    return {**_result(store, message, changed=True), "lock": None if ctx.check_mode else held, "lock_id": lock_id}


def _result(store: Store, message: str, *, changed: bool = False) -> Result:
    return {"changed": changed, "message": message, "where": store.where, "lock": None, "lock_id": None, "former": None}


def _done(ctx: Context, done: str) -> str:
    return f"would be {done}" if ctx.check_mode else f"is {done}"


def _digest(lock_id: str) -> str:
    return hashlib.sha256(lock_id.lower().encode()).hexdigest()


def _one_line(text: str) -> str:
    """Return printable text of limited length: others' words are shown on our terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:_LONGEST_TEXT].strip()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
