"""Decisions stand in Python, and everything has one place: in figures, so that it stays so."""

from __future__ import annotations

import collections
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROLES = sorted(path.name for path in ROOT.glob("roles/*") if path.is_dir())
ROOMS = sorted(path.name for path in ROOT.glob("plugins/module_utils/*") if (path / "__init__.py").is_file())

LIMITS = {"statements": 0, "lines": 60, "files": 15}
"""For each role: statements of Jinja in its tasks and variables, lines of its variables, files with tasks."""

LEFT: dict[str, dict[str, int]] = {}
"""What is not done yet. A figure that has become better has to be made smaller here, or to go."""

FOREIGN_LEFT: dict[str, set[str]] = {}
"""Private names of other roles that are still read. One that is not any more has to go here too."""

MEANINGS = {
    "_api": "what requests a service knows",
    "_blob": "something kept in a blob",
    "_body": "what is sent of a resource, and read of it",
    "_check": "asks something whether it works, and judges the answers",
    "_connection": "a connection to a server, and what its errors mean",
    "_directory": "something kept in a directory",
    "_errors": "errors as one line with cause and remedy",
    "_rules": "what a service allows",
    "_spec": "options of modules, and the rules about them",
    "_task": "one task on a resource, from its parameters to its result",
}
"""What a module's name means in every room that has one of it."""

_STATEMENT = re.compile(r"\{%[-+]?\s*(?:for|set|if)\b")
_PRIVATE = re.compile(r"(?<!\w)__[a-z]\w*")


def figures(role: str) -> dict[str, int]:
    """Return what a role holds, by the names of the limits."""
    tasks, variables = (sorted((ROOT / "roles" / role / kind).glob("*.yml")) for kind in ("tasks", "vars"))
    texts = [path.read_text(encoding="utf-8") for path in [*tasks, *variables]]
    return {
        "statements": sum(len(_STATEMENT.findall(text)) for text in texts),
        "lines": max(len(path.read_text(encoding="utf-8").splitlines()) for path in variables),
        "files": len(tasks),
    }


def owner(name: str) -> str | None:
    """Return the role that a private name belongs to, by its prefix."""
    return next((role for role in sorted(ROLES, key=len, reverse=True) if name.startswith(f"__{role}_")), None)


def foreign(place: str) -> set[str]:
    """Return the private names that a role, or the playbooks, read of others."""
    folder = ROOT / ("playbooks" if place == "playbooks" else f"roles/{place}")
    files = [path for path in folder.rglob("*") if path.suffix in (".yml", ".j2")]
    names = {name for path in files for name in _PRIVATE.findall(path.read_text(encoding="utf-8"))}
    return {name for name in names if owner(name) != place}


def test_what_counts_as_foreign() -> None:
    assert owner("__database_backup_due") == "database_backup" and owner("__database_due") == "database"
    assert owner("__nobody_knows") is None
    assert _PRIVATE.findall("{{ __stack_from }} a__b x.__class__") == ["__stack_from", "__class__"]
    assert _STATEMENT.findall("{% for a in b %}{%- set c = 1 %}{% if c %}{% endif %}{{ 'if' }}") != []


@pytest.mark.parametrize("role", ROLES)
def test_a_role_declares_and_python_decides(role: str) -> None:
    allowed = LIMITS | LEFT.get(role, {})
    found = figures(role)
    worse = {name: found[name] for name in found if found[name] > allowed[name]}
    assert not worse, f"more than the {allowed} that a role may have: decide in Python (CONTRIBUTING.md)"
    better = {name: found[name] for name in LEFT.get(role, {}) if found[name] < allowed[name]}
    assert not better, "better than LEFT says: write it down there, or remove what keeps the limit"


def test_what_is_left_is_beyond_the_limits() -> None:
    for role, left in LEFT.items():
        assert role in ROLES
        assert all(figure > LIMITS[name] for name, figure in left.items()), f"{role} keeps a limit that LEFT lifts"


@pytest.mark.parametrize("place", [*ROLES, "playbooks"])
def test_nobody_reads_a_private_name_of_a_role(place: str) -> None:
    assert foreign(place) == FOREIGN_LEFT.get(place, set())


def test_every_room_is_on_the_map() -> None:
    rows = re.findall(r"^\| (`_.*?) \|", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(re.findall(r"`(_\w+)`", " ".join(rows))) == ROOMS


def test_a_name_means_the_same_in_every_room() -> None:
    rooms = collections.defaultdict(set)
    for path in ROOT.glob("plugins/module_utils/*/_[a-z]*.py"):
        rooms[path.stem].add(path.parent.name)
    several = {name: found for name, found in rooms.items() if len(found) > 1}
    assert {name: found for name, found in several.items() if name not in MEANINGS} == {}


def test_no_file_of_what_is_shared_stands_outside_of_a_room() -> None:
    assert [path.name for path in ROOT.glob("plugins/module_utils/*.py")] == []
