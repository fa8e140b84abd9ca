"""Static web apps as recorded: statuses, headers, the shape of bodies, and their values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.recordings.replay import Exchange, Replay, load, recordings
from tests.simulator_fixture import Simulator

JUSTIFIED: dict[str, str] = {}

# The end of a path → why its value is another one.
OTHER_VALUES = {
    "defaultHostname": "a loopback address stands for the name that Azure makes up",
    "stableInboundIP": "as defaultHostname",
    "contentDistributionEndpoint": "content is uploaded to the simulator",
    "apiKey": "made up at random, and not in the recording",
}
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Values(Replay):
    """A replay that keeps what was answered."""

    def __init__(self, simulator: Simulator, exchanges: list[Exchange]) -> None:
        super().__init__(simulator, exchanges)
        self.pairs: list[tuple[Exchange, requests.Response]] = []

    def _remember(self, exchange: Exchange, response: requests.Response) -> None:
        super()._remember(exchange, response)
        self.pairs.append((exchange, response))

    def differences(self, subscription: str) -> Iterator[str]:
        """Yield where a value is another one than recorded."""
        for exchange, response in self.pairs:
            if exchange.content.strip():
                ours = json.loads(response.text.replace(subscription, "00000000-0000-0000-0000-000000000000"))
                for path, recorded, answered in _values(json.loads(exchange.content), ours, ""):
                    yield f"{exchange.label}{path}: {recorded!r} became {answered!r}"
            for name in ("azure-asyncoperation", "location"):
                if name in exchange.headers:
                    recorded, answered = (_form(one) for one in (exchange.headers[name], response.headers[name]))
                    if recorded != answered:
                        yield f"{exchange.label}: {name} {recorded!r} became {answered!r}"


def _values(recorded: Any, ours: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(recorded, dict) and isinstance(ours, dict):
        for name in recorded.keys() & ours.keys():
            yield from _values(recorded[name], ours[name], f"{path}.{name}")
    elif recorded != ours and path.rpartition(".")[2] not in OTHER_VALUES:
        yield path, recorded, ours


def _form(url: str) -> tuple[str, list[tuple[str, str]]]:
    """A URL of an operation without what differs from one to the next."""
    parts = urlsplit(url)
    return _GUID.sub("GUID", parts.path), parse_qsl(parts.query)


@pytest.mark.parametrize("recording", recordings("staticsites"))
def test_answers_as_recorded(recording: Path, simulator: Simulator) -> None:
    replay = Values(simulator, load(recording))
    replay.prepare("Microsoft.Web")
    outcome = replay.run()
    assert outcome.unexplained(JUSTIFIED) == []
    assert list(replay.differences(simulator.connection["subscription_id"])) == []
    assert outcome.exchanges > 0
