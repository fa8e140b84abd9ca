"""Container groups as recorded."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from tests.recordings.replay import Exchange, Replay, load, recordings
from tests.simulator_fixture import Simulator

# Difference → why it is right.
JUSTIFIED = {
    "GET resourcegroups: missing body.tags": "the recorder's own set-up had put tags on the group",
    "* containerGroups: extra body.properties.containers*.instanceView.events": (
        "the recordings of 2023 have no events, those of 2020 and Microsoft's documentation do"
    ),
    "GET containerGroups: extra body.properties.ipAddress.ip": (
        "of two groups whose container had ended, Azure showed the address of one and not of the other"
    ),
    "* containerGroups: extra body.properties.sku": "recorded in 2020; the older file has it, and every one since 2021",
    "* containerGroups: extra body.properties.initContainers": "as sku",
    "POST containerGroups/containers/exec: status 200 became 501 *": (
        "sessions in a container are not simulated, and that is said instead of a success without anything behind it"
    ),
}
# Stand-ins for the images of the recordings: what they do matters here, not what they hold.
IMAGES = {"alpine:latest": ["/bin/sh"], "nginx": ["sleep", "100000"]}
_PATIENCE_SECONDS = 180


class PatientReplay(Replay):
    """Asks for a group again while its container still runs and the recorded one had ended: recorders are slower."""

    def _send(self, exchange: Exchange) -> requests.Response:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        response = super()._send(exchange)
        while exchange.method == "GET" and _ended(exchange.content) and not _ended(response.text):
            assert time.monotonic() < deadline, "the container does not end"
            time.sleep(0.02)
            response = super()._send(exchange)
        return response


def _ended(content: str) -> bool:
    return '"Terminated"' in content


def _unredacted(exchange: Exchange) -> Exchange:
    """The recorder replaced the name of a member together with its value."""
    body = json.dumps(exchange.body).replace('"REDACTED_1": "REDACTED_1"', '"workspaceKey": "REDACTED_1"')
    return replace(exchange, body=json.loads(body))


@pytest.mark.parametrize("recording", recordings("containerinstance"))
def test_answers_as_recorded(recording: Path, simulator: Simulator) -> None:
    for name, command in IMAGES.items():
        simulator.hook("POST", "images", {"name": name, "command": command})
    replay = PatientReplay(simulator, [_unredacted(exchange) for exchange in load(recording)])
    replay.prepare("Microsoft.ContainerInstance")
    outcome = replay.run()
    assert outcome.unexplained(JUSTIFIED) == []
    assert outcome.exchanges > 0
