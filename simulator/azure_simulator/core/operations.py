"""Long-running operations: persistent, resumed after a restart.

A service defines the *work* of a kind of operation once (`define`), a handler starts operations of that kind
(`start`). The work begins after the named duration; it may itself take time. It must be safe to run again: a
simulator that was killed in between runs it once more when it is started again.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from azure_simulator.core.clock import Clock, isoformat
from azure_simulator.core.durations import Durations
from azure_simulator.core.errors import ArmError
from azure_simulator.core.routing import ArmRequest
from azure_simulator.core.store import Store

_KIND = "operations"
_KEEP = timedelta(days=1)
_log = logging.getLogger(__name__)

SUCCEEDED, FAILED, CANCELED = "Succeeded", "Failed", "Canceled"
TERMINAL = frozenset({SUCCEEDED, FAILED, CANCELED})


@dataclass
class Operation:
    """One operation. `status` is the provider's word while running, then Succeeded, Failed or Canceled."""

    id: str
    kind: str
    resource_id: str
    status: str
    duration: str
    started: str
    due: float
    data: dict[str, Any] = field(default_factory=dict)
    ended: str | None = None
    error: dict[str, Any] | None = None
    injected: dict[str, Any] | None = None

    @property
    def done(self) -> bool:
        return self.status in TERMINAL


Work = Callable[[Operation], Awaitable[None]]
Failure = Callable[[Operation, ArmError], Awaitable[None]]


class Operations:
    """Starts, finishes and remembers operations."""

    def __init__(self, store: Store, clock: Clock, durations: Durations) -> None:
        self._store = store
        self._clock = clock
        self._durations = durations
        self._work: dict[str, tuple[Work, Failure | None]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def define(self, kind: str, work: Work, failed: Failure | None = None) -> None:
        """Say what a kind of operation does. `work` raising ArmError fails it; then `failed` may mark the resource."""
        self._work[kind] = (work, failed)

    def start(
        self,
        request: ArmRequest | None,
        kind: str,
        resource_id: str,
        *,
        duration: str,
        status: str = "InProgress",
        data: dict[str, Any] | None = None,
        id: str | None = None,
    ) -> Operation:
        """Begin an operation.

        An `operation_failure` fault on the request makes it fail when its time is over, a `slow_operation` fault gives
        it more time.
        """
        if kind not in self._work:
            raise KeyError(f"no work is defined for operation kind {kind!r}")
        fault = request.fault("operation_failure") if request is not None else None
        slow = request.fault("slow_operation") if request is not None else None
        longer = float(slow.options["seconds"]) if slow is not None else 0.0
        operation = Operation(
            id=id or str(uuid.uuid4()),
            kind=kind,
            resource_id=resource_id,
            status=status,
            duration=duration,
            started=isoformat(self._clock.now()),
            due=self._clock.timestamp() + self._durations.seconds(duration) + longer,
            data=data or {},
            injected=dict(fault.options) if fault is not None else None,
        )
        self.save(operation)
        self._schedule(operation)
        return operation

    def get(self, id: str) -> Operation | None:
        document = self._store.get(_KIND, id)
        return Operation(**document.body) if document else None

    def active(self, resource_id: str) -> Operation | None:
        """The running operation on a resource, if any."""
        for task_id in self._tasks:
            operation = self.get(task_id)
            if operation is not None and operation.resource_id.lower() == resource_id.lower() and not operation.done:
                return operation
        return None

    def save(self, operation: Operation) -> None:
        """Store a changed operation (a new running status, more data)."""
        self._store.put(_KIND, operation.id, asdict(operation))

    def retry_headers(self, operation: Operation) -> dict[str, str]:
        """`Retry-After` as this operation's row of the durations table says."""
        return self._durations.retry_headers(operation.duration)

    async def finished(self, id: str) -> None:
        """Return once the operation is over."""
        task = self._tasks.get(id)
        if task is not None:
            await asyncio.wait([task])

    def cancel(self, resource_id: str) -> None:
        """Stop the running operations of a resource that is going away."""
        for task_id, task in list(self._tasks.items()):
            operation = self.get(task_id)
            if operation is not None and operation.resource_id.lower() == resource_id.lower():
                task.cancel()
                self._finish(operation, CANCELED)

    def resume(self) -> None:
        """After a start: go on with what was running, forget what ended long ago."""
        limit = isoformat(self._clock.now() - _KEEP)
        for document in self._store.list(_KIND):
            operation = Operation(**document.body)
            if not operation.done:
                self._schedule(operation)
            elif operation.ended is not None and operation.ended < limit:
                self._store.delete(_KIND, operation.id)

    async def stop(self) -> None:
        """Stop working; what is running stays stored and is resumed by the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()

    def _schedule(self, operation: Operation) -> None:
        task = asyncio.create_task(self._run(operation), name=f"operation {operation.kind} {operation.id}")
        self._tasks[operation.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(operation.id, None))

    async def _run(self, operation: Operation) -> None:
        # One of another version of the simulator may be of a kind this one does not have: it ends too.
        work, failed = self._work.get(operation.kind, (_unknown, None))
        await self._clock.wait_until(datetime.fromtimestamp(operation.due, UTC))
        try:
            if operation.injected is not None:
                raise ArmError(
                    500,
                    operation.injected.get("code", "InternalServerError"),
                    operation.injected.get("message", "An unexpected error occurred while processing the request."),
                )
            await work(operation)
        except ArmError as error:
            await self._fail(operation, error, failed)
        except Exception:
            _log.exception("operation %s %s broke", operation.kind, operation.id)
            message = "An unexpected error occurred while processing the request."
            await self._fail(operation, ArmError(500, "InternalServerError", message), failed)
        else:
            self._finish(operation, SUCCEEDED)

    async def _fail(self, operation: Operation, error: ArmError, failed: Failure | None) -> None:
        operation.error = error.error()
        try:
            if failed is not None:
                await failed(operation, error)
        except Exception:
            # Whatever it leaves behind, the operation itself is over: nobody waits for it for ever.
            _log.exception("operation %s %s: its failure could not be noted", operation.kind, operation.id)
        self._finish(operation, FAILED)

    def _finish(self, operation: Operation, status: str) -> None:
        operation.status = status
        operation.ended = isoformat(self._clock.now())
        self.save(operation)


async def _unknown(operation: Operation) -> None:
    raise KeyError(f"no work is defined for operation kind {operation.kind!r}")
