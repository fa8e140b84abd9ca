"""Application settings: what is written, and what is shown of it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._static_site import _settings

SECRET = "Quiet-5ecret-8d1f"


def params(plain: Any = None, secret: Any = None, append: bool = True) -> dict[str, Any]:
    return {"app_settings": plain, "secret_app_settings": secret, "append_app_settings": append}


VALUES = (None, "1", "2")
CASES = list(itertools.product(VALUES, VALUES, VALUES, VALUES, (True, False)))


@pytest.mark.parametrize(("plain", "secret", "present_plain", "present_other", "append"), CASES)
def test_what_differs_is_what_is_written(
    plain: str | None, secret: str | None, present_plain: str | None, present_other: str | None, append: bool
) -> None:
    """For every way in which three settings can be there and wanted."""
    given = params({"PLAIN": plain} if plain else {}, {"OTHER": secret} if secret else {}, append)
    present = {name: value for name, value in (("PLAIN", present_plain), ("OTHER", present_other)) if value}
    wanted = _settings.wanted(given, present)
    changed = {change.path[1] for change in _settings.changes(given, present)}
    assert changed == {name for name in {*present, *wanted} if present.get(name) != wanted.get(name)}
    for name, value in (("PLAIN", plain), ("OTHER", secret)):
        expected = value or (present.get(name) if append else None)
        assert wanted.get(name) == expected
    assert _settings.changes(given, wanted) == []


def test_shows_no_secret_neither_before_nor_after() -> None:
    given = params({"COLOUR": "blue"}, {"KEY": SECRET}, append=False)
    present = {"KEY": f"{SECRET}-before", "OTHERS": f"{SECRET}-others", "COLOUR": "green"}
    changes = _settings.changes(given, present)
    assert SECRET not in str(changes)
    assert {change.name: (change.before, change.after) for change in changes} == {
        "app_settings.COLOUR": ("green", "blue"),
        "secret_app_settings.KEY": (None, "(secret, changed)"),
        "app_settings.OTHERS": ("(secret)", None),
    }


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (8001, "8001"), ("a", "a")])
def test_values_are_text(value: Any, text: str) -> None:
    assert _settings.wanted(params({"A": value}), {}) == {"A": text}


@pytest.mark.parametrize(
    ("plain", "secret", "count"),
    [
        ({"A": None}, {"B": 1.5}, 2),
        ({"A": "1"}, {"A": "2"}, 1),
        ({" ": "1"}, {}, 1),
        ({"A": ["1"]}, {"B": {"C": "d"}}, 2),
        ({"A": "1"}, {"B": "2"}, 0),
        (None, None, 0),
    ],
)
def test_names_every_problem(plain: Any, secret: Any, count: int) -> None:
    assert len(list(_settings.problems(params(plain, secret)))) == count
