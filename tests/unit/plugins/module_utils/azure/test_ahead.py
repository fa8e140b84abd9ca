"""Reading at once what a run is going to look at."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._azure import _ahead
from ansible_collections.codexdominion.azure.plugins.module_utils._azure._ahead import Read
from ansible_collections.codexdominion.azure.plugins.module_utils._azure._reads import Kept, Reads
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache

AZURE = "https://management.example"
GROUP = "/subscriptions/s/resourceGroups/north-rg"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/pull"
ROLES = (
    f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/acr/providers/Microsoft.Authorization/roleAssignments"
)
READS = [
    Read(GROUP, "1"),
    Read(IDENTITY, "2"),
    Read(ROLES, "3", "$filter=principalId eq '{principal}'", IDENTITY),
]


class Azure:
    """Answers, and remembers what it was asked."""

    def __init__(self, broken: str = "nothing") -> None:
        self.asked: list[str] = []
        self.most = 0
        self._now = 0
        self._broken = broken
        self._lock = threading.Lock()

    def ask(self, url: str) -> tuple[float, Kept]:
        with self._lock:
            self.asked.append(url)
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            if self._broken in url:
                raise _ahead.NoAnswerError
            return time.monotonic(), Kept(200, {}, json.dumps({"properties": {"principalId": "p"}}))
        finally:
            with self._lock:
                self._now -= 1


def cache(folder: Path, host: str = "north") -> RunCache:
    return RunCache(str(folder), host)


def read_ahead(folder: Path, azure: Azure, host: str = "north") -> Reads:
    reads = Reads(cache(folder, host), "me")
    _ahead.read_ahead(cache(folder, host), reads, AZURE, azure.ask)
    reads.open()
    return reads


def test_everything_is_read_once_in_a_run(tmp_path: Path) -> None:
    _ahead.lay_down(cache(tmp_path), "north", READS)
    azure = Azure()
    with ThreadPoolExecutor(4) as pool:
        tasks = list(pool.map(lambda _n: read_ahead(tmp_path, azure), range(4)))
    assert len(azure.asked) == len(READS)
    urls = [READS[0].url(AZURE), READS[1].url(AZURE), READS[2].url(AZURE, "p")]
    assert all(reads.take(url) for reads in tasks for url in urls)
    assert "principalId+eq+%27p%27" in next(url for url in azure.asked if "roleAssignments" in url)


def test_it_is_bounded(tmp_path: Path) -> None:
    _ahead.lay_down(cache(tmp_path), "north", [Read(f"{GROUP}-{number}", "1") for number in range(50)])
    azure = Azure()
    read_ahead(tmp_path, azure)
    assert len(azure.asked) == 50
    assert azure.most <= _ahead.THREADS


@pytest.mark.parametrize("broken", [GROUP, "pull", "roleAssignments", "https"])
def test_what_cannot_be_read_is_left_to_who_needs_it(tmp_path: Path, broken: str) -> None:
    _ahead.lay_down(cache(tmp_path), "north", READS)
    reads = read_ahead(tmp_path, Azure(broken))
    for read in READS:
        url = read.url(AZURE, "p")
        assert (reads.take(url) is None) is (broken in url or (broken == "pull" and bool(read.of)))


def test_nothing_is_read_for_a_host_of_which_nothing_is_known(tmp_path: Path) -> None:
    _ahead.lay_down(cache(tmp_path), "south", READS)
    azure = Azure()
    read_ahead(tmp_path, azure)
    read_ahead(tmp_path, azure, host="")
    assert azure.asked == []


def test_what_this_run_writes_is_not_read_ahead(tmp_path: Path) -> None:
    _ahead.lay_down(cache(tmp_path), "north", READS)
    Reads(cache(tmp_path), "me").sending("PUT", f"{AZURE}{GROUP}")
    azure = Azure()
    read_ahead(tmp_path, azure)
    assert azure.asked == []


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "null", '{"properties": null}', '{"properties": {}}'])
def test_an_identity_without_a_principal(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _ahead.lay_down(cache(tmp_path), "north", READS)
    azure = Azure()
    asked: list[str] = []

    def ask(url: str) -> tuple[float, Kept]:
        asked.append(url)
        return time.monotonic(), Kept(200, {}, text)

    monkeypatch.setattr(azure, "ask", ask)
    read_ahead(tmp_path, azure)
    assert len(asked) == 2, "nobody can say whose role assignments to look for"


def test_a_fault_of_ours_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(_url: str) -> tuple[float, Kept]:
        raise ZeroDivisionError

    _ahead.lay_down(cache(tmp_path), "north", READS)
    azure = Azure()
    monkeypatch.setattr(azure, "ask", ask)
    with pytest.raises(ZeroDivisionError):
        read_ahead(tmp_path, azure)
