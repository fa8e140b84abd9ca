"""What one run keeps."""

from __future__ import annotations

import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache


def test_processes_share_an_entry(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> dict[str, Any]:
        made.append(1)
        return {"token": "t"}

    with ThreadPoolExecutor(8) as pool:  # each with a cache of its own, as forks have
        entries = list(pool.map(lambda _n: RunCache(str(tmp_path)).get_or_make("key", make), range(8)))
    assert entries == [{"token": "t"}] * 8
    assert made == [1]


def test_files_are_private(tmp_path: Path) -> None:
    RunCache(str(tmp_path)).get_or_make("key", lambda: {"token": "t"})
    assert list(tmp_path.iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_an_entry_about_to_expire_is_made_again(tmp_path: Path) -> None:
    for age, number in ((3600, 1), (60, 2)):
        made: list[int] = []

        def make(age: int = age, made: list[int] = made) -> dict[str, Any]:
            made.append(1)
            return {"expires_on": time.time() + age}

        for _run in range(2):
            RunCache(str(tmp_path)).get_or_make(f"key {age}", make)
        assert len(made) == number


def test_without_a_folder_it_lives_in_memory(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> dict[str, Any]:
        made.append(1)
        return {}

    cache = RunCache(str(tmp_path / "missing"))
    cache.get_or_make("key", make)
    cache.get_or_make("key", make)
    assert made == [1]
    assert not list(tmp_path.iterdir())
