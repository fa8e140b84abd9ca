"""Long-running operations: success, failure, injected failure, cancel, a restart in between."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from azure_simulator.core.clock import Clock
from azure_simulator.core.durations import Durations
from azure_simulator.core.errors import ArmError
from azure_simulator.core.faults import Faults
from azure_simulator.core.operations import Operation, Operations
from azure_simulator.core.routing import ArmRequest
from azure_simulator.core.store import Store

DURATION = "registry.create"


class Bench:
    """Operations over a store, and what their work was asked to do."""

    def __init__(self, store: Store, scale: float = 0) -> None:
        self.clock = Clock(store)
        self.operations = Operations(store, self.clock, Durations(scale))
        self.done: list[str] = []
        self.failures: list[str] = []
        self.operations.define("work", self._work, self._failed)

    async def _work(self, operation: Operation) -> None:
        if "refuse" in operation.data:
            raise ArmError(409, "Refused", "no")
        if "break" in operation.data:
            raise KeyError("a mistake of ours")
        self.done.append(operation.resource_id)

    async def _failed(self, operation: Operation, error: ArmError) -> None:
        self.failures.append(error.code)
        if "break-again" in operation.data:
            raise OSError("a second mistake")

    async def end(self, operation: Operation) -> Operation:
        await self.operations.finished(operation.id)
        ended = self.operations.get(operation.id)
        assert ended is not None
        return ended


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.sqlite")


def test_success(store: Store) -> None:
    async def run() -> None:
        bench = Bench(store)
        started = bench.operations.start(None, "work", "/r", duration=DURATION, status="Creating")
        assert started.status == "Creating"
        assert bench.operations.active("/R") is not None
        ended = await bench.end(started)
        assert (ended.status, ended.error, bench.done) == ("Succeeded", None, ["/r"])
        assert bench.operations.active("/r") is None

    asyncio.run(run())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"refuse": 1}, "Refused"),
        ({"break": 1}, "InternalServerError"),
        ({"break": 1, "break-again": 1}, "InternalServerError"),
        ({"refuse": 1, "break-again": 1}, "Refused"),
    ],
)
def test_failure(store: Store, data: dict[str, int], code: str) -> None:
    async def run() -> None:
        bench = Bench(store)
        ended = await bench.end(bench.operations.start(None, "work", "/r", duration=DURATION, data=data))
        assert (ended.status, bench.failures) == ("Failed", [code])
        assert ended.error is not None
        assert ended.error["code"] == code

    asyncio.run(run())


def test_injected_failure(store: Store) -> None:
    async def run() -> None:
        bench = Bench(store)
        faults = Faults()
        faults.add({"kind": "operation_failure", "code": "Asked", "message": "for"})
        request = ArmRequest("PUT", "/r", {}, {}, {}, b"", "", faults=faults.matching("PUT", "/r"))
        ended = await bench.end(bench.operations.start(request, "work", "/r", duration=DURATION))
        assert ended.error == {"code": "Asked", "message": "for"}
        assert bench.done == []

    asyncio.run(run())


def test_resumed_after_a_restart(store: Store) -> None:
    async def run() -> None:
        first = Bench(store, scale=1000)
        started = first.operations.start(None, "work", "/r", duration=DURATION)
        await first.operations.stop()
        second = Bench(store, scale=1000)
        second.operations.resume()
        await asyncio.sleep(0)
        second.clock.advance(1000 * 60)
        assert (await second.end(started)).status == "Succeeded"
        assert (first.done, second.done) == ([], ["/r"])

    asyncio.run(run())


@pytest.mark.parametrize("data", [{"break": 1}, {"break": 1, "break-again": 1}])
def test_broken_after_a_restart(store: Store, data: dict[str, int]) -> None:
    async def run() -> None:
        first = Bench(store, scale=1000)
        started = first.operations.start(None, "work", "/r", duration=DURATION, status="Creating", data=data)
        await first.operations.stop()
        second = Bench(store)
        second.operations.resume()
        second.clock.advance(1000 * 60)
        assert (await second.end(started)).status == "Failed"

    asyncio.run(run())


def test_a_kind_this_version_does_not_have_ends_too(store: Store) -> None:
    async def run() -> None:
        first = Bench(store, scale=1000)
        first.operations.define("gone", first._work)
        started = first.operations.start(None, "gone", "/r", duration=DURATION, status="Creating")
        await first.operations.stop()
        second = Bench(store)
        second.operations.resume()
        second.clock.advance(1000 * 60)
        ended = await second.end(started)
        assert ended.status == "Failed" and ended.error is not None
        assert ended.error["code"] == "InternalServerError"

    asyncio.run(run())


def test_cancelled_with_its_resource(store: Store) -> None:
    async def run() -> None:
        bench = Bench(store, scale=1000)
        started = bench.operations.start(None, "work", "/r", duration=DURATION)
        bench.operations.cancel("/R")
        assert (await bench.end(started)).status == "Canceled"
        assert bench.done == []

    asyncio.run(run())


def test_unknown_kind_is_a_mistake(store: Store) -> None:
    with pytest.raises(KeyError, match="nothing"):
        Bench(store).operations.start(None, "nothing", "/r", duration=DURATION)
