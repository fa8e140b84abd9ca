"""`tools/find-python`: a Python that really runs, and is one of those that are supported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.playbooks import ROOT

TOOL = ROOT / "tools" / "find-python"


def find(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tool with nothing on the PATH but this directory (and the system's own sh)."""
    environment = {"PATH": str(path)}
    return subprocess.run(
        ["/bin/sh", TOOL, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def program(directory: Path, name: str, script: str) -> Path:
    """Write an executable shell script."""
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A directory whose python3.11 is the Python of this test."""
    return program(tmp_path, "python3.11", f'exec "{sys.executable}" "$@"')


def test_a_shim_that_only_prints_an_error_is_passed_over(tmp_path: Path, real: Path) -> None:
    program(tmp_path, "python3.13", 'echo "pyenv: python3.13: command not found" >&2; exit 127')
    found = find(tmp_path)
    assert found.returncode == 0
    assert found.stdout.strip() == str(real)


def test_a_python_outside_the_range_is_passed_over(tmp_path: Path, real: Path) -> None:
    program(tmp_path, "python3.12", "exit 1")  # what a Python answers that fails the check of its version
    assert find(tmp_path).stdout.strip() == str(real)


def test_nothing_usable_is_said_in_one_line(tmp_path: Path) -> None:
    found = find(tmp_path)
    assert found.returncode == 1
    assert found.stderr.count("\n") == 1
    assert "PYTHON=" in found.stderr


def test_a_named_python_is_taken_or_refused_but_not_replaced(tmp_path: Path, real: Path) -> None:
    assert find(tmp_path, str(real)).stdout.strip() == str(real)
    broken = program(tmp_path, "python-broken", "exit 1")
    refused = find(tmp_path, str(broken))
    assert refused.returncode == 1
    assert str(broken) in refused.stderr
