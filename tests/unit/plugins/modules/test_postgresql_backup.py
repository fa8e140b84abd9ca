"""When postgresql_backup makes a backup, when it refuses to, and what it never removes."""

from __future__ import annotations

import datetime
import re
import time
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql._api import Child
from tests.support import postgresql
from tests.support.invoke import problems
from tests.support.postgresql import Memory, busy_once

GENERAL = {"sku": {"name": "Standard_D2ds_v5", "tier": "GeneralPurpose"}}


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """A server that can be backed up on demand, and one automatic backup."""
    memory = postgresql.install(monkeypatch)
    memory.add("codex-db", **GENERAL)
    memory.backup("backup_638494823628395327", backupType="Full", source="Automatic")
    return memory


def run(check_mode: bool = False, **params: Any) -> dict[str, Any]:
    """Return the result of the module."""
    return postgresql.run("postgresql_backup", check_mode, **{"server": "codex-db", **params})


def have(memory: Memory, *days: int, prefix: str = "daily") -> list[str]:
    """Have backups of these days of June, one a day; return their names."""
    names = []
    for day in days:
        names.append(f"{prefix}-202606{day:02}T000000Z")
        memory.backup(names[-1], f"2026-06-{day:02}T00:00:07.1234567+00:00")
    return names


def on_demand(memory: Memory) -> set[str]:
    """Return the names of the backups on demand."""
    backups = memory.children[Child.BACKUP].values()
    return {one["name"] for one in backups if one["properties"]["backupType"] != "Full"}


def test_a_named_backup_is_made_once(memory: Memory) -> None:
    assert run(True, name="before-upgrade")["backup"]["completed_time"] is None
    result = run(name="before-upgrade")
    assert result["changed"] and result["impact"] == "none"
    assert result["backup"]["backup_type"] == "Customer On-Demand" and result["backup"]["completed_time"]
    assert memory.writes == [("write before-upgrade", None)], "a backup takes no body"
    assert not run(name="before-upgrade")["changed"]
    assert run(name="before-upgrade", state="absent")["impact"] == "data_loss"
    assert not run(name="before-upgrade", state="absent")["changed"]
    assert memory.verbs() == ["write before-upgrade", "delete before-upgrade"]


def test_a_prefix_names_the_backup_by_the_time(memory: Memory) -> None:
    name = run(prefix="daily")["backup"]["name"]
    assert re.fullmatch(r"daily-\d{8}T\d{6}Z", name)
    taken = datetime.datetime.strptime(name, "daily-%Y%m%dT%H%M%S%z")
    assert abs((datetime.datetime.now(datetime.UTC) - taken).total_seconds()) < 60


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sku": {"name": "Standard_B1ms", "tier": "Burstable"}}, "Standard_B1ms is of the tier Burstable"),
        ({"properties": {"storage": {"type": "PremiumV2_LRS"}}}, "storage is PremiumV2_LRS"),
    ],
)
def test_a_server_that_cannot_be_backed_up_on_demand_is_refused(
    memory: Memory, changes: dict[str, Any], words: str, check_mode: bool
) -> None:
    memory.add("codex-db", **{**GENERAL, **changes})
    result = run(check_mode, prefix="daily")
    assert result["failure"]["code"] == "BackupNotSupported" and words in result["msg"]
    assert "postgresql_dump" in result["failure"]["remedy"]
    assert memory.verbs() == []


def test_no_server_no_backup(memory: Memory) -> None:
    memory.servers.clear()
    assert run(name="x")["failure"]["code"] == "ResourceNotFound"
    assert not run(name="x", state="absent")["changed"]


def test_an_automatic_backup_is_left_alone(memory: Memory) -> None:
    for state in ("present", "absent"):
        automatic = next(iter(memory.children[Child.BACKUP]))
        memory.children[Child.BACKUP]["auto"] = {**memory.children[Child.BACKUP][automatic], "name": "auto"}
        assert run(name="auto", state=state)["failure"]["code"] == "AutomaticBackup"
    assert memory.verbs() == []


def test_old_backups_go_once_the_new_one_is_there(memory: Memory) -> None:
    old = have(memory, 1, 2, 3)
    other = have(memory, 1, prefix="weekly") + have(memory, 1, prefix="daily-full")
    checked, result = run(True, prefix="daily", keep=2), run(prefix="daily", keep=2)
    assert checked["removed"] == result["removed"] == old[:2]
    assert checked["impact"] == result["impact"] == "data_loss"
    assert on_demand(memory) == {old[2], *other, result["backup"]["name"]}
    assert memory.verbs() == [f"write {result['backup']['name']}", f"delete {old[0]}", f"delete {old[1]}"]


def test_old_backups_stay_until_they_are_pruned(memory: Memory) -> None:
    old = have(memory, 1, 2, 3)
    checked, made = (run(mode, prefix="daily", keep=2, prune=False) for mode in (True, False))
    assert checked["removed"] == made["removed"] == [] and made["impact"] == "none"
    assert on_demand(memory) == {*old, made["backup"]["name"]}
    checked, pruned = (run(mode, prefix="daily", keep=2, state="pruned") for mode in (True, False))
    assert checked["removed"] == pruned["removed"] == old[:2] and checked["diff"] == pruned["diff"]
    assert checked["impact"] == pruned["impact"] == "data_loss"
    assert on_demand(memory) == {old[2], made["backup"]["name"]}
    assert not run(prefix="daily", keep=2, state="pruned")["changed"]


def test_without_pruning_only_room_is_made(memory: Memory) -> None:
    old = have(memory, 1, 2, 3, 4, 5, 6, 7)
    checked, made = (run(mode, prefix="daily", keep=2, prune=False) for mode in (True, False))
    assert checked["removed"] == made["removed"] == old[:1]
    assert on_demand(memory) == {*old[1:], made["backup"]["name"]}


def test_a_doubtful_list_is_not_pruned(memory: Memory) -> None:
    have(memory, 1, 2, 3)
    memory.backup("daily-20990101T000000Z", "2099-01-01T00:00:00.0000000+00:00")
    result = run(prefix="daily", keep=1, state="pruned")
    assert not result["changed"] and len(on_demand(memory)) == 4
    assert "newer than the clock" in result["warnings"][0]


def test_room_is_made_from_ours_and_not_by_the_newest(memory: Memory) -> None:
    have(memory, 1, 2, 3, 4, 5, prefix="weekly")
    old = have(memory, 6, 7)
    result = run(prefix="daily", keep=1)
    assert memory.verbs() == [f"delete {old[0]}", f"write {result['backup']['name']}", f"delete {old[1]}"]
    assert result["removed"] == old


@pytest.mark.parametrize("check_mode", [True, False])
def test_without_room_nothing_is_lost(memory: Memory, check_mode: bool) -> None:
    have(memory, 1, 2, 3, 4, 5, 6, prefix="weekly")
    have(memory, 7)
    cases: list[dict[str, Any]] = [{"name": "x"}, {"prefix": "daily"}, {"prefix": "daily", "keep": 1}]
    for params in cases:
        result = run(check_mode, **params)
        assert result["failure"]["code"] == "BackupLimitReached" and result["failure"]["remedy"], params
    assert memory.verbs() == [] and len(on_demand(memory)) == 7


def test_a_doubtful_list_removes_nothing(memory: Memory) -> None:
    have(memory, 1, 2, 3)
    memory.backup("daily-20990101T000000Z", "2099-01-01T00:00:00.0000000+00:00")
    result = run(prefix="daily", keep=1)
    assert result["changed"] and result["removed"] == [] and len(on_demand(memory)) == 5
    assert "newer than the clock" in result["warnings"][0]


def test_a_doubtful_list_makes_no_room(memory: Memory) -> None:
    have(memory, 1, 2, 3, 4, 5, 6)
    memory.backup("daily-20990101T000000Z", "2099-01-01T00:00:00.0000000+00:00")
    assert run(prefix="daily", keep=1)["failure"]["code"] == "ListingDoubtful"
    assert memory.verbs() == []


def test_a_backup_that_azure_does_not_list_is_no_success(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    old = have(memory, 1, 2)
    monkeypatch.setattr(memory, "backup", lambda *_args: None)
    result = run(prefix="daily", keep=1)
    assert result["failure"]["code"] == "NotConfirmed"
    assert on_demand(memory) == set(old), "nothing is removed for a backup that is not there"


def test_one_at_a_time(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    memory.backup("other", "")
    result = run(name="before-upgrade", timeout=1)
    assert result["failure"]["code"] == "OperationInProgress" and "other" in result["msg"]
    assert result["failure"]["remedy"] and memory.verbs() == []
    monkeypatch.setattr(time, "sleep", lambda _seconds: memory.backup("other"))
    assert run(name="before-upgrade")["changed"]


def test_a_busy_server_is_tried_again(memory: Memory) -> None:
    have(memory, 1, 2)
    memory.before_write = busy_once("ServerBusy")
    assert run(prefix="daily", keep=1)["changed"]


def test_an_old_backup_that_stays_does_not_make_the_new_one_a_failure(memory: Memory) -> None:
    have(memory, 1)

    def refuse(verb: str, _body: Any) -> None:
        if verb.startswith("delete"):
            raise OperationsError("Locked", code="ScopeLocked")

    memory.before_write = refuse
    result = run(prefix="daily", keep=1)
    assert result["changed"] and result["removed"] == []
    assert "could not be removed" in result["warnings"][0]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "one of the following is required: name, prefix"),
        ({"name": "a", "prefix": "b"}, "mutually exclusive"),
        ({"name": "a_b"}, "name: 'a_b' is not valid"),
        ({"prefix": "x" * 112}, "is not valid: 1 to 111"),
        ({"prefix": "a", "keep": 0}, "keep: 0 is not a number from 1 to 7"),
        ({"prefix": "a", "keep": 8}, "keep: 8 is not a number from 1 to 7"),
        ({"name": "a", "keep": 1}, "keep: needs prefix"),
        ({"name": "a", "state": "pruned"}, "name: backups are pruned by their prefix"),
        ({"prefix": "a", "state": "pruned"}, "keep: missing"),
        ({"prefix": "a", "state": "absent"}, "prefix: a backup is removed by its name"),
    ],
)
def test_refused_before_any_request(params: dict[str, Any], words: str) -> None:
    found = problems("postgresql_backup", {"resource_group": "rg", "server": "codex-db", **params})
    assert len(found) == 1 and words in found[0], found
