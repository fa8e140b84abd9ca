"""`make rehearsal`: from nothing to a checked stack, and nothing at all the second time."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.local_azure import COMMAND, LocalAzure
from tests.support.playbooks import ROOT, playbook_path, run_playbook
from tests.support.waiting import PATIENCE_SECONDS


def rehearse(state_dir: Path) -> str:
    """Run the rehearsal with this environment's programs; returns what it printed."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ANSIBLE_", "AZURE_", "PYTHONDONTWRITEBYTECODE"))
    }
    environment |= {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "PATH": os.pathsep.join([str(COMMAND.parent), os.environ["PATH"]]),
    }
    done = subprocess.run(
        [ROOT / "tools" / "rehearsal", state_dir, "0.01", "", "0", "no"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=5 * PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.slow
def test_a_second_rehearsal_changes_and_writes_nothing(tmp_path: Path) -> None:
    local = LocalAzure(tmp_path / "state", time_scale=0.01)
    try:
        first = rehearse(local.state_dir)
        assert "11 of 11 checks passed" in first
        assert "http://127.77." in first
        assert "Try next:" in first

        local.start()
        local.forget()
        second = rehearse(local.state_dir)
        assert set(re.findall(r"changed=(\d+)", second)) == {"0"}
        assert local.writes() == []

        # How fast this machine is says nothing of the stack: it is told, and counts only where that is asked for.
        impossible = {"backend_check_p95": 0.000001}
        verify = playbook_path("verify_stack")
        told = run_playbook(verify, state_dir=local.state_dir, variables=impossible)
        assert told.code == 0, told.output
        assert "11 of 11 checks passed" in told.output
        assert told.output.count("(target 1e-06 ms missed, only told)") == 3
        counted = impossible | {"stack_check_targets": "fail"}
        failed = run_playbook(verify, state_dir=local.state_dir, variables=counted)
        assert failed.code == 2 and "GET /ready p95" in failed.text(), failed.output
    finally:
        local.stop()
