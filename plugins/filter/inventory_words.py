# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory_words filter."""

from __future__ import annotations

DOCUMENTATION = r"""
name: inventory_words
short_description: The remedy of a module in the words of who writes an inventory
version_added: 0.1.0
description:
  - A module names its own options in what to do about a failure. Who runs a playbook sets variables of the inventory
    instead; this puts their names in the place of the options' names, as the roles of this collection hand them on.
options:
  _input:
    description: The remedy, as in C(failure.remedy) of a failed result.
    type: str
    required: true
  module:
    description: The module, with or without the name of the collection.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Say what to do
  ansible.builtin.debug:
    msg: "{{ failed['failure']['remedy'] | codexdominion.azure.inventory_words(module='container_group') }}"
"""

RETURN = r"""
_value:
  description: The remedy with the names of variables.
  type: str
  sample: Set backend_allow_recreate to true; its address may change.
"""

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
    "postgresql_dump_restore": _BACKUP,
    "postgresql_firewall_rule": {
        **_DATABASE,
        "start_address": "start_address in database_firewall_rules",
    },
    "postgresql_login": _DATABASE,
    "postgresql_query_check": _DATABASE,
    "postgresql_schema": {**_DATABASE, "directory": "database_migrations"},
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
    """Return a remedy with variables instead of options; see the documentation above."""
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


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., str]]:
        """Return the filter by its name."""
        return {"inventory_words": inventory_words}
