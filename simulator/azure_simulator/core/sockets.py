"""Unix sockets in folders whose path may be long."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Socket:
    """A socket held open by its folder: the path through a descriptor is short wherever the folder is.

    :ivar name: of the socket's file.
    :ivar descriptor: of the folder, or None where the system has no such paths.
    """

    folder: Path
    name: str
    descriptor: int | None

    @classmethod
    def of(cls, folder: Path, name: str) -> Socket:
        """The socket of that name in this folder."""
        return cls(folder, name, os.open(folder, os.O_PATH | os.O_DIRECTORY) if sys.platform == "linux" else None)

    @property
    def host(self) -> str:
        """The folder, as clients of PostgreSQL take it for a host."""
        return str(self.folder) if self.descriptor is None else f"/proc/self/fd/{self.descriptor}"

    @property
    def path(self) -> str:
        return f"{self.host}/{self.name}"

    @property
    def inherited(self) -> tuple[int, ...]:
        """What a child process needs for `host` to mean the same."""
        return () if self.descriptor is None else (self.descriptor,)

    def close(self) -> None:
        """Let go of the folder."""
        if self.descriptor is not None:
            os.close(self.descriptor)
