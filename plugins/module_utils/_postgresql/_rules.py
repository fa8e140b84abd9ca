# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Azure accepts of a PostgreSQL server, as far as it can be said without asking Azure. Pure; private.

Sources: the pages on compute, storage, and limits below U(https://learn.microsoft.com/azure/postgresql/), and what the
service lists as its capabilities. A rule returns what is wrong with a value, or None; none repeats a password.
"""

from __future__ import annotations

import datetime
import re
import typing as t

BURSTABLE = "Burstable"
TIERS = {"B": BURSTABLE, "D": "GeneralPurpose", "E": "MemoryOptimized"}
STORAGE_GB = (32, 64, 128, 256, 512, 1024, 2048, 4095, 4096, 8192, 16384, 32767)
RETENTION_DAYS = range(7, 36)
HIGH_AVAILABILITY = ("Disabled", "SameZone", "ZoneRedundant")
RESERVED_LOGINS = frozenset(
    {"admin", "administrator", "azure_pg_admin", "azure_superuser", "azuresu", "guest", "public", "root"}
)

LONGEST_NAME = 63
"""What PostgreSQL keeps of a name, in bytes."""

_PASSWORD_LENGTHS = range(8, 129)
_PASSWORD_CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]")
_LOGIN_PART = 3
_WINDOW = {"day_of_week": 6, "start_hour": 23, "start_minute": 59}


def tier(sku: str) -> str | None:
    """Return the tier that the letter in a SKU's name stands for, or None where it stands for none."""
    match = re.fullmatch(r"Standard_([BDE])C?\d+[a-z]*(?:_v\d+)?", sku)
    return TIERS[match[1]] if match else None


def sku(value: str) -> str | None:
    """Check the name of a SKU."""
    if tier(value):
        return None
    return f"{value!r} is not a compute size such as Standard_B1ms, Standard_D2ds_v5 or Standard_E2ds_v5"


def role(value: str) -> str | None:
    """Check the name of a login or a group inside PostgreSQL, which takes more than Azure does for an administrator."""
    if not value or "\0" in value or len(value.encode()) > LONGEST_NAME:
        return f"{value!r} is not valid: 1 to {LONGEST_NAME} bytes"
    if value.startswith("pg_") or value in ("public", "none"):
        return f"{value!r} is a name that PostgreSQL keeps for itself"
    return None


def version(value: str) -> str | None:
    """Check a major version; which of them Azure offers is Azure's to say."""
    if re.fullmatch(r"1[1-9]|[2-9]\d", value):
        return None
    return f"{value!r} is not a major version such as 16"


def login(value: str) -> str | None:
    """Check the name of the administrator."""
    if value.lower() in RESERVED_LOGINS or value.lower().startswith("pg_"):
        return f"{value!r} is reserved, by Azure or by PostgreSQL"
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,62}", value):
        return f"{value!r} is not valid: 1 to 63 letters, digits and underscores, not starting with a digit"
    return None


def password(value: str, login_name: str | None) -> str | None:
    """Check the password of the administrator, whose name may not be known."""
    if len(value) not in _PASSWORD_LENGTHS:
        return f"{len(value)} characters, 8 to 128 are needed"
    if sum(bool(re.search(one, value)) for one in _PASSWORD_CLASSES) < 3:
        return "three of these are needed: lower-case letters, upper-case letters, digits, other characters"
    if any(part in value.lower() for part in _parts(login_name or "")):
        return f"it holds {_LOGIN_PART} or more characters in a row of the administrator's name"
    return None


def _parts(login_name: str) -> set[str]:
    """Return the parts of a name that Azure looks for in a password."""
    runs = re.findall(r"[a-z0-9]+", login_name.lower())
    return {run[at : at + _LOGIN_PART] for run in runs for at in range(len(run) - _LOGIN_PART + 1)}


def maintenance_window(window: t.Mapping[str, t.Any]) -> list[str]:
    """Return what is wrong with a maintenance window."""
    problems = []
    for option, most in _WINDOW.items():
        value = window[option]
        if value is not None and not window["custom"]:
            problems.append(f"maintenance_window.{option}: only a custom window has it")
        elif value is not None and not 0 <= value <= most:
            problems.append(f"maintenance_window.{option}: {value} is not a number from 0 to {most}")
    return problems


def point_in_time(value: str) -> str | None:
    """Check a moment: without a time zone it would be anybody's guess."""
    try:
        if datetime.datetime.fromisoformat(value).tzinfo:
            return None
    except ValueError:
        pass
    return f"{value!r} is not a time with a time zone, such as 2026-10-22T20:00:00Z"
