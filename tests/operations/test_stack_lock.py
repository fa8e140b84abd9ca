"""The playbooks lock their stack and write down what they did: two stacks on one local Azure."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.inventory import write_inventory
from tests.support.invoke import invoke
from tests.support.local_azure import LocalAzure
from tests.support.playbooks import Run, StartedRun, playbook_path, run_playbook
from tests.support.waiting import until

pytestmark = pytest.mark.slow

SECRET = "correct-horse-battery-staple"
NORTH = ("--limit", "north")


class Operations:
    """Runs of playbooks, and what they leave on the control node."""

    def __init__(self, azure: LocalAzure, inventory: Path) -> None:
        self.azure = azure
        self._where: dict[str, Path] = {"state_dir": azure.state_dir, "inventory": inventory}
        state = azure.state_dir / "codexdominion.azure"
        self.locks = state / "locks"
        self.audit = state / "audit.jsonl"

    def play(self, playbook: str, *arguments: str) -> Run:
        """Run one of the playbooks by name."""
        return run_playbook(playbook_path(playbook), *arguments, **self._where)  # type: ignore[arg-type]

    def start(self, playbook: str, *arguments: str, log: Path) -> StartedRun:
        """Start one of the playbooks by name."""
        return StartedRun(playbook_path(playbook), *arguments, **self._where, log=log)

    def stopped_run(self, log: Path) -> StartedRun:
        """Start a run and stop it as soon as it has locked north."""
        run = self.start("update_env", *NORTH, log=log)
        until(lambda: (self.locks / "north.lock").exists() or run.is_over(), "the lock")
        run.signal(signal.SIGSTOP)
        assert not run.is_over(), run.said()
        return run

    def lock(self, stack: str) -> None:
        """Lock a stack as somebody else."""
        params = {"name": stack, "directory": str(self.locks), "owner": "alice", "reason": "night shift"}
        assert invoke("stack_lock", params)["changed"]

    def locked(self) -> list[str]:
        """Return the stacks that are locked."""
        return sorted(path.stem for path in self.locks.glob("*.lock"))

    def lines(self) -> list[dict[str, Any]]:
        """Return the audit records."""
        return [json.loads(line) for line in self.audit.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operations]:
    """North and south, set up."""
    local = LocalAzure(tmp_path_factory.mktemp("azure"))
    local.start()
    inventory = write_inventory(
        tmp_path_factory.mktemp("inventory") / "stacks",
        {"north": {"backend_secret_environment": {"SECRET_KEY": SECRET}}, "south": {}},
    )
    pushed = run_playbook(playbook_path("push_sample_image"), state_dir=local.state_dir, inventory=inventory)
    assert pushed.code == 0, pushed.output
    yield Operations(local, inventory)
    local.stop()


@pytest.fixture(scope="module")
def first_lines(stacks: Operations) -> list[dict[str, Any]]:
    """The audit records of the first setup."""
    first = stacks.play("setup_stack")
    assert first.code == 0, first.output
    return stacks.lines()


@pytest.fixture
def operations(stacks: Operations, first_lines: list[dict[str, Any]]) -> Operations:
    """The two stacks, without locks, and with an empty audit file and log of requests."""
    stacks.audit.unlink(missing_ok=True)
    for path in stacks.locks.glob("*.lock"):
        path.unlink()
    stacks.azure.forget()
    return stacks


def test_each_stack_gets_a_line_that_says_who_did_what(stacks: Operations, first_lines: list[dict[str, Any]]) -> None:
    assert sorted(line["stack"] for line in first_lines) == ["north", "south"]
    for line in first_lines:
        assert line["action"] == "setup_stack" and line["result"] == "ok" and line["record"]["changed"]
        assert line["who"] and line["host"] and 0 < line["duration_seconds"] < 300
        assert line["message"] == "" and line["record"]["failed_task"] is None
    assert len({line["run_id"] for line in first_lines}) == 1
    assert SECRET not in json.dumps(first_lines)
    assert stacks.azure.connection["client_secret"] not in json.dumps(first_lines)
    assert stacks.audit.stat().st_mode & 0o777 == 0o600


def test_nothing_done_is_written_down_as_unchanged(operations: Operations) -> None:
    run = operations.play("redeploy_backend", *NORTH)
    assert run.code == 0, run.output
    assert run.recap("north")["changed"] == 0
    assert [(line["stack"], line["result"]) for line in operations.lines()] == [("north", "unchanged")]
    assert operations.locked() == []
    assert operations.azure.writes() == []


def test_a_check_locks_nothing_and_writes_nothing_down(operations: Operations) -> None:
    operations.lock("south")
    run = operations.play(
        "update_env", "--check", "-e", '{"backend_environment": {"PORT": "8001", "LOG_LEVEL": "debug"}}'
    )
    assert run.code == 0, run.output
    assert run.recap("north")["changed"] > 0
    assert "stack south is locked by alice" in run.text() and "a run would fail" in run.text()
    assert operations.locked() == ["south"]
    assert not operations.audit.exists()


def test_a_locked_stack_fails_alone_and_says_who_has_it(operations: Operations) -> None:
    operations.lock("north")
    run = operations.play("update_env")
    assert run.code != 0
    assert "Stack north is locked by alice at" in run.text() and "s: night shift" in run.text()
    assert "ansible-playbook playbooks/break_lock.yml --limit north -e confirm=north" in run.text()
    assert run.recap("north")["failed"] == 1 and run.recap("south")["failed"] == 0
    assert [(line["stack"], line["result"]) for line in operations.lines()] == [("south", "unchanged")]
    assert operations.locked() == ["north"]


def test_a_choice_of_tags_locks_too(operations: Operations) -> None:
    operations.lock("north")
    assert operations.play("setup_stack", *NORTH, "--tags", "backend").code != 0
    run = operations.play("setup_stack", "--limit", "south", "--tags", "registry")
    assert run.code == 0, run.output
    assert [line["stack"] for line in operations.lines()] == ["south"]
    assert operations.locked() == ["north"]


def test_a_lock_that_is_too_old_is_taken_over(operations: Operations) -> None:
    operations.lock("north")
    os.utime(operations.locks / "north.lock", (0, time.time() - 120))
    run = operations.play("update_env", *NORTH, "-e", "lock_timeout=60")
    assert run.code == 0, run.output
    assert "is locked by alice at" in run.text() and "it is older than 1m00s, so it is taken over" in run.text()
    assert operations.locked() == []


def test_one_run_waits_for_another(operations: Operations, tmp_path: Path) -> None:
    with operations.stopped_run(tmp_path / "first.log") as first:
        refused = operations.play("redeploy_backend", *NORTH)
        assert refused.code != 0
        assert "Stack north is locked by" in refused.text() and "s: update_env" in refused.text()
        waiting = ("redeploy_backend", *NORTH, "-e", "lock_wait=120")
        with operations.start(*waiting, log=tmp_path / "second.log") as second:
            until(lambda: "Lock | Keep other runs away" in second.said(), "the second run to reach the lock")
            assert not second.is_over()
            first.signal(signal.SIGCONT)
            for run in (first.wait(), second.wait()):
                assert run.code == 0, run.output
    assert [line["action"] for line in operations.lines()] == ["update_env", "redeploy_backend"]
    assert operations.locked() == []


def test_a_killed_run_keeps_nobody_away(operations: Operations, tmp_path: Path) -> None:
    with operations.stopped_run(tmp_path / "killed.log") as killed:
        killed.signal(signal.SIGKILL)
        killed.wait()
        run = operations.play("redeploy_backend", *NORTH)
    assert run.code == 0, run.output
    assert "stack north is locked by" in run.text() and "has ended, so it is taken over" in run.text()
    assert [line["action"] for line in operations.lines()] == ["redeploy_backend"]
    assert operations.locked() == []


def test_nothing_is_written_after_a_run_was_killed(operations: Operations, tmp_path: Path) -> None:
    """A worker of a killed run must not put back what it changed: the stack may be somebody else's by then."""
    broken = json.dumps({"backend_environment": {"PORT": "9999", "ENVIRONMENT": "test"}, "backend_ready_timeout": 60})
    log = tmp_path / "killed.log"
    with operations.start("update_env", *NORTH, "-e", broken, log=log) as killed:
        until(lambda: operations.azure.writes() or killed.is_over(), "the change")
        killed.signal(signal.SIGKILL)
        killed.wait()
        until(lambda: not killed.left(), "the end of its worker")
        written = operations.azure.writes()
        assert len(written) == 1 and "/containerGroups/north-api" in written[0]
    run = operations.play("update_env", *NORTH)
    assert run.code == 0, run.output
    assert operations.locked() == []


def test_a_failed_run_unlocks_and_says_in_the_end_why(operations: Operations) -> None:
    run = operations.play("redeploy_backend", "-e", "backend_image_tag=nothing")
    assert run.code == 2
    for stack in ("north", "south"):
        assert run.recap(stack)["failed"] == 1
    north, south = sorted(operations.lines(), key=lambda line: str(line["stack"]))
    assert north["stack"] == "north" and south["stack"] == "south"
    for line in (north, south):
        assert line["result"] == "failed" and not line["record"]["changed"]
        assert line["message"].startswith("The registry has no image 127.77.")
        assert "/codex-backend:nothing. Push it, then run this again" in line["message"]
        assert line["record"]["failed_task"] == "Look | See who serves, and what there is to run"
        assert line["message"] in run.text().rpartition("TASK [codexdominion.azure.stack : Fail |")[2]
    assert operations.locked() == []


def test_a_line_that_cannot_be_written_fails_the_run_but_keeps_nobody_away(
    operations: Operations, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    run = operations.play("update_env", *NORTH, "-e", f"stack_audit_path={tmp_path}/file/audit.jsonl")
    assert run.code != 0
    assert "The audit record cannot be written" in run.text()
    assert run.recap("north")["failed"] == 1
    assert operations.locked() == []


class TestBreakLock:
    CONFIRM = (*NORTH, "-e", "confirm=north")

    def test_nothing_to_break_is_fine(self, operations: Operations) -> None:
        run = operations.play("break_lock", *NORTH)
        assert run.code == 0, run.output
        assert run.recap("north")["changed"] == 0
        assert "stack north is not locked" in run.text()
        assert not operations.audit.exists()

    @pytest.mark.parametrize("confirm", [(), ("-e", "confirm=south")])
    def test_shows_it_and_asks_first(self, operations: Operations, confirm: tuple[str, ...]) -> None:
        operations.lock("north")
        run = operations.play("break_lock", *NORTH, *confirm)
        assert run.code != 0
        assert "Stack north is locked by alice at" in run.text() and "s: night shift" in run.text()
        assert "run it again with: -e confirm=north" in run.text()
        assert operations.locked() == ["north"]

    def test_a_check_only_tells(self, operations: Operations) -> None:
        operations.lock("north")
        run = operations.play("break_lock", *NORTH, "--check")
        assert run.code == 0, run.output
        assert "the lock would be broken" in run.text()
        assert operations.locked() == ["north"]
        assert not operations.audit.exists()

    def test_breaks_it_and_writes_that_down(self, operations: Operations) -> None:
        operations.lock("north")
        operations.lock("south")
        run = operations.play("break_lock", *self.CONFIRM)
        assert run.code == 0, run.output
        assert run.recap("north")["changed"] == 1
        assert "stack north is locked by alice at" in run.text() and "the lock is broken" in run.text()
        assert operations.locked() == ["south"]
        (line,) = operations.lines()
        assert (line["stack"], line["action"], line["result"]) == ("north", "break_lock", "ok")
        assert line["from"]["owner"] == "alice" and line["from"]["reason"] == "night shift"
        assert operations.play("update_env", *NORTH).code == 0
