"""What is wrong with a variable by itself."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _given, _problems
from tests.support.playbooks import ROOT

ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if path.is_dir())


def numbers() -> dict[str, Any]:
    """Return every input of every role that is a number, with its default."""
    found: dict[str, Any] = {}
    for role in ROLES:
        spec = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
        for entry in spec["argument_specs"].values():
            options = entry.get("options") or {}
            found |= {name: option for name, option in options.items() if option["type"] == "int"}
    return found


def said(name: str, value: object) -> list[str]:
    return _problems.single({name: {"type": "int"}}, {name: _given.of(value)}).get(name, [])


def test_there_are_numbers() -> None:
    assert {"database_check_queries", "stack_timeout", "database_backup_jobs"} <= numbers().keys()


@pytest.mark.parametrize("name", numbers())
@pytest.mark.parametrize("value", [-1, "-1", -(2**31)])
def test_no_number_is_negative(name: str, value: object) -> None:
    assert [one.split(" is less than ")[0] for one in said(name, value)] == [f"{name}: {value}"]


@pytest.mark.parametrize("name", numbers())
def test_defaults_and_one_are_numbers_that_work(name: str) -> None:
    default = numbers()[name].get("default")
    assert said(name, 1) == []
    assert default is None or said(name, default) == []


@pytest.mark.parametrize(
    ("name", "is_refused"),
    [
        ("database_check_queries", True),
        ("redis_check_queries", True),
        ("backend_timeout", True),
        ("database_backup_jobs", True),
        ("backend_prune_keep", True),
        ("backend_logs_tail", True),
        ("stack_lock_timeout", False),
        ("stack_lock_wait", False),
        ("backend_stable_seconds", False),
        ("database_backup_max_age_days", False),
        ("database_backup_keep_daily", False),
    ],
)
def test_some_of_nothing(name: str, is_refused: bool) -> None:
    assert said(name, 0) == ([f"{name}: 0 is less than 1"] if is_refused else [])
