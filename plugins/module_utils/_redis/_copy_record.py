# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a copy of keys has written, for what follows it in the same run. Private to this collection.

Neither keys nor values are kept, which may be secrets, but digests of them that only this record can be compared with.
It is a file of the run's private folder and gone with it, and takes no memory, however many keys there are.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pathlib
import secrets
import sqlite3
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _safe_files

_SIZE = 16
_TABLES = """
CREATE TABLE about (salt BLOB NOT NULL, source TEXT NOT NULL);
CREATE TABLE keys (
  database INTEGER NOT NULL, key BLOB NOT NULL,
  source BLOB NOT NULL, destination TEXT NOT NULL, expires INTEGER NOT NULL,
  PRIMARY KEY (database, key)
) WITHOUT ROWID;
"""


class Copied(t.NamedTuple):
    """A key as it was copied.

    :param source: the digest of what it held.
    :param destination: the digest of what the destination says that it holds, by SHA-1.
    :param expires: when it is gone, in milliseconds since 1970; 0 for never.
    """

    source: bytes
    destination: str
    expires: int


class Record:
    """The keys that were copied.

    :ivar source: what the source said of itself; see C(new).
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._salt, self.source = connection.execute("SELECT salt, source FROM about").fetchone()

    def add(self, database: int, keys: t.Iterable[tuple[bytes, Copied]]) -> None:
        """Keep keys; one that is there already is as it was copied last."""
        rows = ((database, self.digest(key), *copied) for key, copied in keys)
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?)", self._ordered(rows))

    @staticmethod
    def _ordered(rows: t.Iterable[tuple[t.Any, ...]]) -> t.Iterator[tuple[t.Any, ...]]:
        yield from sorted(rows, key=lambda row: row[1])

    def find(self, database: int, key: bytes) -> Copied | None:
        """Return how a key was copied, or None if it was not."""
        query = "SELECT source, destination, expires FROM keys WHERE database = ? AND key = ?"
        found = self._connection.execute(query, (database, self.digest(key))).fetchone()
        return Copied(*found) if found else None

    def digest(self, content: bytes) -> bytes:
        """Return what stands for a key or a value here."""
        return hashlib.blake2b(content, digest_size=_SIZE, key=self._salt).digest()


@contextlib.contextmanager
def new(path: pathlib.Path, source: str) -> t.Iterator[Record]:
    """Begin a record, in place of an earlier one.

    :param source: what the source says of itself, by which it is seen later whether it has lost keys meanwhile.
    """
    path.unlink(missing_ok=True)
    os.close(_safe_files.open_file(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, secret=True))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;{_TABLES}")
        with connection:
            connection.execute("INSERT INTO about VALUES (?, ?)", (secrets.token_bytes(_SIZE), source))
        yield Record(connection)


@contextlib.contextmanager
def existing(path: pathlib.Path) -> t.Iterator[Record]:
    """Open the record of an earlier copy.

    :raises FileNotFoundError: when there is none.
    """
    os.close(_safe_files.open_file(path, os.O_RDWR, secret=True))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        yield Record(connection)
