"""The playbooks as an operator runs them: two stacks on one local Azure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.inventory import write_inventory
from tests.support.local_azure import LocalAzure
from tests.support.playbooks import Run, playbook_path, run_playbook
from tests.support.sample import push_sample

pytestmark = pytest.mark.slow

Play = Callable[..., Run]
SECRET = "correct-horse-battery-staple"


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAzure]:
    """A local Azure whose operations end at once."""
    local = LocalAzure(tmp_path_factory.mktemp("azure"))
    local.start()
    yield local
    local.stop()


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two stacks, a third that pulls with the registry's admin user, and one whose registry stays empty."""
    return write_inventory(
        tmp_path_factory.mktemp("inventory") / "stacks",
        {
            "north": {},
            "south": {"backend_image_tag": "1.0.0", "backend_secret_environment": {"SECRET_KEY": SECRET}},
            "west": {"registry_admin_user_enabled": True, "backend_pull": "admin", "backend_stable_seconds": 2},
            "bare": {},
        },
    )


@pytest.fixture(scope="module")
def play(azure: LocalAzure, inventory: Path) -> Play:
    """Run one of the playbooks by name, with further arguments for ansible-playbook."""

    def run(playbook: str, *arguments: str, **options: object) -> Run:
        path = playbook_path(playbook)
        return run_playbook(path, *arguments, state_dir=azure.state_dir, inventory=inventory, **options)  # type: ignore[arg-type]

    return run


@pytest.fixture(scope="module")
def first_setup(azure: LocalAzure, inventory: Path, play: Play) -> Run:
    """North, south and west, set up from nothing."""
    limit = ("--limit", "north,south,west")
    pushed = run_playbook(playbook_path("push_sample_image"), *limit, state_dir=azure.state_dir, inventory=inventory)
    assert pushed.code == 0, pushed.output
    return play("setup_stack", *limit)


@pytest.fixture
def stacks(first_setup: Run, azure: LocalAzure) -> LocalAzure:
    """The local Azure with north and south up, and an empty log of requests."""
    assert first_setup.code == 0, first_setup.output
    azure.forget()
    return azure


def test_a_check_before_the_first_setup_writes_nothing_and_says_what_is_missing(azure: LocalAzure, play: Play) -> None:
    azure.forget()
    run = play("setup_stack", "--limit", "bare", "--check", "--diff")
    # As the run itself: group, registry and identity, and then there is no image in a new registry.
    assert run.code != 0
    assert run.recap("bare")["changed"] == 3
    assert "has no image" in run.text()
    assert "ansible-playbook playbooks/setup_stack.yml --tags registry --limit bare" in run.text()
    assert azure.writes() == []


def test_setup_without_an_image_names_the_image_it_expected(play: Play, first_setup: Run) -> None:
    run = play("setup_stack", "--limit", "bare", "-e", "backend_image_tag=4f2a9c1")
    assert run.code != 0
    assert "/codex-backend:4f2a9c1. Push it, then run this again" in run.text()


def test_the_first_setup_says_what_runs_where(first_setup: Run) -> None:
    for stack in ("north", "south", "west"):
        assert f"{stack}: {stack}-api was changed" in first_setup.text()
    assert "address http://127.77." in first_setup.text()


def test_a_second_setup_writes_nothing(stacks: LocalAzure, play: Play) -> None:
    run = play("setup_stack", "--limit", "north,south,west")
    assert run.code == 0, run.output
    assert [run.recap(stack)["changed"] for stack in ("north", "south", "west")] == [0, 0, 0]
    assert stacks.writes() == []


def test_a_second_setup_asks_once_for_each_resource_and_once_for_a_token(stacks: LocalAzure, play: Play) -> None:
    run = play("setup_stack", "--limit", "north")
    assert run.code == 0, run.output
    arm = [entry for entry in stacks.requests() if entry["host"] == "management"]
    tokens = [entry["path"] for entry in arm if entry["path"].endswith("/oauth2/v2.0/token")]
    reads = [entry["path"] for entry in arm if entry["method"] == "GET" and "/subscriptions/" in entry["path"]]
    assert len(tokens) == 1
    assert len(reads) == len(set(reads)), sorted(reads)


def test_a_check_of_a_change_agrees_with_the_change(stacks: LocalAzure, play: Play) -> None:
    change = ("--limit", "north", "--diff", "-e", '{"backend_environment": {"PORT": "8001", "LOG_LEVEL": "debug"}}')
    checked = play("update_env", *change, "--check")
    assert checked.code == 0, checked.output
    assert stacks.writes() == []
    changed = play("update_env", *change)
    assert changed.code == 0, changed.output
    # The environment, and what the group's tags say of it.
    assert checked.recap("north")["changed"] == changed.recap("north")["changed"] == 2
    assert "LOG_LEVEL" in checked.output and "LOG_LEVEL" in changed.output
    assert [write.split()[0] for write in stacks.writes()] == ["PUT", "PATCH"]
    stacks.forget()
    again = play("update_env", *change)
    assert again.recap("north")["changed"] == 0
    assert stacks.writes() == []


def test_a_secret_is_never_shown(stacks: LocalAzure, first_setup: Run, play: Play) -> None:
    assert SECRET not in first_setup.output
    for playbook in ("setup_stack", "update_env", "show_logs"):
        run = play(playbook, "--limit", "south", "--diff", "-vvvv")
        assert run.code == 0, run.output
        assert run.recap("south")["changed"] == 0
        assert SECRET not in run.output
    changed = play("update_env", "--limit", "south", "--diff", "--check", "-e", "backend_secret_environment={}")
    assert changed.code == 0, changed.output
    assert changed.recap("south")["changed"] == 2, "the environment, and what the tags say of it"
    assert "SECRET_KEY" in changed.output
    assert SECRET not in changed.output


def test_verify_passes_and_shows_a_table(stacks: LocalAzure, play: Play) -> None:
    run = play("verify_stack", "--limit", "north,south")
    assert run.code == 0, run.output
    assert "north: 11 of 11 checks passed" in run.text()
    assert "GET /health status" in run.text()
    assert stacks.writes() == []


def test_verify_fails_when_an_expectation_is_not_met(stacks: LocalAzure, play: Play) -> None:
    run = play("verify_stack", "--limit", "north", "-e", "backend_check_version=9.9.9")
    assert run.code != 0
    assert "FAILED GET / body version 1.0.0 (expected 9.9.9)" in run.text()


def test_redeploy_of_what_runs_changes_nothing(stacks: LocalAzure, play: Play) -> None:
    run = play("redeploy_backend", "--limit", "south")
    assert run.code == 0, run.output


def test_a_build_that_does_not_work_is_put_back_with_the_admin_user_too(stacks: LocalAzure, play: Play) -> None:
    west = ("--limit", "west")
    registry = re.search(r"image (\S+)/codex-backend@", play("update_env", *west).text())
    assert registry is not None
    push_sample(stacks, registry[1], "codex-backend", "crash", "--fault", "crash")
    run = play("redeploy_backend", *west, "-e", "backend_image_tag=crash")
    assert run.code != 0
    assert "made to crash" in run.text()
    assert "done Put back" in run.text()
    assert play("verify_stack", *west).code == 0


def test_a_restart_is_one_and_nothing_else(stacks: LocalAzure, play: Play) -> None:
    settled = play("setup_stack", "--limit", "north")  # other tests may have left another image or environment
    assert settled.code == 0, settled.output
    stacks.forget()
    checked = play("restart_backend", "--limit", "north", "--check")
    assert checked.code == 0, checked.output
    assert "north-api would be restarted (impact: restart)" in checked.text()
    assert stacks.writes() == []
    done = play("restart_backend", "--limit", "north")
    assert done.code == 0, done.output
    assert "north-api was restarted (impact: restart)" in done.text()
    assert [write.rsplit("/", 1)[-1] for write in stacks.writes()] == ["restart"]
    assert checked.recap("north")["changed"] == done.recap("north")["changed"] == 1
    assert play("setup_stack", "--limit", "north").recap("north")["changed"] == 0


def test_logs_are_shown(stacks: LocalAzure, play: Play) -> None:
    run = play("show_logs", "--limit", "north")
    assert run.code == 0, run.output
    assert "Running" in run.output
    assert stacks.writes() == []


def test_teardown_asks_for_a_confirmation_by_name(stacks: LocalAzure, play: Play) -> None:
    for confirm in ((), ("-e", "confirm=north")):
        run = play("teardown_stack", "--limit", "south", *confirm)
        assert run.code != 0
        assert "run it again with: -e confirm=south" in run.text()
    assert stacks.writes() == []


def test_teardown_removes_one_stack_and_leaves_the_other(stacks: LocalAzure, play: Play) -> None:
    run = play("teardown_stack", "--limit", "south", "-e", "confirm=south")
    assert run.code == 0, run.output
    again = play("teardown_stack", "--limit", "south", "-e", "confirm=south")
    assert again.recap("south")["changed"] == 0
    assert all("/south" in path.lower() for path in stacks.writes())
    assert play("verify_stack", "--limit", "north").code == 0
