"""Fixtures for every test, and their order."""

from __future__ import annotations

import pytest

pytest_plugins = ["tests.simulator_fixture", "tests.support.azurite", "tests.support.database"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long: of several processes none is left alone with one of them in the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
