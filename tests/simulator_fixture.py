"""The `simulator` fixture: one local Azure for the whole session, fresh and fast."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.local_azure import LocalAzure
from tests.support.waiting import PATIENCE_SECONDS, until

TIME_SCALE = 0.001


class Simulator(LocalAzure):
    """A running simulator with what tests of clients need: its environment, a token, plain requests."""

    def start(self) -> None:
        """Start it, and forget connections to an earlier process."""
        super().start()
        self._session = requests.Session()
        self._session.trust_env = False

    @property
    def url(self) -> str:
        """Endpoint of ARM and login."""
        return self.connection["url"]

    @property
    def subscription(self) -> str:
        """The subscription's resource id."""
        return f"/subscriptions/{self.connection['subscription_id']}"

    @property
    def env(self) -> dict[str, str]:
        """The content of `azure.env`."""
        lines = (self.state_dir / "azure.env").read_text(encoding="utf-8").splitlines()
        return dict("".join(shlex.split(line)).split("=", 1) for line in lines)

    def settings(self) -> dict[str, str]:
        """The content of `azure.json`."""
        return dict(self.connection)

    def fault(self, kind: str, **options: Any) -> None:
        """Make the next matching request go wrong (`method`, `path`, `nth`, `times` and what the kind takes)."""
        self.hook("POST", "faults", {"kind": kind, **options})

    def pass_time(self, seconds: float) -> None:
        """Have the time of Azure go on by so much at once: what was to take as long has ended then."""
        self.hook("POST", "clock", {"seconds": seconds})

    def token(self, lifetime: int = 3600) -> str:
        """An access token of the service principal; expired already when the lifetime is negative."""
        return str(self.hook("POST", "identity/token", {"lifetime": lifetime})["access_token"])

    def call(
        self, method: str, path: str, version: str | None = None, body: Any = None, **options: Any
    ) -> requests.Response:
        """An authenticated request to ARM; `path` from `/`, or an absolute URL."""
        url = path if path.startswith("https://") else f"{self.url}{path}"
        parameters = {"api-version": version} if version else None
        headers = {"Authorization": f"Bearer {self.token()}", **options.pop("headers", {})}
        return self._session.request(
            method,
            url,
            params=parameters,
            json=body,
            headers=headers,
            verify=self.connection["ca_path"],
            timeout=PATIENCE_SECONDS,
            **options,
        )

    def register(self, *namespaces: str) -> None:
        """Register providers, let the time of registration pass, and wait until it shows."""
        paths = [f"{self.subscription}/providers/{namespace}" for namespace in namespaces]
        for path in paths:
            self.call("POST", f"{path}/register", "2021-04-01").raise_for_status()
        self.hook("POST", "clock", {"seconds": 60})
        until(lambda: all(self._registered(path) for path in paths), f"registration of {', '.join(namespaces)}")

    def _registered(self, path: str) -> bool:
        return bool(self.call("GET", path, "2021-04-01").json()["registrationState"] == "Registered")

    def group(self, name: str, location: str = "eastus") -> str:
        """Create a resource group; its id."""
        path = f"{self.subscription}/resourceGroups/{name}"
        self.call("PUT", path, "2022-09-01", {"location": location}).raise_for_status()
        return path


@pytest.fixture(scope="session")
def simulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """The process behind `simulator`."""
    local = Simulator(tmp_path_factory.mktemp("simulator"), TIME_SCALE)
    local.start()
    yield local
    local.stop()


@pytest.fixture
def simulator(simulator_process: Simulator, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    """An empty subscription on the session's simulator; clients of this test trust its certificates."""
    simulator_process.reset()
    for name in list(os.environ):
        if name.startswith(("AZURE_", "ARM_")):
            monkeypatch.delenv(name)
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, simulator_process.connection["ca_path"])
    return simulator_process
