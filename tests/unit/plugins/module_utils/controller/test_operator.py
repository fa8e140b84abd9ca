"""Which process stands for a run, and whether it has ended."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _operator
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._operator import Process, _Seen


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs until its input is closed."""
    with subprocess.Popen(
        [sys.executable, "-c", "input('runs')"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        # For a moment after exec, /proc has no command line.
        assert process.stdout and process.stdout.read(4) == b"runs"
        yield process
        process.kill()


def started(pid: int) -> str:
    seen = _operator._look(pid)
    assert seen
    return seen.started


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("ansible-playbook site.yml", True),
        ("/opt/venv/bin/python3.13 /opt/venv/bin/ansible-playbook site.yml", True),
        ("/usr/bin/Python -I -m ansible playbook site.yml", True),
        ("ansible all -m ping", True),
        ("python", False),
        ("python -m pytest ansible", False),
        ("make -C ansible", False),
        ("sh -c ansible-playbook", False),
        ("", False),
    ],
)
def test_is_ansible(command: str, expected: bool) -> None:
    assert _operator._is_ansible(command.split()) is expected


# Process numbers with their parents, from below.
SHELL, RUN, WORKER = ["sh", "-c", "x"], ["ansible-playbook", "a.yml"], ["python", "ansible-playbook", "a.yml"]
MODULE = ["python", "AnsiballZ_stack_lock.py"]


@pytest.mark.parametrize(
    ("ancestors", "expected"),
    [
        ([WORKER, RUN, SHELL], 2),
        ([MODULE, SHELL, WORKER, RUN, SHELL], 4),
        ([MODULE, SHELL, WORKER, RUN, SHELL, MODULE, WORKER, RUN], 4),  # a run within a task of another run
        ([MODULE, SHELL, ["sshd"]], None),
        ([], None),
    ],
)
def test_run_process(ancestors: list[list[str]], expected: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    table = {
        os.getpid() + number: _Seen(os.getpid() + number + 1, f"at {number + 1}", False, command)
        for number, command in enumerate(ancestors)
    }
    monkeypatch.setattr(_operator, "_look", table.get)
    found = _operator.run_process()
    assert found == (Process(os.getpid() + expected - 1, f"at {expected}") if expected else None)


def test_has_ended(child: subprocess.Popen[bytes]) -> None:
    process = Process(child.pid, started(child.pid))
    assert not _operator.has_ended(process)
    assert _operator.has_ended(process._replace(started="another time"))
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert _operator.has_ended(process), "a zombie"
    child.wait()
    assert _operator.has_ended(process)


def test_what_cannot_be_seen_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_operator, "_look", lambda _pid: None)
    assert not _operator.has_ended(Process(os.getpid(), "some time"))


@pytest.mark.skipif(not shutil.which("ps"), reason="no ps here")
def test_ps_tells_the_same(child: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    by_proc = _operator._look(child.pid)
    monkeypatch.setattr(_operator, "_PROC", tmp_path)
    by_ps = _operator._look(child.pid)
    assert by_proc and by_ps
    assert (by_ps.parent, by_ps.ended) == (by_proc.parent, by_proc.ended) == (os.getpid(), False)
    assert by_ps.command[0] == by_proc.command[0]
    assert len(by_ps.started.split()) == 5 and by_ps.started == started(child.pid)
    child.kill()
    child.wait()
    assert _operator._look(child.pid) is None


def test_user_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> str:
        raise KeyError("uid")

    monkeypatch.setattr(getpass, "getuser", unknown)
    assert _operator.user() == f"uid {os.getuid()}"


def test_state_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home-of-alice")
    assert _operator.state_folder() == Path("/home-of-alice/.local/state/codexdominion.azure")
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert _operator.state_folder() == Path("/state/codexdominion.azure")
