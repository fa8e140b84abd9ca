"""Resource groups, providers and locks as recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recordings.replay import recordings, walk
from tests.simulator_fixture import Simulator

JUSTIFIED = {
    "POST unregister: missing body.authorization": "Microsoft.Search is not simulated, its application is unknown",
    "POST register: missing body.authorization": "as above",
    "GET providers: missing body.authorization": "as above",
}


@pytest.mark.parametrize("recording", recordings("resources"))
def test_answers_as_recorded(recording: Path, simulator: Simulator) -> None:
    outcome = walk(simulator, recording)
    assert outcome.unexplained(JUSTIFIED) == []
    assert outcome.exchanges > 0
