# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a PostgreSQL server and what is wrong with them. Pure; private to this collection."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs, _names
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _rules

_STATES = ["present", "absent", "started", "stopped", "restarted"]

_OPTIONS: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "version": {"type": "str"},
    "sku": {"type": "str"},
    "storage_gb": {"type": "int"},
    "backup_retention_days": {"type": "int"},
    "geo_redundant_backup": {"type": "bool"},
    "high_availability": {"type": "str", "choices": list(_rules.HIGH_AVAILABILITY)},
    "maintenance_window": {
        "type": "dict",
        "options": {
            "custom": {"type": "bool", "default": True},
            "day_of_week": {"type": "int"},
            "start_hour": {"type": "int"},
            "start_minute": {"type": "int"},
        },
    },
    "administrator_login": {"type": "str"},
    "administrator_password": {"type": "str", "no_log": True},
    "public_network_access": {"type": "bool"},
    "restore": {
        "type": "dict",
        "options": {
            "source_server": {"type": "str", "required": True},
            "point_in_time": {"type": "str", "required": True},
        },
    },
    "force": {"type": "bool", "default": False},
    "state": {"type": "str", "default": "present", "choices": _STATES},
}


def _problems(params: Params) -> t.Iterator[str]:
    if params["storage_gb"] is not None and params["storage_gb"] not in _rules.STORAGE_GB:
        sizes = ", ".join(str(size) for size in _rules.STORAGE_GB)
        yield f"storage_gb: {params['storage_gb']} is not one of {sizes}"
    days = params["backup_retention_days"]
    if days is not None and days not in _rules.RETENTION_DAYS:
        yield f"backup_retention_days: {days} is not a number from 7 to 35"
    if params["maintenance_window"]:
        yield from _rules.maintenance_window(params["maintenance_window"])
    if params["administrator_password"]:
        wrong = _rules.password(params["administrator_password"], params["administrator_login"])
        if wrong:
            yield f"administrator_password: {wrong}"
    burstable = _rules.tier(params["sku"] or "") == _rules.BURSTABLE
    if burstable and params["high_availability"] in ("SameZone", "ZoneRedundant"):
        yield f"high_availability: {params['sku']} is Burstable, a tier without high availability"
    if params["restore"]:
        yield from _restore_problems(params["restore"])


def _restore_problems(restore: Params) -> t.Iterator[str]:
    source: str = restore["source_server"]
    if source.startswith("/"):
        parts = source.lower().split("/")
        if len(parts) != 9 or parts[6:8] != ["microsoft.dbforpostgresql", "flexibleservers"]:
            yield f"restore.source_server: {source!r} is not the id of a PostgreSQL flexible server"
    elif wrong := _names.postgresql_server(source):
        yield f"restore.source_server: {wrong}"
    if wrong := _rules.point_in_time(restore["point_in_time"]):
        yield f"restore.point_in_time: {wrong}"


SPEC = (
    _common_specs.tracked(timeout=3600)
    .merge(_common_specs.SECRETS_KEY)
    .merge(_common_specs.LOCATION)
    .merge(
        ArgumentSpec(
            options=_OPTIONS,
            rules={
                "name": _names.postgresql_server,
                "version": _rules.version,
                "sku": _rules.sku,
                "administrator_login": _rules.login,
            },
            checks=(_problems,),
        )
    )
)
