"""Fixtures for every test, their order, and which of them stay together."""

from __future__ import annotations

from typing import Any

import pytest

pytest_plugins = ["tests.simulator_fixture", "tests.support.azurite", "tests.support.database"]

# What takes longest, the longest first. Of several processes none is left alone with one of them in the end.
LONGEST = (
    "tests/operations/test_backups.py",
    "tests/operations/test_check_matrix.py",
    "tests/modules/test_playbooks.py",
    "tests/operations/test_stack.py",
    "tests/modules/test_kept_password.py",
    "tests/simulator/test_postgresql.py",
    "tests/modules/test_generated_password.py",
    "tests/operations/test_releases.py",
    "tests/modules/test_dumps.py",
    "tests/simulator/test_redis.py",
)
# Every test of these files brings its own: they share a local Azure, and nothing on it.
APART = ("tests/modules/test_playbooks.py",)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long, and with the slow ones of the others."""
    slow = {item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("soak")}
    places = {name: place for place, name in enumerate(LONGEST)}

    def place(item: pytest.Item) -> tuple[int, bool]:
        return places.get(item.nodeid.partition("::")[0], len(places)), item.path not in slow

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of a file in one process, since they share what they set up, but for the files named above."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return nodeid if file in APART else file

    return ByFile(config, log)
