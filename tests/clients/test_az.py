"""`az` itself, where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.simulator_fixture import Simulator
from tests.support.local_azure import COMMAND
from tests.support.playbooks import ROOT

AZ = os.environ.get("AZ") or shutil.which("az") or shutil.which(ROOT / ".cache" / "az" / "bin" / "az")


@pytest.mark.clients
@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.skipif(AZ is None, reason="az is not installed: make az (AZ may name another)")
def test_az(simulator: Simulator) -> None:
    script = Path(__file__).with_name("az.sh")
    environment = {**os.environ, "AZ": str(AZ), "SIMULATOR": str(COMMAND)}
    done = subprocess.run(
        ["bash", script, simulator.state_dir],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=1200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("az: passed\n")
