"""Redis caches as recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.recordings.replay import Exchange, Replay, load, recordings
from tests.simulator_fixture import Simulator
from tests.support.waiting import until

# Difference → why it is right.
JUSTIFIED = {
    "GET resourcegroups: missing body.tags": "the recorder's own set-up had put tags on the group",
    "* [rR]edis: missing body.properties.shardCount": "clustered caches are not simulated; left out of the request",
    "* [rR]edis: missing body.properties.subnetId": "virtual networks are not simulated; left out of the request",
    "* [rR]edis: missing body.properties.staticIP": "as subnetId",
    "* [rR]edis: missing body.properties.instances*.shardId": "as shardCount",
    "* [rR]edis: missing body.properties.instances*.zone": "zones are kept, and no node is told to be in one",
    "GET locations/operationresults: body empty became present": "recorded in 2020; since 2023 there is a status",
}
_NOT_SIMULATED = ("shardCount", "subnetId", "staticIP")


def _simulated(exchange: Exchange) -> Exchange:
    """The exchange without what the simulator refuses."""
    properties = (exchange.body or {}).get("properties")
    if not properties:
        return exchange
    kept = {name: value for name, value in properties.items() if name not in _NOT_SIMULATED}
    return replace(exchange, body={**exchange.body, "properties": kept})


class PatientReplay(Replay):
    """The recorder of 2020 slept where later ones poll: a cache that had been made by then is waited for."""

    def _poll(self, url: str, last: Exchange) -> requests.Response:
        # The answer to a PUT names the cache itself as the place to look.
        if _is_made(last.content):
            until(
                lambda: _is_made(super(PatientReplay, self)._poll(url, last).text), "the end of the work on the cache"
            )
        return super()._poll(url, last)


def _is_made(content: str) -> bool:
    return '"provisioningState":"Succeeded"' in content


def _of_cache(exchange: Exchange) -> bool:
    return "/microsoft.network/" not in urlsplit(exchange.url).path.lower()


@pytest.mark.parametrize("recording", recordings("redis"))
def test_answers_as_recorded(recording: Path, simulator: Simulator) -> None:
    replay = PatientReplay(simulator, [_simulated(exchange) for exchange in load(recording) if _of_cache(exchange)])
    replay.prepare("Microsoft.Cache")
    outcome = replay.run()
    assert outcome.unexplained(JUSTIFIED) == []
    assert outcome.exchanges > 0
