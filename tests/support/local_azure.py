"""A local Azure for tests: started by its own command, looked at through its control hooks."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from tests.support.waiting import PATIENCE_SECONDS

COMMAND = Path(sys.executable).parent / "azure-simulator"


class LocalAzure:
    """One running simulator with a state directory of its own.

    :param state_dir: where its state and certificates are; created if missing.
    :param time_scale: factor on Azure's typical durations; 0 ends every operation at once.
    :param latency: `MS[,JITTER]` that every request to the management endpoint takes longer.
    """

    def __init__(self, state_dir: Path, time_scale: float = 0, latency: str = "0") -> None:
        self.state_dir = state_dir
        self._time_scale = time_scale
        self._latency = latency

    def start(self) -> None:
        """Start it, and return when it answers."""
        self._command("start", "--time-scale", str(self._time_scale), "--latency", self._latency)
        self.connection: dict[str, str] = json.loads((self.state_dir / "azure.json").read_text(encoding="utf-8"))
        self._tls = ssl.create_default_context(cafile=self.connection["ca_path"])

    def stop(self) -> None:
        """Stop it with everything it runs."""
        self._command("stop")

    def reset(self) -> None:
        """Make it an empty subscription again."""
        self.hook("POST", "reset")

    def requests(self) -> list[dict[str, Any]]:
        """Return the log of requests since the last `forget`."""
        found: list[dict[str, Any]] = self.hook("GET", "requests")["value"]
        return found

    def writes(self) -> list[str]:
        """Return method and path of every request that wrote something since the last `forget`."""
        return [f"{entry['method']} {entry['path']}" for entry in self.requests() if entry["is_write"]]

    def forget(self) -> None:
        """Empty the log of requests."""
        self.hook("DELETE", "requests")

    def hook(self, method: str, name: str, body: dict[str, Any] | None = None) -> Any:
        """Call one of the hooks below `/_simulator/`; returns the decoded answer, None if there is none."""
        request = urllib.request.Request(
            f"{self.connection['url']}/_simulator/{name}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **self.hook_headers},
        )
        with urllib.request.urlopen(request, context=self._tls, timeout=PATIENCE_SECONDS) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    @property
    def hook_headers(self) -> dict[str, str]:
        """What a request to a hook has to carry."""
        return {"X-Simulator-Key": self.connection["hook_key"]}

    def _command(self, verb: str, *arguments: str) -> None:
        command: list[Path | str] = [COMMAND, verb, "--state-dir", self.state_dir, *arguments]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_SECONDS)
