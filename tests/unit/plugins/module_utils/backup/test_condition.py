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


def stored_at(hours: float, state: str) -> _catalogue.Found:
    """Return a dump that was made so long ago."""
    name = _dump_names.Name("codex", NOW - datetime.timedelta(hours=hours))
    return _catalogue.Found(name, state, "why", None, (name.dump,), 0)


@pytest.mark.parametrize(
    ("state", "hours", "ok"),
    [
        (_catalogue.UNRESTORABLE, 9, True),
        (_catalogue.UNRESTORABLE, 1, False),
        (_catalogue.UNPROVEN, 9, False),
        (_catalogue.UNPROVEN, 1, False),
    ],
)
def test_what_no_program_restores_any_more_is_no_fault_once_a_newer_one_is_good(
    state: str, hours: float, ok: bool
) -> None:
    rows = _condition.of_states([stored_at(5, _catalogue.COMPLETE), stored_at(hours, state)], 7200, NOW)
    assert [row["ok"] for row in rows] == [ok]
    assert not any(row["ok"] for row in _condition.of_states([stored_at(hours, state)], 7200, NOW))


def test_what_was_proven_last_is_told_and_that_nothing_was() -> None:
    def proven(name: str, at: str) -> RestorePoint:
        return RestorePoint(kind="dump", type="dump", name=name, moment="", proven=at)

    points = [proven("a", ""), proven("b", "2026-11-20T00:00:00Z"), proven("c", "2026-11-22T00:00:00Z")]
    assert _condition.of_proof(points) == {
        "name": "proof by restore",
        "ok": True,
        "found": "c, at 2026-11-22T00:00:00Z",
    }
    assert _condition.of_proof(points[:1])["found"] == _condition.NEVER_PROVEN


def test_of_several_databases_each_is_named() -> None:
    assert _condition.of_age(None, "dump", "1h", NOW, "reports")["name"] == "newest dump of reports"
