# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether somebody means what cannot be undone, and what it would take away. Pure; private to this collection."""

from __future__ import annotations

_TAKEN_ALONG = {
    "mvp": "",
    "database": ", and the database with all its data and backups",
    "full": ", and the database with all its data and backups, and the cache",
}


def confirms(given: object, name: object) -> bool:
    """Return whether C(-e confirm=) names something, alone or among others separated by commas."""
    return str(name) in str(given).split(",")


def removal(stack: str, resource_group: str, profile: str) -> str:
    """Return what the removal of a stack takes away."""
    return (
        f"This removes the stack {stack}: the resource group {resource_group} with its registry, all images and the "
        f"backend{_TAKEN_ALONG[profile]}."
    )
