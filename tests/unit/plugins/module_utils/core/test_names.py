"""Names that Azure accepts and refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _names

GOOD: list[tuple[Callable[[str], str | None], str]] = [
    (_names.resource_group, "codex-rg"),
    (_names.resource_group, "a.b_(c)"),
    (_names.resource_group, "x" * 90),
    (_names.registry, "codexdominionacr"),
    (_names.registry, "a1b2c"),
    (_names.container, "a"),
    (_names.container, "0codex-api9"),
    (_names.container, "x" * 63),
    (_names.dns_label, "codex-api"),
    (_names.dns_label, "abcde"),
    (_names.environment_variable, "_PORT1"),
    (_names.identity, "codex-api_pull"),
    (_names.location, "East US 2"),
]
BAD: list[tuple[Callable[[str], str | None], str]] = [
    (_names.resource_group, ""),
    (_names.resource_group, "ends."),
    (_names.resource_group, "with space"),
    (_names.resource_group, "x" * 91),
    (_names.registry, "abcd"),
    (_names.registry, "with-hyphen"),
    (_names.registry, "x" * 51),
    (_names.container, "Upper"),
    (_names.container, "-a"),
    (_names.container, "a-"),
    (_names.container, "a--b"),
    (_names.container, "x" * 64),
    (_names.container, "a\n"),
    (_names.dns_label, "abcd"),
    (_names.dns_label, "1abcd"),
    (_names.dns_label, "abcd-"),
    (_names.environment_variable, "1A"),
    (_names.environment_variable, "A-B"),
    (_names.environment_variable, ""),
    (_names.identity, "ab"),
    (_names.identity, "_abc"),
    (_names.location, "east-us!"),
]


@pytest.mark.parametrize(("rule", "name"), GOOD)
def test_accepts(rule: Callable[[str], str | None], name: str) -> None:
    assert rule(name) is None


@pytest.mark.parametrize(("rule", "name"), BAD)
def test_refuses_and_says_what_is_allowed(rule: Callable[[str], str | None], name: str) -> None:
    problem = rule(name)
    assert problem is not None
    assert repr(name) in problem
    assert "is not valid: " in problem


def test_locations_are_the_same_in_either_form() -> None:
    assert _names.normalise_location("East US") == _names.normalise_location("eastus")


@pytest.mark.parametrize(
    ("tags", "number"),
    [({"a": "b"}, 0), ({str(n): "" for n in range(51)}, 1), ({"a": "x" * 257}, 1), ({"a/b": ""}, 1), ({"": ""}, 1)],
)
def test_tags(tags: dict[str, object], number: int) -> None:
    assert len(_names.tags(tags)) == number
