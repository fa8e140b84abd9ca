"""Migration files: what is read from them, and what is refused before anything runs."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._schema import _migration_files
from tests.support.playbooks import ROOT


def _write(folder: Path, **files: str) -> str:
    for name, content in files.items():
        (folder / f"{name}.sql").write_text(content, encoding="utf-8")
    return str(folder)


def _problems(folder: Path, **files: str) -> list[str]:
    with pytest.raises(OperationsError) as caught:
        _migration_files.read(_write(folder, **files))
    assert caught.value.code == "InvalidMigrations"
    found: list[str] = caught.value.details["problems"]
    return found


def test_reads_in_the_order_of_versions(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("not a migration")
    directory = _write(
        tmp_path,
        **{"0010_x": "J;", **{f"{number:02}_x": "I;" for number in range(1, 10)}},
    )

    found = _migration_files.read(directory)

    assert [migration.version for migration in found] == list(range(1, 11))
    assert (found[9].file, found[9].name) == ("0010_x.sql", "x")
    assert found[9].sha256 == hashlib.sha256(b"J;").hexdigest()


def test_an_empty_folder_has_no_migration(tmp_path: Path) -> None:
    assert _migration_files.read(str(tmp_path)) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperationsError, match="No such file or directory"):
        _migration_files.read(str(tmp_path / "nothing"))


def test_says_how_a_file_is_applied(tmp_path: Path) -> None:
    one, two = _migration_files.read(
        _write(tmp_path, **{"1_a": "SELECT 1", "2_b": "-- why\n--codex: no-transaction \nSELECT 1; SELECT 2"})
    )

    assert (str(one), one.transaction) == ("1 statement in one transaction", True)
    assert (str(two), two.transaction) == ("2 statements without a transaction", False)


@pytest.mark.parametrize("name", ["a", "1-a", "1_", "0_a", "0000_a", "1_a b", "-1_a", "1234567890_a"])
def test_refuses_a_name(tmp_path: Path, name: str) -> None:
    assert _problems(tmp_path, **{name: "SELECT 1"}) == [
        f"{name}.sql: its name is not like 0001_name.sql, counted from 1"
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "it holds no statement"),
        ("-- only a comment;", "it holds no statement"),
        ("SELECT 1;\nSELECT 'a", "line 2: the string is never closed"),
        ("SELECT 1;\n\\restrict abc\nSELECT 2", "line 2: \\restrict is a command of psql"),
        ("SELECT 1;\n\\i other.sql", "line 2: \\i is a command of psql"),
        ("SELECT 1\n\\gexec", "line 2: \\gexec is a command of psql"),
        ("\nCOPY public.t (a, b)\nFROM stdin;\nFrance's\n\\.\n", "line 2: COPY FROM STDIN needs data"),
        ("copy t from stdin with (format csv);", "line 1: COPY FROM STDIN needs data"),
        ("COPY (SELECT 1) TO STDOUT", "line 1: COPY TO STDOUT gives data"),
        ("SELECT 1;\n\ufeffSELECT 2", "line 2: a byte order mark"),
        ("\ufeff\ufeffSELECT 2", "line 1: a byte order mark"),
        ("SELECT 1;\nSELECT \0", "line 2: the server would stop reading at a NUL"),
        ("SELECT 1;\nSET standard_conforming_strings = off", "line 2: SET standard_conforming_strings would change"),
        ("SET client_encoding TO 'LATIN1'", "line 1: SET client_encoding would change"),
        ("SET NAMES 'latin1'", "line 1: SET NAMES would change"),
        (
            "-- codex: no_transaction\nSELECT 1",
            "the marker 'no_transaction' is unknown, there is 'no-transaction' only",
        ),
        *(
            (f"SELECT 1;\n {text};", f"line 2: {text.split()[0].upper()} is not allowed")
            for text in ("begin", "COMMIT", "end", "ROLLBACK", "abort", "START TRANSACTION", "PREPARE TRANSACTION 'x'")
        ),
    ],
)
def test_refuses_a_content(tmp_path: Path, content: str, problem: str) -> None:
    (found,) = _problems(tmp_path, **{"1_a": content})
    assert found.startswith(f"1_a.sql: {problem}")


def test_transactions_in_bodies_and_prepared_statements_are_allowed(tmp_path: Path) -> None:
    content = (
        "DO $$ BEGIN NULL; END $$; PREPARE p AS SELECT 1; CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END"
    )
    (found,) = _migration_files.read(_write(tmp_path, **{"1_a": content}))
    assert len(found.statements) == 3


def test_refuses_what_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "1_a.sql").write_bytes(b"SELECT '\xe4'")
    assert _problems(tmp_path) == ["1_a.sql: line 1: it is not UTF-8"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_called_by_its_name(tmp_path: Path, encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    (tmp_path / "1_a.sql").write_bytes(mark + "SELECT 1".encode(encoding))
    assert _problems(tmp_path) == ["1_a.sql: it is UTF-16: save it as UTF-8"]


LINES = "-- codex: no-transaction\nSELECT 'a\n\nb';\n\nSELECT 2;\n"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a byte order mark"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_however_a_file_is_checked_out_it_is_the_same(tmp_path: Path, mark: bytes, end: bytes) -> None:
    """As what it was recorded, in this version and in those that took the bytes as they were."""
    forms = [
        other + LINES.encode().replace(b"\n", its_end)
        for other in (b"", b"\xef\xbb\xbf")
        for its_end in (b"\n", b"\r\n")
    ]
    (tmp_path / "1_a.sql").write_bytes(mark + LINES.encode().replace(b"\n", end))

    (found,) = _migration_files.read(str(tmp_path))

    assert found.sha256 == hashlib.sha256(LINES.encode()).hexdigest()
    assert {hashlib.sha256(form).hexdigest() for form in forms} == found.sums
    assert [statement.text for statement in found.statements] == ["SELECT 'a\n\nb'", "SELECT 2"]
    assert not found.transaction


def test_ends_of_both_kinds_in_one_file_are_what_was_recorded(tmp_path: Path) -> None:
    mixed = b"SELECT 1;\r\nSELECT 2;\n"
    (tmp_path / "1_a.sql").write_bytes(mixed)
    assert hashlib.sha256(mixed).hexdigest() in _migration_files.read(str(tmp_path))[0].sums


def test_refuses_gaps_and_duplicates_all_at_once(tmp_path: Path) -> None:
    names = ("2_b", "3_c", "03_d", "7_g")
    assert _problems(tmp_path, **dict.fromkeys(names, "SELECT 1")) == [
        "version 1 is missing before 2_b.sql",
        "03_d.sql and 3_c.sql have the same version",
        "versions 4 to 6 are missing before 7_g.sql",
    ]


def test_the_shipped_migrations_are_valid() -> None:
    shipped = _migration_files.read(str(ROOT / "roles/database/files/migrations"))
    assert [migration.name for migration in shipped] == ["capsules", "signals", "replays"]
