"""A run that would do more to a stack than it may is refused before its first write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.support.inventory import write_inventory
from tests.support.local_azure import LocalAzure
from tests.support.playbooks import Run, playbook_path, run_playbook

pytestmark = pytest.mark.slow

LIMITS = ("none", "restart", "recreate", "data_loss")
ENVIRONMENT = json.dumps({"backend_environment": {"PORT": "8001", "ENVIRONMENT": "test", "LOG_LEVEL": "debug"}})
SIZE = ("-e", "backend_memory=2", "-e", "backend_allow_recreate=true")
CASES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "environment": ("update_env", ("-e", ENVIRONMENT), "restart"),
    "restart": ("restart_backend", (), "restart"),
    "size": ("redeploy_backend", SIZE, "recreate"),
    "size in a stack": ("setup_stack", SIZE, "recreate"),
    "removal": ("teardown_stack", ("-e", "confirm=north"), "data_loss"),
    "nothing": ("update_env", (), "none"),
}
"""For each: the playbook, its arguments, and the worst that it does."""
MORE = ("restart", "size in a stack")
"""What says the same of other playbooks."""


class Operator:
    """Runs playbooks on a stack that is up."""

    def __init__(self, azure: LocalAzure, inventory: Path) -> None:
        self.azure = azure
        self._inventory = inventory
        self._state = azure.state_dir / "codexdominion.azure"

    def play(self, playbook: str, *arguments: str, **options: Any) -> Run:
        """Run one of the playbooks by name."""
        where = {"state_dir": self.azure.state_dir, "inventory": self._inventory, **options}
        return run_playbook(playbook_path(playbook), *arguments, **where)

    def locked(self) -> bool:
        """Return whether the stack is locked."""
        return any((self._state / "locks").glob("*.lock"))

    def last_line(self) -> dict[str, Any]:
        """Return the last audit record."""
        lines = (self._state / "audit.jsonl").read_text(encoding="utf-8").splitlines()
        found: dict[str, Any] = json.loads(lines[-1])
        return found


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """North, set up."""
    local = LocalAzure(tmp_path_factory.mktemp("azure"))
    local.start()
    operator = Operator(local, write_inventory(tmp_path_factory.mktemp("inventory") / "stacks", {"north": {}}))
    assert operator.play("push_sample_image").code == 0
    first = operator.play("setup_stack", "-e", "stack_max_impact=data_loss")
    assert first.code == 0, first.output
    yield operator
    local.stop()


@pytest.fixture
def operator(stack: Operator) -> Operator:
    """The operator, with an empty log of requests."""
    stack.azure.forget()
    return stack


def limited(limit: str) -> tuple[str, str]:
    """Return the arguments that set a limit."""
    return "-e", f"stack_max_impact={limit}"


@pytest.mark.parametrize(
    "case", ["environment", "size", "removal", *(pytest.param(one, marks=pytest.mark.soak) for one in MORE)]
)
def test_what_is_worse_is_refused_before_the_first_write(case: str, operator: Operator) -> None:
    playbook, arguments, impact = CASES[case]
    limit = LIMITS[LIMITS.index(impact) - 1]
    run = operator.play(playbook, *arguments, *limited(limit))
    assert run.code == 2, run.output
    assert operator.azure.writes() == []
    reason = f"would be {impact}, and stack_max_impact is {limit} (ImpactTooHigh). If that is meant, run it again with:"
    assert reason in run.text() and f"-e stack_max_impact={impact}" in run.text()
    line = operator.last_line()
    assert line["action"] == playbook and line["result"] == "failed" and not line["record"]["changed"]
    assert line["record"]["failed_task"].startswith("Rehearse | ") and reason in line["message"]
    assert not operator.locked()


@pytest.mark.parametrize(
    ("case", "limit"),
    [
        ("environment", "none"),
        ("environment", "restart"),
        ("size", "restart"),
        ("size", "recreate"),
        ("nothing", "none"),
    ],
)
def test_a_check_says_the_same(case: str, limit: str, operator: Operator) -> None:
    playbook, arguments, impact = CASES[case]
    run = operator.play(playbook, "--check", *arguments, *limited(limit))
    refused = LIMITS.index(impact) > LIMITS.index(limit)
    assert run.code == (2 if refused else 0), run.output
    assert ("(ImpactTooHigh)" in run.text()) is refused
    assert operator.azure.writes() == []


def test_what_only_a_task_may_say_lifts_no_limit(operator: Operator) -> None:
    playbook, arguments, _impact = CASES["environment"]
    run = operator.play(playbook, *arguments, *limited("none"), "-e", "stack_impact_counts=false")
    assert run.code == 2 and "(ImpactTooHigh)" in run.text()
    assert operator.azure.writes() == []


def test_a_rehearsal_that_fails_for_another_reason_refuses_too(operator: Operator) -> None:
    run = operator.play("redeploy_backend", "-e", "backend_image_tag=nothing", *limited("restart"))
    assert run.code == 2
    assert "Nothing was written, since a rehearsal of the run has failed: The registry has no image" in run.text()
    assert operator.azure.writes() == []


def test_a_limit_that_is_none_is_refused_by_the_preflight(operator: Operator) -> None:
    run = operator.play("update_env", *limited("worst"))
    assert (
        run.code == 2
        and "stack_max_impact" in run.text()
        and "TASK [codexdominion.azure.stack : Lock" not in run.text()
    )


def test_what_is_not_worse_is_done_with_the_secrets_of_the_vault(operator: Operator, tmp_path: Path) -> None:
    """The rehearsal is given them once more, and nobody is asked."""
    password, variables = tmp_path / "password", tmp_path / "variables.yml"
    password.write_text("quiet\n", encoding="utf-8")
    secret = VaultSecret(b"quiet")
    variables.write_bytes(VaultLib([("default", secret)]).encrypt(ENVIRONMENT, secret))
    done = operator.play(
        "update_env", "-e", f"@{variables}", "--vault-password-file", str(password), *limited("restart")
    )
    assert done.code == 0, done.output
    assert done.recap("north")["changed"] > 0
    assert any("/containerGroups/north-api" in write for write in operator.azure.writes())
    assert operator.last_line()["result"] == "ok"
