"""The files and settings every server is started with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

# The simulator's own role. Its name is that of Azure's superuser, which customers cannot use either.
SUPERUSER = "azuresu"
ADMINISTRATORS = "azure_pg_admin"
SYSTEM_DATABASES = ("azure_maintenance", "azure_sys")
SOCKET = ".s.PGSQL.5432"
# Retains the write-ahead log since the oldest base.
SLOT = "azure_backup"

# On the command line, so that nothing a customer sets has an effect on them.
FIXED: Mapping[str, str] = {
    # Only through the simulator, which adds TLS and the firewall. Relative to the data directory: the path of a
    # socket is limited to about a hundred characters.
    "listen_addresses": "",
    "unix_socket_directories": "../run",
    "port": "5432",
    "ssl": "off",
    # The machine's operating system is not what is rehearsed: a server outlives its own death, not a power cut.
    "fsync": "off",
    "full_page_writes": "off",
    "wal_init_zero": "off",
    "max_slot_wal_keep_size": "-1",
    "archive_mode": "off",
    "hot_standby": "off",
    "password_encryption": "scram-sha-256",
    # The simulator reads what the server says.
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] ",
    "log_min_messages": "warning",
    # A statement that fails may hold a password.
    "log_min_error_statement": "panic",
    "lc_messages": "C",
}

DEFAULTS: Mapping[str, str] = {
    "max_connections": "50",
    "shared_buffers": "64MB",
    "min_wal_size": "32MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}

_ACCESS = f"""\
local all         {SUPERUSER} scram-sha-256
local replication {SUPERUSER} scram-sha-256
local all         all scram-sha-256
"""


def arguments(more: Mapping[str, str] | None = None) -> list[str]:
    """Command line arguments of `postgres`."""
    settings = {**FIXED, **(more or {})}
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def write(data: Path, defaults: Mapping[str, str], *, fresh: bool) -> None:
    """Write the configuration files into a data directory.

    :param defaults: values of parameters beside, and before, the usual ones.
    :param fresh: whether parameters set with ALTER SYSTEM are forgotten.
    """
    lines = [f"{name} = {_quoted(value)}\n" for name, value in {**DEFAULTS, **defaults}.items()]
    # In place: the files keep the owner they have, which is the user the server runs as.
    (data / "postgresql.conf").write_text("".join(lines))
    (data / "pg_hba.conf").write_text(_ACCESS)
    if fresh:
        (data / "postgresql.auto.conf").write_text("")


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
