"""The collection as the README builds, installs and runs it, with nothing but what the README installs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repository.test_repository import LINK, pins, tracked
from tests.support.playbooks import ROOT

HIDING = """
import importlib.metadata, re, sys

allowed = set(sys.argv.pop(1).split(","))
sys.argv[0] = sys.argv.pop(1)
name = lambda text: re.sub("[-_.]+", "-", text).lower()
owners = importlib.metadata.packages_distributions()
hidden = {module for module, names in owners.items() if not {name(one) for one in names} & allowed}

class Hide:
    @staticmethod
    def find_spec(module, path=None, target=None):
        if module.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"not installed: {module}", name=module)

sys.meta_path.insert(0, Hide)
command = next(one for one in importlib.metadata.entry_points(group="console_scripts") if one.name == sys.argv[0])
sys.exit(command.load()())
"""
"""Runs a program of ansible-core as if nothing were installed but the packages that are named first."""


def commands() -> list[str]:
    """Return the lines of the README's section about the collection."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## As a collection\n")[1]
    block = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert block
    return block[1].splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what git holds, with the tracked link."""
    copy = tmp_path / "checkout"
    for path in tracked():
        target = copy / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    link = copy / LINK
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to((ROOT / LINK).readlink())
    return copy


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home of its own, and the programs of ansible-core with only what operators install."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "hiding.py").write_text(HIDING, encoding="utf-8")
    for name in ("ansible-galaxy", "ansible-playbook"):
        script = f'#!/bin/sh\nexec "{sys.executable}" "{programs}/hiding.py" {",".join(pins("operator"))} {name} "$@"\n'
        (programs / name).write_text(script, encoding="utf-8")
        (programs / name).chmod(0o755)
    return {
        "HOME": str(tmp_path / "home"),
        "PATH": os.pathsep.join([str(programs), os.environ["PATH"]]),
        "ANSIBLE_NOCOLOR": "1",
    }


def run(command: str, folder: Path, environment: dict[str, str]) -> str:
    """Run a line of shell; returns what it printed."""
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_readme_installs_what_its_commands_need_before_they_need_it() -> None:
    assert commands()[0] == "pip install -r requirements/operator.txt"


@pytest.mark.slow
def test_the_readme_builds_installs_and_runs_the_collection(
    checkout: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    build, install, play = commands()[1:]
    run(build, checkout, environment)
    run(install, checkout, environment)
    installed = Path(environment["HOME"]) / ".ansible/collections/ansible_collections/codexdominion/azure"
    assert not installed.is_symlink()
    assert (installed / "playbooks/setup_stack.yml").is_file()
    assert (checkout / LINK).is_symlink(), "the checkout's own link is still there"

    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(ROOT / "inventories", elsewhere / "inventories")
    assert f"playbook: {installed}/playbooks/setup_stack.yml" in run(f"{play} --syntax-check", elsewhere, environment)
