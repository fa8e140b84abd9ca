"""Parts of a stack that are set up alone, in the order an operator may need them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.local_azure import LocalAzure
from tests.support.playbooks import ROOT, run_playbook

SETUP = ROOT / "playbooks" / "setup_stack.yml"
PARTS = {
    "registry": {"registries"},
    "database": {"flexibleServers"},
    "cache": {"redis"},
}


@pytest.mark.slow
def test_a_tag_sets_up_its_part_and_needs_no_other(tmp_path: Path) -> None:
    azure = LocalAzure(tmp_path / "azure")
    azure.start()
    try:
        (azure.state_dir / "profile").write_text("full", encoding="utf-8")
        for tag, kinds in PARTS.items():
            azure.forget()
            run = run_playbook(SETUP, "--tags", tag, state_dir=azure.state_dir)
            assert run.code == 0, run.output
            puts = [write for write in azure.writes() if write.startswith("PUT ") and "/providers/" in write]
            assert {put.split("/providers/")[1].split("/")[1] for put in puts} == kinds
    finally:
        azure.stop()
