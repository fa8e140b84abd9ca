"""What a run says to do next can be done: the playbook exists, and it is run on the stack that it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.playbooks import ROOT
from tests.support.role import evaluate

COMMAND = re.compile(r"ansible-playbook\s+playbooks/(.*?)\.yml(.{0,80})", re.DOTALL)


def said() -> Iterator[tuple[str, str, str]]:
    """Yield where a command stands, the playbook that it names, and what follows."""
    shipped = [
        *ROOT.glob("roles/*/tasks/*.yml"),
        *ROOT.glob("roles/*/vars/*.yml"),
        *ROOT.glob("plugins/**/*.py"),
        *ROOT.glob("playbooks/**/*.yml"),
    ]
    for path in sorted(shipped):
        text = path.read_text(encoding="utf-8")
        for found in COMMAND.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield f"{path.relative_to(ROOT)}:{line}", found[1], found[2]


COMMANDS = list(said())


def test_there_are_some() -> None:
    assert len(COMMANDS) > 10


@pytest.mark.parametrize(("where", "playbook", "rest"), COMMANDS, ids=[one[0] for one in COMMANDS])
def test_a_next_step_can_be_done(where: str, playbook: str, rest: str) -> None:
    named = [playbook] if playbook.isidentifier() else re.findall(r"default\('(\w+)'\)", playbook)
    # The playbook that has failed; test_every_playbook_says_which_one_it_is() looks at these.
    assert named or playbook == "{action}", f"{where} names no playbook"
    for name in named:
        assert (ROOT / "playbooks" / f"{name}.yml").is_file(), f"{where}: there is no {name}.yml"
    assert "--limit" in rest, f"{where}: without --limit it would be done to every stack"


def test_every_playbook_says_which_one_it_is() -> None:
    """A report names the playbook that failed as the next step, by the action of its stack."""
    for path in sorted(Path(ROOT / "playbooks").glob("*.yml")):
        for action in re.findall(r"^    stack_action: (\w+)$", path.read_text(encoding="utf-8"), re.MULTILINE):
            assert action == path.stem


@pytest.mark.parametrize("looped", [False, True])
def test_the_last_words_name_variables_of_the_inventory(tmp_path: Path, looped: bool) -> None:
    remedy = "Delete the resources first, or set force to true to delete them with the group."
    failed = {
        "failed": True,
        "msg": f"resource group codex-rg holds the force (NotEmpty). {remedy}",
        "failure": {"remedy": remedy},
    }
    fine = {"failed": False, "msg": "fine"}
    found = evaluate(
        "stack",
        tmp_path,
        {"reason": "stack_reason"},
        ansible_failed_result={"failed": True, "msg": "One failed", "results": [fine, failed]} if looped else failed,
        ansible_failed_task={"action": "codexdominion.azure.resource_group"},
    )
    assert found["reason"] == (
        "resource group codex-rg holds the force (NotEmpty). Delete the resources first, or set "
        "stack_remove_everything to true to delete them with the group."
    )
