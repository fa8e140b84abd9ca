"""Registries as recorded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.recordings.replay import recordings, walk
from tests.simulator_fixture import Simulator

JUSTIFIED: dict[str, str] = {}

_BUILDS = re.compile(r"/registries/[^/\s]+/(?:tasks|runs|scheduleRun|listBuildSourceUploadUrl)\b", re.IGNORECASE)


@pytest.mark.parametrize("recording", recordings("containerregistry"))
def test_answers_as_recorded(recording: Path, simulator: Simulator) -> None:
    if _BUILDS.search(recording.read_text(encoding="utf-8")):
        pytest.skip("the simulator builds no images: it answers 501 to tasks and runs of a registry")
    outcome = walk(simulator, recording, "Microsoft.ContainerRegistry")
    assert outcome.unexplained(JUSTIFIED) == []
    assert outcome.exchanges > 0
