"""One health check of one endpoint, over HTTP, HTTPS or TCP."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_USER_AGENT = "Azure Traffic Manager Endpoint Monitor"
# Longest wait, in real seconds, for the end of an answer whose status is known.
_REST_SECONDS = 1
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Probe:
    """What is checked, and what counts as healthy. `timeout` in real seconds."""

    target: str
    protocol: str
    port: int
    path: str
    headers: tuple[tuple[str, str], ...]
    expected: tuple[tuple[int, int], ...]
    timeout: int

    @classmethod
    def of(cls, monitor: Mapping[str, Any], endpoint: Mapping[str, Any]) -> Probe:
        """From a `monitorConfig` and the properties of an endpoint, whose headers win over the profile's."""
        headers = {"host": ("Host", f"{endpoint['target']}")}
        for header in [*(monitor.get("customHeaders") or []), *(endpoint.get("customHeaders") or [])]:
            headers[header["name"].lower()] = (header["name"], header["value"])
        ranges = monitor.get("expectedStatusCodeRanges") or [{"min": 200, "max": 200}]
        return cls(
            target=endpoint["target"],
            protocol=monitor["protocol"],
            port=monitor["port"],
            path=monitor.get("path") or "/",
            headers=tuple(headers.values()),
            expected=tuple((item["min"], item["max"]) for item in ranges),
            timeout=monitor["timeoutInSeconds"],
        )

    async def problem(self) -> str | None:
        """None for healthy, else what was found instead."""
        if not is_reachable(self.target):
            return f"{self.target} is not a loopback address; the simulator connects to no other"
        try:
            async with asyncio.timeout(self.timeout):
                return await self._check()
        except TimeoutError:
            return f"no answer within {self.timeout} s"
        except ssl.SSLError as error:
            return f"{self.target}:{self.port}: {error.reason or error}"
        except OSError as error:
            # asyncio's own texts for errors are not the system's.
            return f"{self.target}:{self.port}: {os.strerror(error.errno) if error.errno else error}"

    async def _check(self) -> str | None:
        reader, writer = await asyncio.open_connection(self.target, self.port, ssl=self._tls())
        try:
            if self.protocol == "TCP":
                return None
            lines = [f"GET {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers)]
            writer.write("\r\n".join([*lines, f"User-Agent: {_USER_AGENT}", "Connection: close", "", ""]).encode())
            await writer.drain()
            problem = self._judge(await reader.readline())
            await _read_rest(reader)
            return problem
        except ValueError:
            return "the answer's first line is too long"
        finally:
            writer.transport.abort()

    def _tls(self) -> ssl.SSLContext | None:
        """Azure only looks whether there is a certificate, not whether it is valid."""
        if self.protocol != "HTTPS":
            return None
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    def _judge(self, status_line: bytes) -> str | None:
        parts = status_line.split()
        if len(parts) < 2 or not parts[0].startswith(b"HTTP/") or not parts[1].isdigit():
            return f"malformed HTTP response {status_line[:80]!r}"
        status = int(parts[1])
        if any(low <= status <= high for low, high in self.expected):
            return None
        return f"status {status}"


async def _read_rest(reader: asyncio.StreamReader) -> None:
    """Let the endpoint finish its answer: hanging up while it writes would fill its log with errors."""
    with contextlib.suppress(TimeoutError, OSError):
        async with asyncio.timeout(_REST_SECONDS):
            while await reader.read(_CHUNK):
                pass


def is_reachable(target: str) -> bool:
    """Whether the simulator connects to a target: only on this machine."""
    try:
        return ipaddress.ip_address(target).is_loopback
    except ValueError:
        return target.lower() == "localhost"
