"""What one simulator is started with, and the identity of the Azure it plays."""

from __future__ import annotations

import json
import random
import secrets
import uuid
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from azure_simulator.core.files import write_private

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Account:
    """Tenant, subscription and service principal; made at random once per state directory."""

    tenant_id: str
    subscription_id: str
    client_id: str
    object_id: str
    initial_secret: str

    @staticmethod
    def load(path: Path) -> Account:
        """Read the account, or make it and write it (mode 0600, by rename)."""
        if path.exists():
            values = json.loads(path.read_text())
            # A file of another version of the simulator may hold more.
            return Account(**{field.name: values[field.name] for field in fields(Account)})
        account = Account(
            tenant_id=str(uuid.uuid4()),
            subscription_id=str(uuid.uuid4()),
            client_id=str(uuid.uuid4()),
            object_id=str(uuid.uuid4()),
            initial_secret=secrets.token_urlsafe(30),
        )
        write_private(path, json.dumps(asdict(account), indent=2) + "\n")
        return account


@dataclass(frozen=True)
class Latency:
    """How far away the management endpoint is: milliseconds that every request to it takes longer.

    :ivar jitter: by how many milliseconds more or less, at random.
    """

    milliseconds: float = 0
    jitter: float = 0

    def __post_init__(self) -> None:
        if not (0 <= self.jitter <= self.milliseconds < float("inf")):
            raise ValueError("a latency is 0 or more milliseconds, its jitter no more than itself")

    @staticmethod
    def parse(text: str) -> Latency:
        """Read `MS[,JITTER]`.

        :raises ValueError: when it is something else.
        """
        return Latency(*(float(part) for part in text.split(",", 1)))

    def __str__(self) -> str:
        return f"{self.milliseconds:g},{self.jitter:g}"

    def seconds(self) -> float:
        """The seconds of one request, at random within the jitter."""
        return random.uniform(self.milliseconds - self.jitter, self.milliseconds + self.jitter) / 1000


@dataclass(frozen=True)
class Options:
    """What `azure-simulator start` takes, beside the port.

    :ivar time_scale: factor on Azure's typical durations.
    :ivar postgresql_bin: programs of a PostgreSQL of the system; None: the embedded one.
    :ivar redis_bin: the same, of a Valkey or Redis.
    :ivar classic_redis_creation: `allowed`, or `blocked` as for tenants that had no cache before April 2026.
    :ivar latency: how far away the management endpoint is.
    """

    time_scale: float
    postgresql_bin: Path | None = None
    redis_bin: Path | None = None
    classic_redis_creation: str = "allowed"
    latency: Latency = Latency()

    def arguments(self) -> list[str]:
        """The options as arguments of the command."""
        words = ["--time-scale", str(self.time_scale), "--classic-redis-creation", self.classic_redis_creation]
        words += ["--latency", str(self.latency)]
        for name, folder in (("--postgresql-bin", self.postgresql_bin), ("--redis-bin", self.redis_bin)):
            words += [name, str(folder)] if folder is not None else []
        return words


@dataclass(frozen=True)
class Settings:
    """Paths and port, and what the simulator was started with. `port` is the one really bound.

    :ivar hook_key: what opens the hooks below `/_simulator/`.
    """

    state_dir: Path
    port: int
    account: Account
    options: Options
    hook_key: str

    @property
    def time_scale(self) -> float:
        return self.options.time_scale

    @property
    def url(self) -> str:
        """Endpoint of ARM, login and the control hooks, without a trailing slash."""
        return f"https://{LOOPBACK}:{self.port}"

    @property
    def ca_path(self) -> Path:
        return self.state_dir / "ca.pem"
