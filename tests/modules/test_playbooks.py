"""The test playbooks of modules, lookups and roles, each through both ways a module can run."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.frontend import MISSING
from tests.support.local_azure import LocalAzure
from tests.support.playbooks import ROOT, run_playbook

PLAYBOOKS = sorted((ROOT / "tests" / "playbooks").glob("*.yml"))
MODULES = {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")}
# The ways a module can run are the modules' own affair: all else goes through the quicker one only. A module's playbook
# runs once with each Python at hand: in a process for every task, which takes minutes in all, with that of `make soak`,
# and the quicker way with the others (tools/other_pythons). That both ways agree is in test_execution.py too.
NEED_NODE = {"frontend", "static_web_app_build", "static_web_app_deployment", "static_web_app_release_info"}
CASES = [
    pytest.param(
        playbook,
        in_process,
        id=f"{playbook.stem}-{'in-process' if in_process else 'ordinary'}",
        marks=() if playbook.stem not in MODULES else pytest.mark.other_pythons if in_process else pytest.mark.soak,
    )
    for playbook in PLAYBOOKS
    for in_process in (True, False)
    if in_process or playbook.stem in MODULES
]


@pytest.fixture(scope="session")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAzure]:
    """One local Azure for all playbooks; operations end at once."""
    local = LocalAzure(tmp_path_factory.mktemp("azure"))
    local.start()
    yield local
    local.stop()


@pytest.mark.slow
@pytest.mark.parametrize(("playbook", "in_process"), CASES)
def test_playbook(playbook: Path, in_process: bool, azure: LocalAzure, tmp_path: Path) -> None:
    if MISSING and playbook.stem in NEED_NODE:
        pytest.skip(MISSING)
    secret = secrets.token_hex(16)
    vault_password = tmp_path / "vault-password"
    vault_password.write_text(secrets.token_hex(16), encoding="utf-8")
    run = run_playbook(
        playbook,
        "-vvvv",
        state_dir=azure.state_dir,
        variables={"unique": secrets.token_hex(4)},
        in_process=in_process,
        environment={"TEST_SECRET": secret, "ANSIBLE_VAULT_PASSWORD_FILE": str(vault_password)},
    )
    assert run.code == 0, run.output
    assert "[WARNING]" not in run.output, run.output
    assert "[DEPRECATION WARNING]" not in run.output, run.output
    assert azure.connection["client_secret"] not in run.output
    assert secret not in run.output
