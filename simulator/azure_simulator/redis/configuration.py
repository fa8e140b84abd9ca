"""The configuration file of a server."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from azure_simulator.redis.records import CacheSpec, Record

SOCKET = "socket"
DATA = "dump.rdb"
# The simulator's own user; clients are `default`, as those that send a password only.
USER = "azure"
# Where servers of one cache find each other: the ports of a node without TLS in Azure.
NODE_PORT, BUS_PORT = 13000, 23000
# Where clients find the servers of a clustered cache, as in Azure.
SHARD_PORT = 8500

# https://learn.microsoft.com/azure/azure-cache-for-redis/cache-configure#redis-commands-not-supported-in-azure-cache-for-redis
# Unknown to clients; the simulator knows them by another name.
_HIDDEN = (
    "ACL",
    "BGREWRITEAOF",
    "BGSAVE",
    "CONFIG",
    "DEBUG",
    "FAILOVER",
    "MIGRATE",
    "MODULE",
    "REPLICAOF",
    "SAVE",
    "SHUTDOWN",
    "SLAVEOF",
)
# Servers use these among themselves, so they keep their names.
_FORBIDDEN = "-psync -sync -replconf"
_CLUSTER_READS = (
    "countkeysinslot",
    "getkeysinslot",
    "info",
    "keyslot",
    "links",
    "myid",
    "nodes",
    "shards",
    "slots",
)


def hidden(secret: str, name: str) -> str:
    """What a command clients must not use is called."""
    return f"{secret}-{name}"


def rules(spec: CacheSpec, keys: Iterable[str]) -> list[str]:
    """What the clients' user may do, as rules of an access control list."""
    allowed = [f"+cluster|{name}" for name in _CLUSTER_READS] if spec.clustered else []
    passwords = [f"#{key}" for key in keys]
    return [
        "reset",
        "on" if passwords else "off",
        *passwords,
        "~*",
        "&*",
        "+@all",
        *_FORBIDDEN.split(),
        "-cluster",
        *allowed,
    ]


def write(folder: Path, record: Record, node: int) -> Path:
    """Write the file of a server."""
    spec, secret = record.spec, record.secret
    port = NODE_PORT + node
    lines = {
        "dir": f'"{folder}"',
        "dbfilename": DATA,
        "unixsocket": SOCKET,
        "unixsocketperm": "600",
        "port": str(port if spec.replicated or spec.clustered else 0),
        "bind": spec.address,
        "protected-mode": "no",
        "databases": str(spec.databases),
        "save": '""',
        # An end of the simulator is no reboot: the data are there when it starts again.
        "shutdown-on-sigterm": "save force",
        "shutdown-timeout": "0",
        "masteruser": USER,
        "masterauth": secret,
        "repl-diskless-sync-delay": "0",
        **{name: f'"{value}"' for name, value in spec.runtime.items()},
    }
    if spec.clustered:
        lines |= {"cluster-enabled": "yes", "cluster-announce-ip": spec.address}
        lines |= {"cluster-announce-port": str(SHARD_PORT + node), "cluster-announce-bus-port": str(BUS_PORT + node)}
        lines |= {"cluster-port": str(BUS_PORT + node)}
    text = [f"{name} {value}" for name, value in lines.items()]
    text += [f"rename-command {name} {hidden(secret, name)}" for name in _HIDDEN]
    text += [f"user {USER} on >{secret} ~* &* +@all", f"user default {' '.join(rules(spec, record.access.keys))}"]
    path = folder / "server.conf"
    path.touch(mode=0o600)
    path.write_text("\n".join(text) + "\n")
    return path
