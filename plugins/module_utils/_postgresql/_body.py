# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A PostgreSQL server in the operator's words and in Azure's. Pure; private to this collection."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Body
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _rules

_PROPERTIES = {
    "version": ("version",),
    "administrator_login": ("administratorLogin",),
    "administrator_password": ("administratorLoginPassword",),
    "storage_gb": ("storage", "storageSizeGB"),
    "backup_retention_days": ("backup", "backupRetentionDays"),
    "geo_redundant_backup": ("backup", "geoRedundantBackup"),
    "high_availability": ("highAvailability", "mode"),
    "public_network_access": ("network", "publicNetworkAccess"),
}
_SWITCHES = frozenset({"geo_redundant_backup", "public_network_access"})
_WINDOW = {"day_of_week": "dayOfWeek", "start_hour": "startHour", "start_minute": "startMinute"}

_SHOWN = tuple(option for option in _PROPERTIES if option != "administrator_password")

OPTIONS = ("sku", *_SHOWN, "maintenance_window")
"""The options that are compared with what Azure shows."""


def view(server: Body) -> dict[str, t.Any]:
    """Return a server in the words of the options; tags and the password are not part of it."""
    properties = server["properties"]
    found: dict[str, t.Any] = {"sku": server["sku"]["name"]}
    for option in _SHOWN:
        value: t.Any = properties
        for key in _PROPERTIES[option]:
            value = (value or {}).get(key)
        found[option] = value == "Enabled" if option in _SWITCHES else value
    found["maintenance_window"] = _view_window(properties.get("maintenanceWindow") or {})
    return found


def build(values: t.Mapping[str, t.Any]) -> Body:
    """Return the body of a request for these options, and for nothing else."""
    body: Body = {"properties": {}}
    if "location" in values:
        body["location"] = values["location"]
    if "sku" in values:
        body["sku"] = {"name": values["sku"], "tier": _rules.tier(values["sku"])}
    for option, (*parents, last) in _PROPERTIES.items():
        if option not in values:
            continue
        target = body["properties"]
        for key in parents:
            target = target.setdefault(key, {})
        value = values[option]
        target[last] = ("Enabled" if value else "Disabled") if option in _SWITCHES else value
    if wanted := values.get("maintenance_window"):
        window = {_WINDOW[option]: value for option, value in wanted.items() if option in _WINDOW}
        body["properties"]["maintenanceWindow"] = {
            "customWindow": "Enabled" if wanted["custom"] else "Disabled",
            **window,
        }
    return body


def window(named: t.Mapping[str, t.Any], present: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the whole maintenance window that a task means, which may name only a part of it."""
    if not named["custom"]:
        return {"custom": False}
    given = {option: named[option] for option in _WINDOW if named[option] is not None}
    return {"custom": True, **dict.fromkeys(_WINDOW, 0), **present, **given, **{"custom": True}}


def _view_window(present: Body) -> dict[str, t.Any]:
    if present.get("customWindow") != "Enabled":
        return {"custom": False}
    return {"custom": True, **{option: present.get(key, 0) for option, key in _WINDOW.items()}}
