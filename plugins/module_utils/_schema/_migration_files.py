# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Migration files: their names, their order, what they hold. Private to this collection."""

from __future__ import annotations

import codecs
import dataclasses
import hashlib
import itertools
import pathlib
import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import describe
from ansible_collections.codexdominion.azure.plugins.module_utils._schema import _statements

_NAME = re.compile(r"(?P<version>[0-9]{1,9})_(?P<name>[A-Za-z0-9][A-Za-z0-9_-]*)\.sql")
_MARKER = re.compile(r"^--[ \t]*codex:(.*)$", re.MULTILINE)
_NO_TRANSACTION = "no-transaction"
# Each would end the transaction that the file and its record share, or leave one open.
_TRANSACTION_CONTROL = frozenset(
    (word,) for word in ("abort", "begin", "commit", "end", "release", "rollback", "savepoint", "start")
)


@dataclasses.dataclass(frozen=True)
class Migration:
    """One file.

    :ivar version: its number; the first file has 1 and none is left out.
    :ivar file: its name in the directory.
    :ivar sha256: of its text, with line feeds at the ends of its lines and without a byte order mark, however it was
        checked out.
    :ivar sums: the checksums it may have been recorded with, those of its bytes in earlier versions included.
    :ivar transaction: whether its statements are applied together or not at all.
    """

    version: int
    name: str
    file: str
    sha256: str
    statements: tuple[_statements.Statement, ...]
    transaction: bool
    sums: frozenset[str] = frozenset()

    def __str__(self) -> str:
        number = len(self.statements)
        how = "in one transaction" if self.transaction else "without a transaction"
        return f"{number} statement{'' if number == 1 else 's'} {how}"


def problem_with_name(value: str) -> str | None:
    """Return why no migration can have this name, with or without C(.sql), or None."""
    if _NAME.fullmatch(f"{value.removesuffix('.sql')}.sql"):
        return None
    return f"{value!r} is no name of a migration: it is like 0001_name.sql"


def read(directory: str) -> list[Migration]:
    """Return the migrations of a directory in their order.

    Files whose names do not end in C(.sql) are ignored.

    :raises OperationsError: C(InvalidMigrations) with every problem of every file.
    """
    try:
        paths = sorted(path for path in pathlib.Path(directory).iterdir() if path.suffix == ".sql")
    except OSError as exc:
        raise OperationsError(
            f"The directory {directory} cannot be read: {exc.strerror}",
            code="InvalidMigrations",
            remedy="Set directory to the folder with the migration files.",
        ) from exc
    problems: list[str] = []
    migrations: list[Migration] = []
    for path in paths:
        try:
            migrations.append(_read(path))
        except ValueError as exc:
            problems.append(f"{path.name}: {exc}")
        except OSError as exc:
            problems.append(f"{path.name}: {exc.strerror}")
    migrations.sort(key=lambda migration: migration.version)
    if not problems:  # a file that cannot be read would look like a gap
        problems.extend(_order(migrations))
    if problems:
        raise OperationsError(
            f"The migrations in {directory} are not valid: {describe(problems)}",
            code="InvalidMigrations",
            remedy="Nothing was applied: correct the files and run again.",
            details={"problems": problems},
        )
    return migrations


def _read(path: pathlib.Path) -> Migration:
    """:raises ValueError: with what is wrong with the file."""
    name = _NAME.fullmatch(path.name)
    if name is None or int(name["version"]) == 0:
        raise ValueError("its name is not like 0001_name.sql, counted from 1")
    content = path.read_bytes()
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ValueError("it is UTF-16: save it as UTF-8")
    try:
        # What is recorded as the same is applied as the same: a function's body has no line ends of a checkout.
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        raise ValueError(f"line {line}: it is not UTF-8") from exc
    statements = tuple(_statements.split(text))
    if not statements:
        raise ValueError("it holds no statement")
    markers = {marker.strip() for marker in _MARKER.findall(text)}
    if unknown := sorted(markers - {_NO_TRANSACTION}):
        raise ValueError(f"the marker {unknown[0]!r} is unknown, there is {_NO_TRANSACTION!r} only")
    for statement in statements:
        if statement.head[:1] in _TRANSACTION_CONTROL or statement.head[:2] == ("prepare", "transaction"):
            word = statement.head[0].upper()
            raise ValueError(f"line {statement.line}: {word} is not allowed, the module begins and ends transactions")
    return Migration(
        version=int(name["version"]),
        name=name["name"],
        file=path.name,
        sha256=_sum(text.encode()),
        statements=statements,
        transaction=_NO_TRANSACTION not in markers,
        sums=_sums(content, text),
    )


def _sums(content: bytes, text: str) -> frozenset[str]:
    """Return every checksum that a file may have been recorded with, and is still the same file."""
    lines = (text.encode(), text.replace("\n", "\r\n").encode())
    return frozenset({_sum(content), *(_sum(mark + one) for mark in (b"", codecs.BOM_UTF8) for one in lines)})


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _order(migrations: t.Sequence[Migration]) -> t.Iterator[str]:
    expected = 1
    for version, same in itertools.groupby(migrations, key=lambda migration: migration.version):
        files = [migration.file for migration in same]
        if len(files) > 1:
            yield f"{' and '.join(files)} have the same version"
        if version > expected:
            missing = (
                f"version {expected} is" if version == expected + 1 else f"versions {expected} to {version - 1} are"
            )
            yield f"{missing} missing before {files[0]}"
        expected = version + 1
