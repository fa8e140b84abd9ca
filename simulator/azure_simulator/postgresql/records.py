"""What is known of a server: what it is to be, and the record of it that outlives the simulator's process."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from azure_simulator.core.files import write_private


@dataclass(frozen=True)
class ServerSpec:
    """A server to be made.

    :ivar id: how the caller names it from now on; upper and lower case are the same.
    :ivar address: the loopback address it listens on, with TLS.
    :ivar login: the administrator's role. Restoring, it has to be the source's.
    :ivar password: the administrator's; restoring, None keeps the source's.
    :ivar defaults: values of parameters that differ from PostgreSQL's own, such as `max_connections` of the size.
    """

    id: str
    address: str
    login: str
    password: str | None = field(default=None, repr=False)
    port: int = 5432
    defaults: Mapping[str, str] = field(default_factory=dict)
    databases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Base:
    """A copy of a server's files to restore from.

    :ivar folder: the data directory, relative to the folder of all servers.
    :ivar moment: machine time it was complete; states from then on can be restored.
    :ivar lsn: where reading the write-ahead log starts.
    :ivar name: of a backup somebody asked for; None for the one every server begins with.
    """

    folder: str
    moment: datetime
    lsn: str
    name: str | None = None


@dataclass
class Record:
    """A server as it is kept on disk."""

    id: str
    address: str
    port: int
    login: str
    defaults: dict[str, str]
    running: bool = True
    rules: list[tuple[str, str]] = field(default_factory=list)
    azure_services: bool = False
    bases: list[Base] = field(default_factory=list)

    @classmethod
    def load(cls, path: Path) -> Record:
        """Read one. FileNotFoundError for a server that was never finished."""
        values: dict[str, Any] = json.loads(path.read_text())
        values["rules"] = [(first, last) for first, last in values["rules"]]
        values["bases"] = [
            Base(**{**base, "moment": datetime.fromisoformat(base["moment"])}) for base in values["bases"]
        ]
        return cls(**values)

    def save(self, path: Path) -> None:
        """Write it, whole or not at all."""
        write_private(path, json.dumps(asdict(self), default=datetime.isoformat, indent=2) + "\n")


def key(server_id: str) -> str:
    """The name of a server's folder: short, because the path of a socket may not be long."""
    return hashlib.sha256(server_id.lower().encode()).hexdigest()[:12]
