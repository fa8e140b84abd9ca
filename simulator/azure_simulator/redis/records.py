"""What is known of a cache: what it is to be, and the record of it that outlives the simulator's process."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from azure_simulator.core.files import write_private


@dataclass(frozen=True)
class CacheSpec:
    """A cache as it is to be.

    :ivar id: how the caller names it; upper and lower case are the same.
    :ivar address: the loopback address it listens on.
    :ivar tls_port: port of clients with TLS, or None.
    :ivar plain_port: port of clients without, or None.
    :ivar replicated: whether a second server keeps a copy.
    :ivar clustered: whether it speaks the cluster protocol: each of its servers has a share of the slots, and no copy.
    :ivar shards: how many servers a clustered one has.
    :ivar max_memory: bytes of data, in all of its servers together.
    :ivar settings: further settings of the server, such as `maxmemory-policy`.
    """

    id: str
    address: str
    tls_port: int | None
    plain_port: int | None
    replicated: bool
    max_memory: int
    databases: int = 16
    clustered: bool = False
    shards: int = 1
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def nodes(self) -> int:
        """How many servers there are."""
        if self.clustered:
            return self.shards
        return 2 if self.replicated else 1

    @property
    def runtime(self) -> dict[str, str]:
        """Settings that can be changed while it runs."""
        shares = self.shards if self.clustered else 1
        return {"maxmemory": str(self.max_memory // shares), **dict(self.settings)}


@dataclass(frozen=True)
class Access:
    """Who gets in.

    :ivar keys: digests (see `digest`) of the access keys; without any, nobody is let in.
    :ivar ranges: first and last addresses of the clients that may connect; None: all.
    """

    keys: tuple[str, ...]
    ranges: tuple[tuple[str, str], ...] | None = None


def digest(key: str) -> str:
    """An access key as the servers keep it."""
    return hashlib.sha256(key.encode()).hexdigest()


@dataclass
class Record:
    """A cache as it is kept on disk.

    :ivar secret: password of the simulator's own user.
    :ivar access: who gets in.
    :ivar primary: which server has the data everybody writes to.
    """

    spec: CacheSpec
    secret: str
    access: Access
    primary: int = 0

    @classmethod
    def load(cls, path: Path) -> Record:
        """Read one. FileNotFoundError for a cache that was never finished."""
        values: dict[str, Any] = json.loads(path.read_text())
        spec, access = values["spec"], values["access"]
        spec["settings"] = tuple((name, value) for name, value in spec["settings"])
        ranges = access["ranges"]
        if ranges is not None:
            ranges = tuple((first, last) for first, last in ranges)
        return cls(CacheSpec(**spec), values["secret"], Access(tuple(access["keys"]), ranges), values["primary"])

    def save(self, path: Path) -> None:
        """Write it, whole or not at all."""
        write_private(path, json.dumps(asdict(self), indent=2) + "\n")


def folder_name(cache_id: str) -> str:
    """The name of a cache's folder."""
    return hashlib.sha256(cache_id.lower().encode()).hexdigest()[:12]
