"""Liveness and readiness probes: when they run, what counts as a failure."""

from __future__ import annotations

import asyncio
import http.client
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

# A probe never runs more often than this, in real seconds: a time scale of 0 must not turn it into a busy loop. A
# healthy container is asked less often, or its own log of requests would hold little but probes.
_SHORTEST_PERIOD, _SHORTEST_HEALTHY_PERIOD = 0.1, 1.0
# The time scale shortens waiting, not the program's own work: a probe fails a container that has never answered no
# earlier than this many real seconds (or what the probe itself grants, if that is less) after its start.
_STARTUP_SECONDS = 10.0


class ProbeError(ValueError):
    """A probe that is neither exec nor httpGet."""


@dataclass(frozen=True)
class Probe:
    """A `ContainerProbe` with Azure's defaults. Times in unscaled seconds.

    `successThreshold` is left out: for liveness it must be 1, and of readiness nothing shows in Azure but failures.
    """

    command: tuple[str, ...] = ()
    http_port: int = 0
    http_path: str = "/"
    http_scheme: str = "http"
    http_headers: tuple[tuple[str, str], ...] = ()
    initial_delay: int = 0
    period: int = 10
    failure_threshold: int = 3
    timeout: int = 1

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Probe:
        """From a validated request body. Raises ProbeError."""
        timing = cls(
            initial_delay=int(body.get("initialDelaySeconds") or 0),
            period=int(body.get("periodSeconds") or 10),
            failure_threshold=int(body.get("failureThreshold") or 3),
            timeout=int(body.get("timeoutSeconds") or 1),
        )
        if command := (body.get("exec") or {}).get("command"):
            return replace(timing, command=tuple(command))
        if get := body.get("httpGet"):
            return replace(
                timing,
                http_port=int(get["port"]),
                http_path=str(get.get("path") or "/"),
                http_scheme=str(get.get("scheme") or "http").lower(),
                http_headers=tuple((item["name"], item["value"]) for item in get.get("httpHeaders") or []),
            )
        raise ProbeError("a probe needs exec or httpGet")


# Answers None for success, or what went wrong.
Check = Callable[[], Awaitable[str | None]]


@dataclass
class ProbeLoop:
    """Runs one probe for as long as the container's process runs; cancel the task to end it.

    `failed` is called on every failure with what went wrong, `exhausted` once failures in a row reach the threshold.
    """

    probe: Probe
    check: Check
    scale: float
    wait: Callable[[float], Awaitable[None]]
    failed: Callable[[str], None]
    exhausted: Callable[[], None]
    _succeeded_once: bool = field(default=False, init=False)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        grace = loop.time() + min(
            _STARTUP_SECONDS, self.probe.initial_delay + self.probe.period * self.probe.failure_threshold
        )
        failures = 0
        await self.wait(self.probe.initial_delay * self.scale)
        while True:
            if (problem := await self._attempt()) is None:
                failures = 0
                self._succeeded_once = True
            elif self._succeeded_once or loop.time() >= grace:
                failures += 1
                self.failed(problem)
                if failures >= self.probe.failure_threshold:
                    failures = 0
                    self.exhausted()
            shortest = _SHORTEST_PERIOD if problem else _SHORTEST_HEALTHY_PERIOD
            await self.wait(max(shortest, self.probe.period * self.scale))

    async def _attempt(self) -> str | None:
        # Not scaled: it bounds the program's own work.
        try:
            # Not wait_for: before Python 3.12 that loses a cancellation which comes with the answer, and the loop that
            # should have ended goes on for ever.
            async with asyncio.timeout(self.probe.timeout):
                return await self.check()
        except TimeoutError:
            return f"no answer within {self.probe.timeout} s"
        except (OSError, ValueError) as error:
            # A command no process can be started with: that is a failed probe, not the end of probing.
            return str(error)


async def http_get(probe: Probe, address: str) -> str | None:
    """One httpGet; statuses from 200 to 399 are a success, as Kubernetes has it. Certificates are not checked."""
    reader: asyncio.StreamReader
    context = None
    if probe.http_scheme == "https":
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        reader, writer = await asyncio.open_connection(address, probe.http_port, ssl=context)
    except OSError as error:
        return f"dial tcp {address}:{probe.http_port}: {error.strerror or error}"
    try:
        names = {name.lower() for name, _ in probe.http_headers}
        headers = [*probe.http_headers]
        if "host" not in names:
            headers.insert(0, ("Host", f"{address}:{probe.http_port}"))
        lines = [f"GET {probe.http_path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
        writer.write("\r\n".join([*lines, "User-Agent: kube-probe/1.27", "Connection: close", "", ""]).encode())
        await writer.drain()
        status_line = (await reader.readline()).decode("latin-1")
    except OSError as error:
        return f"{address}:{probe.http_port}: {error.strerror or error}"
    finally:
        writer.close()
    try:
        status = int(status_line.split()[1])
    except (IndexError, ValueError):
        return f"malformed HTTP response {status_line!r}"
    if 200 <= status < 400:
        return None
    return f"HTTP probe failed with statuscode: {status} {http.client.responses.get(status, '')}".rstrip()
