# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A remedy in the words of who writes an inventory. Pure; private to this collection.

A module names its own options in what to do about a failure. Who runs a playbook sets variables of the inventory
instead; their names take the place of the options' names here, as the roles of this collection hand them on.
"""

from __future__ import annotations

import re
import typing as t

_AZURE = {
    name: f"{name} in azure"
    for name in ("subscription_id", "tenant_id", "client_id", "client_secret", "cloud", "ca_path")
}
_DATABASE = {"ca_cert": "database_ca_cert", "configurations": "database_configurations", "timeout": "database_timeout"}
_BACKUP = {
    "ca_cert": "database_ca_cert",
    "prefix": "database_backup_prefix",
    "timeout": "database_backup_timeout",
    "bin_dir": "database_backup_bin_dir",
    "keep": "database_backup_keep_on_demand",
}
_REDIS = {"ca_cert": "redis_ca_cert", "timeout": "redis_timeout", "force": "redis_confirmed"}

VARIABLES: dict[str, dict[str, str]] = {
    "backend_deployment": {
        "allow_recreate": "backend_allow_recreate",
        "dns_name_label": "backend_dns_label",
        "location": "backend_location",
        "ports": "backend_port",
        "relative_name": "backend_traffic_name",
        "stable_seconds": "backend_stable_seconds",
        "timeout": "backend_timeout",
        "wait_timeout": "backend_ready_timeout",
    },
    "container_group": {
        "allow_recreate": "backend_allow_recreate",
        "dns_name_label": "backend_dns_label",
        "location": "backend_location",
        "ports": "backend_port",
        "stable_seconds": "backend_stable_seconds",
        "timeout": "backend_timeout",
    },
    "container_registry": {
        "admin_user_enabled": "registry_admin_user_enabled",
        "location": "registry_location",
        "sku": "registry_sku",
        "timeout": "registry_timeout",
    },
    "http_check": {"wait_timeout": "backend_ready_timeout"},
    "managed_redis": {
        **_REDIS,
        "force": "redis_remove",
        "location": "redis_location",
        "sku": "redis_managed_sku",
    },
    "operation_wait": {"timeout": "stack_timeout"},
    "postgresql_backup": _BACKUP,
    "postgresql_configuration": _DATABASE,
    "postgresql_database": _DATABASE,
    "postgresql_dump": _BACKUP,
    "postgresql_dump_prune": _BACKUP,
    "postgresql_dump_record": _BACKUP,
    "postgresql_dump_restore": _BACKUP,
    "postgresql_firewall_rule": {
        **_DATABASE,
        "start_address": "start_address in database_firewall_rules",
    },
    "postgresql_login": _DATABASE,
    "postgresql_query_check": _DATABASE,
    "postgresql_schema": {
        **_DATABASE,
        "baseline": "database_migrations_baseline",
        "directory": "database_migrations",
        "table": "database_migrations_table",
    },
    "postgresql_server": {
        **_DATABASE,
        "force": "database_remove",
        "location": "database_location",
        "sku": "database_sku",
        "storage_gb": "database_storage_gb",
        "version": "database_version",
    },
    "redis_cache": {
        **_REDIS,
        "capacity": "redis_capacity",
        "force": "redis_remove",
        "location": "redis_location",
        "sku": "redis_sku",
    },
    "redis_check": _REDIS,
    "redis_copy": _REDIS,
    "redis_flush": _REDIS,
    "redis_info": _REDIS,
    "redis_reboot": _REDIS,
    "redis_regenerate_key": _REDIS,
    "resource_group": {
        "force": "stack_remove_everything",
        "location": "stack_location",
        "timeout": "stack_timeout",
    },
    "stack_lock": {"wait_timeout": "stack_lock_wait", "max_age": "stack_lock_timeout"},
    "traffic_manager_profile": {"relative_name": "backend_traffic_name", "timeout": "backend_ready_timeout"},
    "user_assigned_identity": {"location": "backend_location"},
}
"""What the roles hand on as an option of a module, by the name of the module."""


def inventory_words(remedy: str, module: str) -> str:
    """Return a remedy with variables instead of options.

    :param module: the module that says it, with or without the name of the collection.
    """
    names = _AZURE | VARIABLES.get(module.rsplit(".", 1)[-1], {})
    options = "|".join(map(re.escape, names))
    # Only what is to be set, raised, or corrected is an option: in "or another location" it is plain English. The
    # remedies by Azure's codes (_remedies.py) name variables already.
    return re.sub(
        rf"\b((?:set|raise|correct|check|choose another|or|and) )({options})\b(?! in azure)",
        _named(names),
        remedy,
        flags=re.I,
    )


def _named(names: dict[str, str]) -> t.Callable[[re.Match[str]], str]:
    return lambda found: found[1] + names[found[2].lower()]
