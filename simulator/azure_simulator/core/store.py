"""Persistent documents: one SQLite file, written ahead, so that a killed simulator loses nothing it answered for.

A document has a *kind* (`containerGroups`), an *id* (its Azure resource id, or any unique text), a public body that
routes may serialise, and a private part (passwords, keys) that no route ever serialises.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    private TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS positions (last INTEGER NOT NULL);
INSERT INTO positions SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM positions);
"""

# Sorts after everything a key may go on with.
_LAST = "\U0010ffff"


@dataclass
class Document:
    """One stored thing; `body` is public, `private` never leaves the simulator."""

    kind: str
    id: str
    body: dict[str, Any]
    private: dict[str, Any] = field(default_factory=dict)


class Store:
    """Documents by kind and id. Ids compare without case, as Azure's do, and keep the case they were created with."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)  # it holds passwords; SQLite gives its side files the same mode
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        # Enough to survive the death of the process at any point; only a power cut could lose the last writes.
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)
        self._depth = 0

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside happen or none. May be nested. Must not span an `await`."""
        if self._depth:
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        else:
            self._db.execute("COMMIT")
        finally:
            self._depth = 0

    def put(self, kind: str, id: str, body: dict[str, Any], private: dict[str, Any] | None = None) -> Document:
        """Write a document. `private=None` keeps the private part that is stored already. The first id's case stays."""
        old = self.get(kind, id)
        document = Document(kind, old.id if old else id, body, private if private is not None else {})
        if private is None and old is not None:
            document.private = old.private
        with self.transaction():
            if old is None:
                self._db.execute("UPDATE positions SET last = last + 1")
            self._db.execute(
                "INSERT INTO documents (kind, key, id, body, private, position) "
                "VALUES (?, ?, ?, ?, ?, (SELECT last FROM positions)) "
                "ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body, private = excluded.private",
                (kind, id.lower(), id, json.dumps(body), json.dumps(document.private)),
            )
        return document

    def get(self, kind: str, id: str) -> Document | None:
        """The document, or None. What is returned is a copy: change it and `put` it."""
        row = self._db.execute(
            "SELECT kind, id, body, private FROM documents WHERE kind = ? AND key = ?", (kind, id.lower())
        ).fetchone()
        return _document(row) if row else None

    def delete(self, kind: str, id: str) -> bool:
        """Remove a document; whether there was one."""
        with self.transaction():
            cursor = self._db.execute("DELETE FROM documents WHERE kind = ? AND key = ?", (kind, id.lower()))
        return cursor.rowcount > 0

    def list(self, kind: str, prefix: str = "") -> list[Document]:
        """Documents of a kind whose id begins with `prefix` (without case), in order of creation."""
        low = prefix.lower()
        rows = self._db.execute(
            "SELECT kind, id, body, private FROM documents WHERE kind = ? AND key >= ? AND key < ? ORDER BY position",
            (kind, low, low + _LAST),
        )
        return [_document(row) for row in rows]

    def clear(self) -> None:
        """Remove every document."""
        with self.transaction():
            self._db.execute("DELETE FROM documents")


def _document(row: tuple[str, str, str, str]) -> Document:
    kind, id, body, private = row
    return Document(kind, id, json.loads(body), json.loads(private))
