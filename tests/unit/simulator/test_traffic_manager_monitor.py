"""Probes: what counts as healthy, how many failures are tolerated, and which checks go on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from azure_simulator.services.traffic_manager.monitor import Monitor
from azure_simulator.services.traffic_manager.probes import Probe, is_reachable
from azure_simulator.services.traffic_manager.relay import Relay


class Backend:
    """Answers every connection with the next of `answers`, the last one for ever; `None` answers nothing."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []

    async def __aenter__(self) -> Backend:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.requests.append(await reader.readuntil(b"\r\n\r\n"))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is not None:
            writer.write(answer)
        writer.close()


OK, BROKEN = b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 503 Service Unavailable\r\n\r\n"


def profile(port: int, *targets: str, tolerated: int = 2) -> dict[str, Any]:
    return {
        "id": "p",
        "properties": {
            "profileStatus": "Enabled",
            "monitorConfig": {
                "protocol": "HTTP",
                "port": port,
                "path": "/ready",
                "intervalInSeconds": 10,
                "timeoutInSeconds": 5,
                "toleratedNumberOfFailures": tolerated,
            },
            "endpoints": [
                {"id": f"p/{target}", "properties": {"target": target, "endpointStatus": "Enabled"}}
                for target in targets
            ],
        },
    }


def probe(port: int, **monitor: Any) -> Probe:
    config = profile(port)["properties"]["monitorConfig"] | monitor
    return Probe.of(config, {"target": "127.0.0.1"})


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (OK, None),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "status 204"),
        (b"HTTP/1.1 301 Moved\r\n\r\n", "status 301"),
        (b"SSH-2.0-OpenSSH\r\n", "malformed"),
        (b"x" * 100_000, "too long"),
        (b"", "malformed"),
    ],
)
def test_only_200_is_healthy_unless_told_otherwise(answer: bytes, problem: str | None) -> None:
    async def run() -> str | None:
        async with Backend(answer) as backend:
            return await probe(backend.port).problem()

    found = asyncio.run(run())
    assert (found is None) if problem is None else (found is not None and problem in found)


def test_a_refused_connection_is_a_problem() -> None:
    async def run() -> str | None:
        async with Backend(OK) as backend:
            port = backend.port
        return await probe(port, protocol="TCP").problem()

    assert "refused" in str(asyncio.run(run())).lower()


@pytest.mark.parametrize(
    ("target", "reachable"),
    [("127.77.1.2", True), ("::1", True), ("LocalHost", True), ("192.0.2.1", False), ("codex.example", False)],
)
def test_reachable(target: str, reachable: bool) -> None:
    assert is_reachable(target) is reachable


def test_an_endpoint_is_degraded_by_one_failure_more_than_is_tolerated_and_online_by_one_success() -> None:
    found: list[tuple[int, str]] = []

    async def run() -> None:
        recovered = asyncio.Event()
        waits: list[float] = []

        async def wait(seconds: float) -> None:
            waits.append(seconds)

        async with Backend(OK, BROKEN, BROKEN, OK, BROKEN, None, BROKEN, OK) as backend:

            def note(_: str, __: str, status: str) -> None:
                found.append((len(backend.requests), status))
                if len(backend.requests) == 8:
                    recovered.set()

            monitor = Monitor(0.001, wait, note)
            monitor.follow(profile(backend.port, "127.0.0.1"))
            await asyncio.wait_for(recovered.wait(), 10)
            await monitor.close()
        assert waits[:3] == [1.0, 0.1, 0.1]

    asyncio.run(run())
    assert found[:4] == [(1, "Online"), (4, "Online"), (7, "Degraded"), (8, "Online")]


def test_checks_go_on_unless_what_they_check_changes() -> None:
    async def run() -> None:
        seen: asyncio.Queue[str] = asyncio.Queue()

        async def never(_: float) -> None:
            await asyncio.Event().wait()

        async with Backend(OK) as backend:
            monitor = Monitor(1, never, lambda _, endpoint, __: seen.put_nowait(endpoint))
            followed = profile(backend.port, "127.0.0.1", "localhost")
            monitor.follow(followed)
            assert {await seen.get(), await seen.get()} == {"p/127.0.0.1", "p/localhost"}
            followed["properties"]["endpoints"][1]["properties"]["customHeaders"] = [{"name": "A", "value": "b"}]
            monitor.follow(followed)
            assert await asyncio.wait_for(seen.get(), 10) == "p/localhost"
            assert b"A: b" in backend.requests[-1]
            followed["properties"]["profileStatus"] = "Disabled"
            monitor.follow(followed)
            assert len(backend.requests) == 3
            assert seen.empty()
            await monitor.close()

    asyncio.run(run())


def test_a_relay_cuts_a_client_whose_endpoint_is_gone() -> None:
    async def run() -> bytes:
        async with Backend(OK) as backend:
            relay = Relay("127.77.254.254", backend.port, lambda: "127.0.0.99")
            await relay.open()
            try:
                reader, writer = await asyncio.open_connection(relay.address, relay.port)
                try:
                    return await asyncio.wait_for(reader.read(), 10)
                finally:
                    writer.close()
            finally:
                relay.abort()

    with pytest.raises(ConnectionError):
        asyncio.run(run())


def test_a_relay_passes_on_much_without_losing_any() -> None:
    size = 8 << 20

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received = 0
        while data := await reader.read(1 << 16):
            received += len(data)
        writer.write(b"x" * received)
        writer.write_eof()
        await writer.drain()
        writer.close()

    async def run() -> int:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        relay = Relay("127.77.254.254", server.sockets[0].getsockname()[1], lambda: "127.0.0.1")
        await relay.open()
        try:
            reader, writer = await asyncio.open_connection(relay.address, relay.port)
            writer.write(b"y" * size)
            writer.write_eof()
            received = len(await asyncio.wait_for(reader.read(), 30))
            writer.close()
            return received
        finally:
            relay.abort()
            server.close()

    assert asyncio.run(run()) == size
