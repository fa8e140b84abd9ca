"""Manifests and backups for tests, and a disk that is full."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.codexdominion.azure.plugins.module_utils._dump._dump_names import Name
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._manifest import Dump, Mark

CONTENT = b"not really what pg_dump writes" * 100
_NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
_COMMON = {
    "server": "db.example",
    "server_version": "16.4",
    "started": "2026-11-23T03:00:07.000Z",
    "clock_skew_seconds": 0.1,
}


def dump(name: str = "codex-20261123T030007Z", content: bytes = CONTENT, **changes: Any) -> Dump:
    """Return the manifest of a dump."""
    return Dump(
        **{
            **_COMMON,
            "name": name,
            "database": "codex",
            "encoding": "UTF8",
            "collation": "en_US.utf8",
            "ctype": "en_US.utf8",
            "pg_dump_version": "16.4",
            "size_bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "tables": {"public.capsules": 3},
            "schema_version": "2",
            "finished": "2026-11-23T03:00:09.000Z",
            "duration_seconds": 2.5,
            **changes,
        }
    )


def mark(name: str = "codex-20261123T030007Z") -> Mark:
    """Return the manifest of a mark."""
    return Mark(
        **_COMMON,  # type: ignore[arg-type]
        name=name,
        resource_id="/subscriptions/s/servers/db",
        earliest_restore="2026-11-16T00:00:00.000Z",
        backup_retention_days=7,
    )


def ago(hours: float, prefix: str = "codex") -> Name:
    """Return the name of a backup that was made so long before these tests began; the same every time."""
    return Name(prefix, _NOW - datetime.timedelta(hours=hours))


def store(folder: Path, name: Name, content: bytes = CONTENT, **changes: Any) -> Name:
    """Put a backup into a directory."""
    folder.mkdir(exist_ok=True)
    (folder / name.dump).write_bytes(content)
    (folder / name.manifest).write_bytes(dump(str(name), content, **changes).to_bytes())
    return name


@contextlib.contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """Have every write beyond so many bytes of a file refused, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    writes_bytecode = sys.dont_write_bytecode
    # Python would keep the half of a compiled file that it could write.
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        sys.dont_write_bytecode = writes_bytecode
