"""Fixtures for every test, and which tests may run apart from each other."""

from __future__ import annotations

import pytest

pytest_plugins = ["tests.simulator_fixture", "tests.support.azurite", "tests.support.database"]

# The tests of a file share what takes long to set up, so they run in one process. Those of these files need nothing of
# each other and would take longest there: they run in so many.
_APART = {"test_playbooks.py": 4}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests for `--dist loadgroup`."""
    for number, item in enumerate(items):
        part = number % _APART.get(item.path.name, 1)
        item.add_marker(pytest.mark.xdist_group(f"{item.path}-{part}"))
