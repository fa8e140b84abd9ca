"""Confirmations by name."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._stack import _confirmation


@pytest.mark.parametrize(
    ("given", "name", "confirmed"),
    [
        ("north", "north", True),
        ("south,north", "north", True),
        ("", "north", False),
        ("northern", "north", False),
        ("north", "northern", False),
        ("south, north", "north", False),
        (7, "7", True),
        ("7", 7, True),
        (True, "north", False),
    ],
)
def test_only_the_name_itself_confirms(given: object, name: object, confirmed: bool) -> None:
    assert _confirmation.confirms(given, name) is confirmed


@pytest.mark.parametrize(
    ("profile", "end"),
    [
        ("mvp", "all images and the backend."),
        ("database", "the backend, and the database with all its data and backups."),
        ("full", "the backend, and the database with all its data and backups, and the cache."),
    ],
)
def test_a_warning_names_what_goes(profile: str, end: str) -> None:
    said = _confirmation.removal("north", "codex-rg", profile)
    assert said.startswith("This removes the stack north: the resource group codex-rg with its registry, ")
    assert said.endswith(end)
