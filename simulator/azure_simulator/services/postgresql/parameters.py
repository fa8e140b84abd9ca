"""Server parameters as the service describes them, from what PostgreSQL itself says of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from azure_simulator.postgresql.parameters import Parameter
from azure_simulator.services.postgresql import errors

_TYPES = {
    "bool": "Boolean",
    "integer": "Integer",
    "real": "Numeric",
    "enum": "Enumeration",
    "string": "String",
}
_ANY_TEXT = ".*"
_DOCUMENTATION = "https://www.postgresql.org/docs/current/runtime-config.html"

# Parameters the service keeps for itself although PostgreSQL would let them be changed.
_READ_ONLY = re.compile(
    r"allow_.*|archive_.*|bonjour.*|cluster_name|config_file|data_.*|dynamic_.*|event_source|external_pid_file|fsync"
    r"|full_page_writes|hba_file|hot_standby|huge_page.*|ident_file|jit_provider|krb_.*|listen_addresses"
    r"|local_preload_libraries|log_(?:destination|directory|file.*|rotation.*|timezone|truncate.*)|logging_collector"
    r"|max_slot_wal_keep_size|password_encryption|port|primary_.*|recovery_.*|reserved_connections"
    r"|restart_after_crash|restore_command|shared_memory_type|ssl|ssl_(?!m(?:ax|in)_protocol_version).*"
    r"|superuser_reserved_connections|synchronous_standby_names|syslog_.*|unix_socket_.*"
    r"|wal_(?:consistency_checking|init_zero|keep_size|log_hints|recycle|sync_method)|zero_damaged_pages"
)
# They choose libraries that only Azure's build has; a wrong one would keep the server from starting.
_LIBRARIES = frozenset({"shared_preload_libraries", "session_preload_libraries"})

PGBOUNCER = "pgbouncer.enabled"


@dataclass(frozen=True)
class Setting:
    """One parameter. `value` is what it has or, after a restart, will have."""

    name: str
    value: str
    default: str
    description: str
    data_type: str
    allowed: str
    dynamic: bool
    read_only: bool = False
    pending: bool = False
    overridden: bool = False
    unit: str | None = None
    documented: bool = True

    def properties(self) -> dict[str, Any]:
        """As GET answers it; the service's own parameters have neither unit nor documentation."""
        shown: dict[str, Any] = {
            "value": self.value,
            "description": self.description,
            "defaultValue": self.default,
            "dataType": self.data_type,
            "allowedValues": self.allowed,
            "source": "user-override" if self.overridden else "system-default",
            "isDynamicConfig": self.dynamic,
            "isReadOnly": self.read_only,
            "isConfigPendingRestart": self.pending,
        }
        if self.unit is not None:
            shown["unit"] = self.unit
        if self.documented:
            shown["documentationLink"] = _DOCUMENTATION
        return shown


# Parameters of the service around PostgreSQL.
SERVICE_SETTINGS = (
    Setting(
        "logfiles.download_enable",
        "off",
        "off",
        "Enables or disables server logs functionality.",
        "Boolean",
        "on,off",
        dynamic=True,
        documented=False,
    ),
    Setting(
        "logfiles.retention_days",
        "3",
        "3",
        "Sets the retention period window in days for server logs - after this time data will be deleted.",
        "Integer",
        "1-7",
        dynamic=True,
        documented=False,
    ),
    Setting(
        "require_secure_transport",
        "on",
        "on",
        "Whether client connections to the server are required to use some form of secure transport.",
        "Boolean",
        "on,off",
        dynamic=True,
        documented=False,
    ),
    Setting(
        PGBOUNCER,
        "false",
        "false",
        "Denotes if pgBouncer service is enabled.",
        "Boolean",
        "true,false",
        dynamic=True,
        documented=False,
    ),
)


def setting(row: Parameter, override: dict[str, str] | None) -> Setting:
    """A row of pg_settings, and what the control plane set over it (`value`, `default`)."""
    integer = row.vartype in ("integer", "real")
    allowed = {
        "bool": "on,off",
        "enum": ",".join(row.enumvals or ()),
        "string": _ANY_TEXT,
    }.get(row.vartype, f"{row.min_val}-{row.max_val}" if integer else "")
    return Setting(
        row.name,
        override["value"] if override else row.setting or "",
        override["default"] if override else row.setting or "",
        row.short_desc,
        _TYPES[row.vartype],
        allowed,
        dynamic=row.context != "postmaster",
        read_only=row.fixed or _READ_ONLY.fullmatch(row.name) is not None,
        pending=row.pending_restart,
        overridden=override is not None,
        unit=row.unit,
    )


def check_value(known: Setting, value: str, tier: str) -> str:
    """The value as PostgreSQL takes it; refuses what the service would not accept."""
    if known.name == PGBOUNCER:
        if tier == "Burstable":
            raise errors.pgbouncer_not_allowed()
        if value.lower() != "false":
            raise errors.not_simulated("PgBouncer is")
    if known.name == "require_secure_transport" and value.lower() == "off":
        raise errors.not_simulated("Connections without TLS are")
    if known.name in _LIBRARIES and value:
        raise errors.not_simulated("Preloaded libraries are")
    if known.read_only or not _allowed(known, value):
        raise errors.invalid_parameter("configurationValue")
    return value.lower() if known.data_type in ("Boolean", "Enumeration") else value


def _allowed(known: Setting, value: str) -> bool:
    match known.data_type:
        case "Boolean" | "Enumeration":
            return value.lower() in known.allowed.split(",")
        case "Integer" | "Numeric":
            low, _, high = known.allowed[1:].partition("-") if known.allowed[0] == "-" else known.allowed.partition("-")
            minimum = -float(low) if known.allowed[0] == "-" else float(low)
            try:
                number = int(value) if known.data_type == "Integer" else float(value)
            except ValueError:
                return False
            return minimum <= number <= float(high)
        case _:
            return "\n" not in value
