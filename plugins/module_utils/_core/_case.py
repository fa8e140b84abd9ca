# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure's camelCase to Ansible's snake_case. Private to this collection."""

from __future__ import annotations

import re
import typing as t

# Values under these keys are the operator's own words (or ids used as keys) and keep their spelling.
VERBATIM = frozenset({"tags", "userAssignedIdentities", "secret", "labels"})

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# Units and acronyms that a rule of letters gets wrong.
_EXCEPTIONS = {"memoryInGB": "memory_in_gb", "sizeInBytes": "size_in_bytes", "pointInTimeUTC": "point_in_time_utc"}


def snake_key(key: str) -> str:
    """Return C(provisioningState) as C(provisioning_state)."""
    return _EXCEPTIONS.get(key) or _BOUNDARY.sub("_", key).lower()


def snake(value: t.Any) -> t.Any:
    """Return a copy of an Azure body with its keys in snake_case, at every depth."""
    if isinstance(value, dict):
        return {snake_key(key): inner if key in VERBATIM else snake(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [snake(item) for item in value]
    return value


def flatten(body: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return an Azure resource in snake_case with its C(properties) lifted beside C(id) and C(name)."""
    outer = {key: value for key, value in body.items() if key != "properties"}
    return {**snake(body.get("properties") or {}), **snake(outer)}
