"""Roles stay lists that a person can read: no program in their variables, few files, nobody else's internals."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROLES = ("database", "redis")
"""Those whose decisions are Python."""

LINES, FILES = 60, 15


def yaml_files(role: str) -> list[Path]:
    """Return what of a role is YAML, but for its specification, which only describes."""
    return sorted(path for path in (ROOT / "roles" / role).rglob("*.yml") if path.parent.name != "meta")


@pytest.mark.parametrize("role", ROLES)
def test_variables_and_files_are_few(role: str) -> None:
    assert len((ROOT / f"roles/{role}/vars/main.yml").read_text(encoding="utf-8").splitlines()) <= LINES
    assert len(list((ROOT / f"roles/{role}/tasks").glob("*.yml"))) <= FILES


@pytest.mark.parametrize("role", ROLES)
def test_no_yaml_is_a_program(role: str) -> None:
    found = [str(path) for path in yaml_files(role) if re.search(r"\{%-?\s*(for|set|if)\b", path.read_text("utf-8"))]
    assert found == []


@pytest.mark.parametrize("role", ROLES)
def test_internals_stay_within_their_role(role: str) -> None:
    others = "|".join(sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir() and path.name != role))
    foreign = re.compile(rf"__({others})_(?!{role}_)\w+")
    # database_backup begins as database does.
    own = re.compile(rf"(?<![\w])__{role}_(?!backup_)\w+")
    for path in yaml_files(role):
        names = [name[0] for name in foreign.finditer(path.read_text("utf-8")) if not own.fullmatch(name[0])]
        assert names == [], path
    for path in [*(ROOT / "playbooks").rglob("*.yml"), *(ROOT / "roles").rglob("*.yml")]:
        if role not in path.parts:
            assert own.findall(path.read_text("utf-8")) == [], path
