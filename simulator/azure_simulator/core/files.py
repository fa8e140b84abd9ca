"""Files that are there completely or not at all, whenever their writer dies, and whoever reads them meanwhile."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file, over what is there; several processes may do so at once."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)  # whatever the umask is
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    write_whole(path, text.encode(), 0o600)
