"""Restore marks: what Azure must have said before a moment is written down."""

from __future__ import annotations

import copy
import datetime
import email.utils
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Answer
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _mark
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _api
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql._api import Child
from tests.support.backups import ago, store
from tests.support.invoke import invoke

SERVER: dict[str, Any] = {
    "name": "db",
    "properties": {
        "state": "Ready",
        "version": "16",
        "fullyQualifiedDomainName": "db.postgres.database.azure.com",
        "backup": {"backupRetentionDays": 7, "earliestRestoreDate": "2026-01-01T00:00:00.1234567+00:00"},
    },
}


class Azure:
    """A server whose answers are read again and again; its clock goes on by half a second with each."""

    def __init__(self) -> None:
        self.server = copy.deepcopy(SERVER)
        self.now = datetime.datetime.now(datetime.UTC).replace(microsecond=600_000)
        self.pace = datetime.timedelta(seconds=0.5)
        self.asked = 0
        self.backups: list[dict[str, Any]] = [{"properties": {"completedTime": "2026-01-01T00:00:00.1234567+00:00"}}]
        self.listed = 0
        self.name, self.id, self.what = "db", "/subscriptions/s/servers/db", "PostgreSQL server db"

    def ask(self) -> Answer:
        self.asked += 1
        date = email.utils.format_datetime(self.now.replace(microsecond=0), usegmt=True)
        self.now += self.pace
        return Answer(200, {"date": date}, copy.deepcopy(self.server), "", "GET")

    def list(self, kind: Child) -> list[dict[str, Any]]:
        assert kind is Child.BACKUP
        self.listed += 1
        return copy.deepcopy(self.backups)


@pytest.fixture
def azure(monkeypatch: pytest.MonkeyPatch) -> Azure:
    """Azure with one server, where waiting takes no time."""
    found = Azure()
    monkeypatch.setattr(_api, "ServerApi", lambda *_args: found)
    monkeypatch.setattr(_mark, "_PAUSE", 0)
    monkeypatch.setattr(_mark, "_PAUSE_FOR_BACKUP", 0)
    return found


@pytest.fixture
def mark(azure: Azure, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """The module."""
    params = {"resource_group": "rg", "server": "db-server", "directory": str(tmp_path / "marks"), "prefix": "codex"}
    return lambda check_mode=False, **more: invoke("postgresql_restore_mark", {**params, **more}, check_mode=check_mode)


def moment(result: dict[str, Any]) -> datetime.datetime:
    """Return what was marked."""
    return datetime.datetime.fromisoformat(result["backup"]["manifest"]["started"])


def test_lies_between_the_beginning_and_the_end_of_the_task(azure: Azure, mark: Callable[..., dict[str, Any]]) -> None:
    before = azure.now
    result = mark()
    assert before <= moment(result) <= azure.now
    assert moment(result) - before < datetime.timedelta(seconds=1)
    assert result["earliest_restore"] == "2026-01-01T00:00:00.123Z"
    assert result["changed"] and not result.get("warnings")


def test_two_marks_are_two_moments(mark: Callable[..., dict[str, Any]]) -> None:
    assert moment(mark()) < moment(mark())


def test_check_mode_asks_once(azure: Azure, mark: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    assert mark(check_mode=True)["changed"]
    assert (azure.asked, azure.listed) == (1, 1) and not list(tmp_path.iterdir())


@pytest.mark.parametrize("state", ["Stopped", "Updating", "Starting", ""])
def test_a_server_that_is_not_ready(
    state: str, azure: Azure, mark: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    azure.server["properties"]["state"] = state
    for check_mode in (True, False):
        assert mark(check_mode=check_mode)["failure"]["code"] == "ServerNotReady"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("earliest", [None, "", "2999-01-01T00:00:00+00:00"])
def test_a_window_that_has_not_begun(
    earliest: str | None, azure: Azure, mark: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    azure.server["properties"]["backup"]["earliestRestoreDate"] = earliest
    assert mark()["failure"]["code"] == "OutsideRestoreWindow"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("backups", [[], [{"properties": {"completedTime": None}}]])
def test_a_server_without_a_backup(
    backups: list[dict[str, Any]],
    azure: Azure,
    mark: Callable[..., dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    azure.backups = backups
    monkeypatch.setattr(_mark, "_PAUSE_FOR_BACKUP", 1.1)
    for check_mode in (True, False):
        failure = mark(check_mode=check_mode, timeout=1)["failure"]
        assert (failure["code"], "it has no backup yet" in failure["message"]) == ("OutsideRestoreWindow", True)
        assert failure["remedy"].startswith("Wait for the first backup")
    assert not list(tmp_path.iterdir())


def test_the_first_backup_is_waited_for(azure: Azure, mark: Callable[..., dict[str, Any]]) -> None:
    backups, azure.backups = azure.backups, []
    listing = azure.list

    def completing(kind: Child) -> list[dict[str, Any]]:
        found = listing(kind)
        if azure.listed == 3:
            azure.backups = backups
            azure.now += datetime.timedelta(minutes=1)
        return found

    azure.list = completing  # type: ignore[method-assign]
    before = azure.now
    assert moment(mark()) > before + datetime.timedelta(minutes=1)
    assert azure.listed == 4


def test_a_server_that_stops_meanwhile(azure: Azure, mark: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    ask = azure.ask

    def stopping() -> Answer:
        answer = ask()
        azure.server["properties"]["state"] = "Stopping"
        return answer

    azure.ask = stopping  # type: ignore[method-assign]
    assert mark()["failure"]["code"] == "ServerNotReady"
    assert not list(tmp_path.iterdir())


def test_a_clock_that_stands(
    azure: Azure, mark: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    azure.pace = datetime.timedelta()
    monkeypatch.setattr(_mark, "_LONGEST_WAIT", 0.05)
    assert mark()["failure"]["code"] == "Timeout"
    assert not list(tmp_path.iterdir())


def test_clocks_that_differ_are_told(azure: Azure, mark: Callable[..., dict[str, Any]]) -> None:
    azure.now += datetime.timedelta(seconds=400)
    result = mark()
    assert "ahead of" in result["warnings"][0]
    assert 395 < result["backup"]["manifest"]["clock_skew_seconds"] < 405


def test_a_precaution_is_not_stopped_by_whose_the_prefix_is(
    mark: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """A stack that was moved restores its own dump by its name, and leaves a mark before."""
    theirs = store(tmp_path / "marks", ago(1), owner="stack codex in old")
    refused = mark(owner="stack codex in new")
    assert refused["failure"]["code"] == "PrefixInUse"
    left = mark(owner="stack codex in new", precaution=True)
    assert left["backup"]["manifest"]["owner"] is None
    assert f"The backup {theirs} in " in left["warnings"][0]
    # Neither of the two is stopped by it.
    assert not mark(owner="stack codex in old").get("failed")
    assert mark(prefix="ours", owner="us", precaution=True)["backup"]["manifest"]["owner"] == "us"
