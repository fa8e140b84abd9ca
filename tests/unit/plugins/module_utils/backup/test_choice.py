"""What a name stands for: latest, a moment, or the name of a backup or a mark."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _choice, _restore_point
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _catalogue, _dump_names, _manifest

SERVER = "/subscriptions/s/resourceGroups/codex-rg/providers/Microsoft.DBforPostgreSQL/flexibleServers/codex-db"


def dump(name: str, state: str = _catalogue.COMPLETE, **changes: Any) -> _catalogue.Found:
    """Return a stored dump."""
    parsed = _dump_names.parse(name)
    assert parsed
    values: dict[str, Any] = {
        "name": name,
        "server": "codex-db.postgres.database.azure.com",
        "server_version": "16.9",
        "started": f"{parsed.moment:%Y-%m-%dT%H:%M:%S}.412Z",
        "clock_skew_seconds": 0.0,
        "database": "codex",
        "encoding": "UTF8",
        "collation": "C",
        "ctype": "C",
        "pg_dump_version": "16.9",
        "size_bytes": 1,
        "sha256": f"checksum of {name}",
        "tables": {"public.capsules": 2},
        "schema_version": None,
        "finished": "",
        "duration_seconds": 1.0,
    }
    return _catalogue.Found(parsed, state, "", _manifest.Dump(**{**values, **changes}), (), 1)


def mark(name: str, resource_id: str = SERVER) -> _catalogue.Found:
    """Return a stored mark."""
    parsed = _dump_names.parse(name)
    assert parsed
    manifest = _manifest.Mark(
        name=name,
        server="codex-db.postgres.database.azure.com",
        server_version="16",
        started=f"{parsed.moment:%Y-%m-%dT%H:%M:%S}.000Z",
        clock_skew_seconds=0.0,
        resource_id=resource_id,
        earliest_restore="",
        backup_retention_days=7,
    )
    return _catalogue.Found(parsed, _catalogue.COMPLETE, "", manifest, (), 0)


STORED = [
    dump("codex-20261124T030000Z", _catalogue.DOUBTFUL),
    dump("codex-20261123T030000Z"),
    dump("other-20261123T120000Z"),
    mark("codex-20261123T150000Z"),
    dump("codex-20261122T030000Z"),
]
KEPT: list[_choice.ServerBackup] = [
    {
        "name": "codex-20261123T200000Z",
        "backup_type": "Customer On-Demand",
        "completed_time": "2026-11-23T20:01:07.1234567+00:00",
    },
    {"name": "backup_1", "backup_type": "Full", "completed_time": "2026-11-23T01:00:00+00:00"},
    {"name": "codex-20261125T200000Z", "backup_type": "Customer On-Demand", "completed_time": None},
]
POINTS = _choice.known(STORED, KEPT, "codex")


def choose(wanted: str, kind: str = "dump", restore_prefix: str | None = "codex") -> _restore_point.RestorePoint:
    """Return what a name stands for."""
    return _choice.choose(wanted, POINTS, server="codex-db", kind=kind, prefix="codex", restore_prefix=restore_prefix)


def test_all_that_is_whole_is_known_the_newest_first() -> None:
    assert [(one.type, one.kind, one.name) for one in POINTS] == [
        ("azure", "point", "codex-20261123T200000Z"),
        ("mark", "point", "codex-20261123T150000Z"),
        ("dump", "dump", "other-20261123T120000Z"),
        ("dump", "dump", "codex-20261123T030000Z"),
        ("automatic", "point", "backup_1"),
        ("dump", "dump", "codex-20261122T030000Z"),
    ]


@pytest.mark.parametrize(
    ("kind", "name"),
    [("dump", "codex-20261123T030000Z"), ("mark", "codex-20261123T150000Z"), ("azure", "codex-20261123T200000Z")],
)
def test_the_latest_is_ours_and_of_the_kind_there_should_be(kind: str, name: str) -> None:
    assert choose("latest", kind).name == name


@pytest.mark.parametrize("name", ["backup_1", "codex-20261122T030000Z", "codex-20261123T150000Z"])
def test_anything_is_found_by_its_name(name: str) -> None:
    assert choose(name).name == name


def test_a_dump_says_its_rows_and_a_mark_its_server() -> None:
    assert choose("codex-20261122T030000Z").represent() == {
        "kind": "dump",
        "type": "dump",
        "name": "codex-20261122T030000Z",
        "moment": "2026-11-22T03:00:00.412Z",
        "prefix": "codex",
        "tables": {"public.capsules": 2},
        "resource_id": "",
        "server": "",
        "size_bytes": 1,
        "sha256": "checksum of codex-20261122T030000Z",
        "database": "codex",
        "further": [],
        "good": True,
        "proven": "",
    }
    assert choose("codex-20261123T150000Z").server == "codex-db"


@pytest.mark.parametrize("name", ["codex-20261124T030000Z", "codex-20261125T200000Z", "nothing"])
def test_what_is_not_there_is_told_with_what_is(name: str) -> None:
    with pytest.raises(OperationsError) as raised:
        choose(name)
    assert raised.value.message == (
        f"There is no good backup {name} of codex-db. The newest are: codex-20261123T200000Z, codex-20261123T150000Z,"
        " codex-20261123T030000Z, backup_1, codex-20261122T030000Z"
    )
    with pytest.raises(OperationsError, match="The newest are: none"):
        _choice.choose("latest", [], server="codex-db", kind="dump", prefix="codex")


def test_a_dump_of_another_stack_has_to_be_meant() -> None:
    with pytest.raises(OperationsError) as raised:
        choose("other-20261123T120000Z")
    assert raised.value.code == "OtherPrefix"
    assert raised.value.remedy.endswith("-e database_backup_restore_prefix=other")
    assert choose("other-20261123T120000Z", restore_prefix="other").prefix == "other"
    assert choose("other-20261123T120000Z", restore_prefix=None).prefix == "other"


def test_a_mark_is_restored_from_the_server_it_is_of() -> None:
    point = choose("codex-20261123T150000Z")
    _choice.refuse_foreign(point, [SERVER.upper()], "codex-rg")
    _choice.refuse_foreign(choose("backup_1"), [], "codex-rg")
    for there in ([], [SERVER.replace("codex-rg", "far-rg")]):
        with pytest.raises(OperationsError, match=f"the server {SERVER}, and there is no such server in codex-rg"):
            _choice.refuse_foreign(point, there, "codex-rg")


def test_a_dump_is_known_again_by_its_checksum() -> None:
    assert _choice.with_checksum(POINTS, "checksum of codex-20261122T030000Z", "there").name == "codex-20261122T030000Z"
    with pytest.raises(OperationsError, match="not complete in there any more"):
        _choice.with_checksum(POINTS, "another", "there")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23T08:00:00Z", True),
        ("2026-11-23 08:00:00.5+01:00", True),
        ("2026-11-23T08:00:00-0500", True),
        ("2026-11-23T08:00:00", False),
        ("2026-11-23", False),
        ("latest", False),
        ("codex-20261123T030000Z", False),
    ],
)
def test_a_time_needs_its_zone(text: str, expected: bool) -> None:
    assert _choice.is_moment(text) is expected
    if expected:
        point = _choice.of_moment(text)
        assert (point.kind, point.name, point.moment, point.server) == ("point", text, text, "")


def test_a_rehearsal_says_what_would_be_restored() -> None:
    now = datetime.datetime(2026, 11, 23, 8, tzinfo=datetime.UTC)
    made = _restore_point.upcoming("dump", "codex", "", now)
    assert (made.kind, made.name, made.moment, made.tables) == ("dump", "codex-20261123T080000Z", "", {})
    kept = _restore_point.upcoming("azure", "codex", "codex-1", now)
    assert (kept.kind, kept.name, kept.moment) == ("point", "codex-1", "2026-11-23T08:00:00Z")


def of_two_databases() -> list[_restore_point.RestorePoint]:
    """Return dumps of databases whose names contain each other, the newest of another."""
    names = ["codex", "codex_2", "codex_2", "codex"]
    stored = [dump(f"codex-2026112{day}T030000Z", database=name) for day, name in enumerate(names, 1)]
    return _choice.known(stored, [], "codex")


@pytest.mark.parametrize(
    ("database", "latest"), [("codex", "codex-20261124T030000Z"), ("codex_2", "codex-20261123T030000Z")]
)
def test_the_latest_is_of_our_database(database: str, latest: str) -> None:
    options: dict[str, Any] = {"server": "db", "kind": "dump", "prefix": "codex", "restore_prefix": "codex"}
    points = of_two_databases()
    assert _choice.choose("latest", points, restore_database=database, **options).name == latest
    for point in points:
        if point.database == database:
            assert _choice.choose(point.name, points, restore_database=database, **options) == point
            continue
        with pytest.raises(OperationsError) as raised:
            _choice.choose(point.name, points, restore_database=database, **options)
        assert raised.value.code == "OtherDatabase"
        assert raised.value.remedy.endswith(f"-e database_backup_restore_from_database={point.database}")
    with pytest.raises(OperationsError, match="There is no good backup latest"):
        _choice.choose("latest", points, restore_database="third", **options)


@pytest.mark.parametrize("state", [_catalogue.UNPROVEN, _catalogue.UNRESTORABLE])
def test_what_cannot_be_relied_on_is_restored_by_its_name_only(state: str) -> None:
    points = _choice.known([dump("codex-20261124T030000Z", state), dump("codex-20261123T030000Z")], [], "codex")
    options: dict[str, Any] = {"server": "db", "kind": "dump", "prefix": "codex"}
    assert _choice.choose("latest", points, **options).name == "codex-20261123T030000Z"
    assert _choice.choose("codex-20261124T030000Z", points, **options).name == "codex-20261124T030000Z"
    with pytest.raises(OperationsError, match=r"The newest are: codex-20261123T030000Z \("):
        _choice.choose("nothing", points, **options)


def test_dumps_of_several_databases_go_together() -> None:
    first = "checksum of codex-20261124T030000Z"
    stored = [
        dump("codex-20261124T030002Z", database="reports", part_of=first),
        dump("codex-20261124T030001Z", database="codex_2", part_of=first),
        dump("codex-20261124T030000Z"),
        dump("codex-20261123T030001Z", database="third", part_of="checksum of another"),
    ]
    point = _choice.known(stored, [], "codex")[2]
    alone, lacking = _choice.with_further(point, stored, [])
    assert alone.further == () and lacking == []
    found, lacking = _choice.with_further(point, stored, ["codex_2", "third"])
    assert found.represent()["further"] == [{"name": "codex-20261124T030001Z", "database": "codex_2"}]
    assert lacking == ["third"]
