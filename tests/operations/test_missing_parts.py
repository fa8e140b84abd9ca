"""A playbook that finds nothing to work on says what is missing, and which playbook brings it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.check_matrix import raw
from tests.support.local_azure import LocalAzure
from tests.support.playbooks import Run, playbook_path, run_playbook

pytestmark = pytest.mark.slow

SETUP = "ansible-playbook playbooks/setup_stack.yml"
GROUP = (
    f"The stack rehearsal has no container group codex-api in the resource group codex-rg: {SETUP} --limit rehearsal"
)
REGISTRY = (
    "The stack rehearsal has no container registry codexdominionacr in the resource group codex-rg: "
    f"{SETUP} --tags registry --limit rehearsal"
)
IMAGE = "The registry has no image"
ADMIN = "has no admin user, or its password was not asked for. Set registry_admin_user_enabled: true, then: " + SETUP
EMPTY = {
    "build_image": REGISTRY,
    "list_releases": REGISTRY,
    "prune_releases": REGISTRY,
    "redeploy_backend": REGISTRY,
    "restart_backend": REGISTRY,
    "rollback_backend": REGISTRY,
    "show_logs": GROUP,
    "update_env": REGISTRY,
    "verify_stack": GROUP,
}


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAzure]:
    """An empty subscription."""
    local = LocalAzure(tmp_path_factory.mktemp("azure"))
    local.start()
    yield local
    local.stop()


def play(azure: LocalAzure, playbook: str, *arguments: str) -> Run:
    """Run a playbook that has to fail without a word that only a programmer understands."""
    run = run_playbook(playbook_path(playbook), *arguments, state_dir=azure.state_dir)
    assert run.code != 0, run.output
    assert raw(run.output) == []
    return run


@pytest.mark.parametrize(("playbook", "sentence"), EMPTY.items())
def test_nothing_is_there(azure: LocalAzure, playbook: str, sentence: str) -> None:
    assert sentence in play(azure, playbook).text()


def test_a_registry_without_what_is_asked_of_it(azure: LocalAzure) -> None:
    registry = run_playbook(playbook_path("setup_stack"), "--tags", "registry", state_dir=azure.state_dir)
    assert registry.code == 0, registry.output
    assert IMAGE in play(azure, "redeploy_backend").text()
    pushed = run_playbook(playbook_path("push_sample_image"), state_dir=azure.state_dir)
    assert pushed.code == 0, pushed.output
    by_admin = ("-e", "backend_pull=admin")
    assert "admin needs registry_admin_user_enabled: true" in play(azure, "redeploy_backend", *by_admin).text()
    run = play(azure, "redeploy_backend", *by_admin, "-e", "registry_admin_user_enabled=true")
    assert ADMIN in run.text(), run.output
    assert "There is no release of codex-api before the one that runs" in play(azure, "rollback_backend").text()
