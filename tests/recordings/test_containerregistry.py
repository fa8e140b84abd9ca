"""Registries as recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recordings.replay import recordings, walk
from tests.simulator_fixture import Simulator

JUSTIFIED: dict[str, str] = {}


@pytest.mark.parametrize("recording", recordings("containerregistry"))
def test_answers_as_recorded(recording: Path, simulator: Simulator) -> None:
    outcome = walk(simulator, recording, "Microsoft.ContainerRegistry")
    assert outcome.unexplained(JUSTIFIED) == []
    assert outcome.exchanges > 0
