"""What the tests of Traffic Manager share: backends on addresses of their own, a client, constant load."""

from __future__ import annotations

import http.client
import http.server
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from azure.mgmt.trafficmanager import TrafficManagerManagementClient
from azure.mgmt.trafficmanager.models import Profile, ProfileProperties

from tests.simulator.clients import client
from tests.simulator_fixture import Simulator

GROUP = "traffic"
VERSION = "2026-09-01"
# Real seconds a condition may take on a busy machine.
PATIENCE = 180.0
# Between two looks at a condition.
_POLL = 0.01


class Backend:
    """A web server that says who it is, on a loopback address of its own; `status` is what it answers."""

    def __init__(self, name: str, address: str, port: int) -> None:
        self.name = name
        self.address = address
        self.status = 200
        self.headers: dict[str, str] = {}
        backend = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if "Traffic Manager" in self.headers.get("User-Agent", ""):
                    backend.headers = dict(self.headers)
                body = backend.name.encode()
                self.send_response(backend.status)
                self.send_header("Content-Length", str(len(body)))
                # A probe that is called off hangs up.
                with suppress(ConnectionError):
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, format: str, *arguments: Any) -> None:
                return

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 128

        self._server = Server((address, port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self) -> None:
        """Stop listening; connections are refused."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass
class Bench:
    """Two backends at one port, and the client of the service."""

    azure: Simulator
    client: TrafficManagerManagementClient
    port: int
    blue: Backend
    green: Backend

    def update(self, **changes: Any) -> Profile:
        """PATCH the profile."""
        body: Any = changes
        return self.client.profiles.update(GROUP, "codex", body)

    def body(self, *endpoints: dict[str, Any], method: str = "Priority", ttl: int = 30, **monitor: Any) -> Any:
        """A profile's body with these endpoints."""
        settings = {"protocol": "HTTP", "port": self.port, "path": "/ready", "intervalInSeconds": 10, **monitor}
        return {
            "location": "global",
            "properties": {
                "trafficRoutingMethod": method,
                "dnsConfig": {"relativeName": "codex", "ttl": ttl},
                "monitorConfig": settings,
                "endpoints": list(endpoints),
            },
        }

    def put(self, body: Any, name: str = "codex") -> Profile:
        return self.client.profiles.create_or_update(GROUP, name, body)

    def properties(self) -> ProfileProperties:
        found = self.client.profiles.get(GROUP, "codex").properties
        assert found is not None
        return found

    def statuses(self) -> dict[str | None, Any]:
        """Monitor status by endpoint name."""
        endpoints = self.properties().endpoints or []
        return {one.name: one.properties.endpoint_monitor_status for one in endpoints if one.properties}

    def address(self) -> str:
        dns = self.properties().dns_config
        assert dns is not None
        return str(dns.fqdn)

    def answers(self, address: str) -> str:
        """Who answers a new connection; OSError or HTTPException when nobody does."""
        connection = http.client.HTTPConnection(address, self.port, timeout=10)
        try:
            connection.request("GET", "/")
            return connection.getresponse().read().decode()
        finally:
            connection.close()


def external(backend: Backend, **properties: Any) -> dict[str, Any]:
    """An external endpoint in a profile's body."""
    return {
        "name": backend.name,
        "type": "Microsoft.Network/trafficManagerProfiles/externalEndpoints",
        "properties": {"target": backend.address, **properties},
    }


@dataclass
class Load:
    """Requests one after the other, each on a connection of its own, until stopped."""

    bench: Bench
    address: str
    answers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: float = 0.0

    @contextmanager
    def running(self, threads: int = 2) -> Iterator[Load]:
        stopping = threading.Event()
        pacing = 0.01
        workers = [threading.Thread(target=self._run, args=(stopping, pacing)) for _ in range(threads)]
        for worker in workers:
            worker.start()
        try:
            yield self
        finally:
            stopping.set()
            for worker in workers:
                worker.join()

    def _run(self, stopping: threading.Event, pacing: float) -> None:
        while not stopping.wait(pacing):
            began = time.monotonic()
            try:
                self.answers[self.bench.answers(self.address)] += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
            self.slowest = max(self.slowest, time.monotonic() - began)


@contextmanager
def bench(azure: Simulator) -> Iterator[Bench]:
    """A group in a subscription that may have profiles, and two backends."""
    azure.register("Microsoft.Network")
    azure.group(GROUP)
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    blue, green = Backend("blue", "127.0.0.71", port), Backend("green", "127.0.0.72", port)
    try:
        yield Bench(azure, client(azure, TrafficManagerManagementClient), port, blue, green)
    finally:
        blue.close()
        green.close()
