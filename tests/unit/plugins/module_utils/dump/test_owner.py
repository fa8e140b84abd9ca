"""Whose a backup is, and what of it is counted, removed, taken for the latest, and taken over."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _catalogue, _known_later, _owner
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._directory import Directory
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._owner import Owner
from tests.support.backups import ago, dump, mark, store
from tests.support.invoke import invoke

# Names that begin with, and contain, each other.
SERVERS = ("codex-db", "codex-db-2", "db")
DATABASES = ("codex", "codex_2", "Codex")


@pytest.mark.parametrize(("server", "database"), list(itertools.product(SERVERS, DATABASES)))
def test_only_of_this_server_and_database(server: str, database: str) -> None:
    ours = Owner(server=server, database=database)
    for other_server, other_database in itertools.product(SERVERS, DATABASES):
        one = dump(azure_server=other_server, database=other_database)
        assert ours.has(one) is ((server, database) == (other_server, other_database))


def test_servers_are_the_same_in_any_case() -> None:
    assert Owner(server="Codex-DB").has(dump(azure_server="codex-db"))


@pytest.mark.parametrize(
    ("host", "server"),
    [
        ("codex-db.postgres.database.azure.com", "codex-db"),
        ("127.77.1.2", None),
        ("localhost", None),
        ("fe80::1", None),
    ],
)
def test_an_old_dump_is_of_the_server_that_its_host_names(host: str, server: str | None) -> None:
    old = dump(server=host)
    assert _owner.server_of(old) == server
    assert Owner(server="codex-db").has(old)
    assert Owner(server="codex-db-2").has(old) is (server is None)


def test_a_mark_is_of_its_server_and_of_every_database() -> None:
    assert Owner(server="db", database="whatever").has(mark())
    assert not Owner(server="codex-db", database="whatever").has(mark())


def test_who_does_not_say_who_he_is_gets_all() -> None:
    assert Owner.of({"owner": "", "server": None}) == Owner() == _catalogue.ANYBODY
    assert Owner().has(dump()) and Owner().has(mark()) and Owner().shares_prefix(dump(owner="them"))


def fill(folder: Path) -> None:
    """Store dumps of two databases and two servers, the newest of each after another's."""
    for hours, (server, database) in enumerate(itertools.product(SERVERS[:2], DATABASES[:2]), 1):
        for age in (hours, hours + 10, hours + 20):
            store(folder, ago(age), azure_server=server, database=database, owner="us")


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(("server", "database"), list(itertools.product(SERVERS[:2], DATABASES[:2])))
def test_only_ours_are_listed_and_removed(server: str, database: str, check_mode: bool, tmp_path: Path) -> None:
    fill(tmp_path)
    ours = {"directory": str(tmp_path), "prefix": "codex", "server": server, "database": database, "owner": "us"}
    listed = invoke("postgresql_dump_info", ours)["backups"]
    assert {(one["manifest"]["azure_server"], one["manifest"]["database"]) for one in listed} == {(server, database)}
    names = [one["name"] for one in listed]
    done = invoke("postgresql_dump_prune", {**ours, "keep_last": 1}, check_mode=check_mode)
    assert done["removed"] == [names[2], names[1]] and list(done["kept"]) == [names[0]]
    assert len(_catalogue.find(Directory(tmp_path))) == (12 if check_mode else 10)


@pytest.mark.parametrize(("server", "database"), list(itertools.product(SERVERS[:2], DATABASES[:2])))
def test_the_latest_is_ours(server: str, database: str, tmp_path: Path) -> None:
    fill(tmp_path)
    found = _catalogue.get(Directory(tmp_path), "latest", "codex", Owner(stack="us", server=server, database=database))
    assert (
        found.manifest
        == _catalogue.find(Directory(tmp_path), "codex", Owner(server=server, database=database))[0].manifest
    )


def refused(code: str, *arguments: Any) -> OperationsError:
    """Return why there is no such dump."""
    with pytest.raises(OperationsError) as raised:
        _catalogue.get(*arguments)
    assert raised.value.code == code, raised.value
    return raised.value


def test_a_dump_of_another_database_has_to_be_meant(tmp_path: Path) -> None:
    fill(tmp_path)
    there, name = Directory(tmp_path), str(ago(2))
    error = refused("OtherDatabase", there, name, None, Owner(database="codex"))
    assert error.message.endswith("is of database codex_2 of server codex-db, not of database codex")
    assert "-e database_backup_restore_from_database=codex_2" in error.remedy
    # A server may be gone, and its dumps are for its successor: by its name a dump of any server is restored.
    assert _catalogue.get(there, name, None, Owner(stack="them", server="new", database="codex_2")).good


def test_the_latest_of_several_databases_is_nobodys(tmp_path: Path) -> None:
    fill(tmp_path)
    error = refused("DatabaseNotNamed", Directory(tmp_path), "latest", "codex")
    assert f"{ago(1)} of database codex of server codex-db" in error.message
    refused("BackupNotFound", Directory(tmp_path), "latest", "codex", Owner(database="third"))


class TestMoved:
    def test_by_name_it_is_restored_and_what_is_left_first_blocks_nothing(self, tmp_path: Path) -> None:
        name = store(tmp_path, ago(1), owner="stack codex in old")
        us = Owner(stack="stack codex in new", server="codex-db", database="codex")
        assert (
            "database_backup_take_over=true"
            in refused("PrefixInUse", Directory(tmp_path), "latest", "codex", us).remedy
        )
        assert _catalogue.get(Directory(tmp_path), str(name), "codex", us).good

    def test_it_is_taken_over_once(self, tmp_path: Path) -> None:
        fill(tmp_path)
        (tmp_path / ago(40).manifest).write_bytes(mark(str(ago(40))).to_bytes())
        new = {
            "directory": str(tmp_path),
            "prefix": "codex",
            "owner": "new",
            "server": "codex-db-2",
            "database": "codex",
        }
        would = invoke("postgresql_dump_record", {**new, "take_over": True}, check_mode=True)
        done = invoke("postgresql_dump_record", {**new, "take_over": True})
        assert done == would and len(done["recorded"]) == 13
        assert not invoke("postgresql_dump_record", {**new, "take_over": True})["changed"]
        listed = invoke("postgresql_dump_info", new)["backups"]
        assert [one["name"] for one in listed if one["kind"] == "dump"] == [
            str(ago(age)) for age in (1, 3, 11, 13, 21, 23)
        ]
        # Another database stays on its server, and the server of a mark is a fact.
        of_other = invoke("postgresql_dump_info", {**new, "server": "codex-db", "database": "codex_2"})["backups"]
        assert len(of_other) == 3 and all(one["manifest"]["owner"] == "new" for one in of_other)
        assert all(
            one["state"] == "complete" for one in invoke("postgresql_dump_info", {**new, "verify": True})["backups"]
        )

    def test_who_does_not_exist_takes_nothing_over(self, tmp_path: Path) -> None:
        refused = invoke("postgresql_dump_record", {"directory": str(tmp_path), "prefix": "codex", "take_over": True})
        assert "owner: required with take_over" in refused["msg"]

    def test_an_old_manifest_gets_what_it_lacked(self) -> None:
        taken = _known_later.taken_over(dump(server="127.0.0.1"), Owner(stack="us", server="codex-db"))
        assert (taken.owner, taken.azure_server) == ("us", "codex-db")  # type: ignore[union-attr]
        named = dump(server="codex-db.postgres.database.azure.com", owner="us")
        assert _known_later.taken_over(named, Owner(stack="us", server="codex-db")) == named


class TestProof:
    def record(self, folder: Path, name: object, proof: str, reason: str = "") -> dict[str, Any]:
        """Write down what a proof has come to."""
        given = {"directory": str(folder), "prefix": "codex", "name": str(name), "proof": proof, "reason": reason}
        return invoke("postgresql_dump_record", given)

    def test_one_that_failed_counts_no_more_until_another_passes(self, tmp_path: Path) -> None:
        newest, older = store(tmp_path, ago(1)), store(tmp_path, ago(2))
        options = {"directory": str(tmp_path), "prefix": "codex"}
        assert self.record(tmp_path, newest, "failed", "public.t has 1 rows")["recorded"] == [str(newest)]
        found = invoke("postgresql_dump_info", options)
        assert found["newest"] == str(older) and "public.t has 1 rows" in found["problems"][0]
        assert _catalogue.get(Directory(tmp_path), "latest", "codex").name == older
        assert _catalogue.get(Directory(tmp_path), str(newest), None).name == newest, "by its name it is restored"
        # It pushes no good one out, and goes itself only once a good one is newer.
        assert invoke("postgresql_dump_prune", {**options, "keep_last": 1})["removed"] == []
        self.record(tmp_path, newest, "passed")
        assert invoke("postgresql_dump_info", options)["newest"] == str(newest)
        assert invoke("postgresql_dump_prune", {**options, "keep_last": 1})["removed"] == [str(older)]

    def test_of_no_dump(self, tmp_path: Path) -> None:
        (tmp_path / ago(1).manifest).write_bytes(mark(str(ago(1))).to_bytes())
        for name in (ago(1), ago(2)):
            assert self.record(tmp_path, name, "passed")["failure"]["code"] == "BackupNotFound"


class TestRestorable:
    @pytest.mark.parametrize("server_version", ["16", None])
    def test_one_that_can_be_restored_is_never_removed_for_one_that_cannot(
        self, server_version: str | None, tmp_path: Path
    ) -> None:
        for age in (1, 2, 3):
            store(tmp_path, ago(age), pg_dump_version="17.2")
        good = store(tmp_path, ago(9))
        options = {"directory": str(tmp_path), "prefix": "codex", "keep_last": 1}
        rules = {**options, **({"server_version": server_version} if server_version else {})}
        assert invoke("postgresql_dump_prune", rules)["removed"] == [str(ago(3)), str(ago(2))]
        assert {one.name for one in _catalogue.find(Directory(tmp_path))} == {ago(1), good}

    def test_what_only_another_server_takes_stays_for_it(self, tmp_path: Path) -> None:
        """A stack whose inventory said 16 for once keeps what it has of 17."""
        former = [store(tmp_path, ago(age), server_version="17.2", pg_dump_version="17.2") for age in (5, 6)]
        for age in (1, 2):
            store(tmp_path, ago(age))
        options = {"directory": str(tmp_path), "prefix": "codex", "keep_last": 1, "server_version": "16"}
        assert sorted(invoke("postgresql_dump_prune", options)["removed"]) == sorted([str(ago(2)), str(former[1])])

    @pytest.mark.parametrize(
        ("program", "target", "good"),
        [(16, 16, True), (17, 16, False), (None, 16, True), (17, 17, True), (15, 16, False)],
    )
    def test_by_the_programs_and_the_server_that_are_there(
        self, program: int | None, target: int, good: bool, tmp_path: Path
    ) -> None:
        store(tmp_path, ago(1))
        (found,) = _catalogue.find(Directory(tmp_path))
        judged = _catalogue.judge(found, program=program, target=target)
        assert judged.good is good and judged.whole
        assert good or "client programs of PostgreSQL 16" in judged.problem
