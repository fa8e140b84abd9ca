"""A task's process ends with the run it works for, however that ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.playbooks import ROOT
from tests.support.waiting import until

RUN = """
import os, sys, time
sys.path[:0] = {path!r}
from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _run_guard
if os.fork() == 0:
    os.setsid()
    if {polls}:
        vars(os).pop("pidfd_open", None)
    if {guarded}:
        _run_guard.end_with_run()
    print(os.getpid(), flush=True)
    time.sleep(60)
else:
    os.wait()
"""


def started(folder: Path, *, polls: bool, guarded: bool = True) -> tuple[subprocess.Popen[str], int]:
    """Start what is called as a run is, with a worker; return it and the worker's number."""
    command = folder / "ansible-playbook"
    path = [str(ROOT / "collections"), *sys.path]
    command.write_text(RUN.format(path=path, polls=polls, guarded=guarded), encoding="utf-8")
    run = subprocess.Popen([sys.executable, command], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    return run, int(run.stdout.readline())


def ended(pid: int) -> bool:
    """Return whether a process that nobody of ours waits for has ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return "Z" in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]


@pytest.mark.parametrize("polls", [False, True])
def test_a_worker_ends_with_its_run(tmp_path: Path, polls: bool) -> None:
    run, worker = started(tmp_path, polls=polls)
    assert not ended(worker)
    run.kill()
    run.wait()
    until(lambda: ended(worker), "the end of the worker")


def test_it_is_the_guard_that_ends_it(tmp_path: Path) -> None:
    run, worker = started(tmp_path, polls=False, guarded=False)
    run.kill()
    run.wait()
    assert not ended(worker)
    os.kill(worker, signal.SIGKILL)
