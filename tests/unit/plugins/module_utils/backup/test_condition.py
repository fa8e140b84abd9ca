"""Whether the backups there are will do."""

from __future__ import annotations

import datetime

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _condition
from ansible_collections.codexdominion.azure.plugins.module_utils._backup._restore_point import RestorePoint
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _catalogue, _dump_names

NOW = datetime.datetime(2026, 11, 23, 8, tzinfo=datetime.UTC)


@pytest.mark.parametrize(("ahead", "ok"), [(-3600, True), (60, True), (3600, False), (-100_000, False)])
def test_only_a_backup_of_about_now_is_young(ahead: int, ok: bool) -> None:
    moment = (NOW + datetime.timedelta(seconds=ahead)).isoformat()
    newest = RestorePoint(kind="dump", type="dump", name="codex", moment=moment)
    found = _condition.of_age(newest, "dump", "26h", NOW)
    assert found["name"] == "newest dump"
    assert found["ok"] is ok
    assert ("newer than the clock of this host" in found["found"]) is (ahead > 0)
    assert found["found"].endswith("(expected at most 26h)")


def test_no_backup_at_all_is_a_fault() -> None:
    assert _condition.of_age(None, "azure", "90m", NOW) == {
        "name": "newest on-demand backup",
        "ok": False,
        "found": "there is none (expected at most 90m)",
    }


@pytest.mark.parametrize(
    ("state", "seconds", "ok"),
    [
        (_catalogue.INCOMPLETE, 60, True),
        (_catalogue.INCOMPLETE, 7201, False),
        (_catalogue.DOUBTFUL, 60, False),
    ],
)
def test_only_one_that_is_being_made_is_no_fault(state: str, seconds: int, ok: bool) -> None:
    name = _dump_names.Name("codex", NOW - datetime.timedelta(seconds=seconds))
    stored = [
        _catalogue.Found(name, state, "it is half there", None, (), 0),
        _catalogue.Found(name, _catalogue.COMPLETE, "", None, (), 0),
    ]
    assert _condition.of_states(stored, 7200, NOW) == [
        {"name": str(name), "ok": ok, "found": f"{state}: it is half there"}
    ]


def test_azure_has_to_keep_something() -> None:
    assert _condition.of_azure(2, "2026-11-16")["ok"]
    assert _condition.of_azure(0, "") == {
        "name": "automatic backups of Azure",
        "ok": False,
        "found": "0; any moment can be restored since never",
    }


def test_nonsense_is_refused() -> None:
    assert "such as 90m, 26h, 8d; not daily" in (_condition.problem_with_age("daily") or "")
    assert [_condition.problem_with_age(one) for one in ("3600", "90m", "26h", "8d")] == [None] * 4
