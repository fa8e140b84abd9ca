# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Azure Cache for Redis accepts, as far as it can be said without asking Azure. Pure; private.

Sources: the pages on sizes and scaling below U(https://learn.microsoft.com/azure/azure-cache-for-redis/). A rule
returns what is wrong with a value, or None.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _text

TIERS = ("Basic", "Standard", "Premium")
FAMILIES = {"Basic": "C", "Standard": "C", "Premium": "P"}
CAPACITIES = {"C": range(7), "P": range(1, 6)}
DAYS = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Everyday",
    "Weekend",
)

_READ_ONLY = frozenset({"maxclients", "zonal-configuration", "preferred-data-archive-auth-method"})
_SECRET = "connection-string"


class Sku(t.NamedTuple):
    """Tier and size; the family follows from the tier."""

    name: str
    capacity: int

    @property
    def family(self) -> str:
        return FAMILIES[self.name]

    def __str__(self) -> str:
        return f"{self.name} {self.family}{self.capacity}"


def name(value: str) -> str | None:
    """Check the name of a cache."""
    if re.fullmatch(r"(?=.{1,63}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*", value):
        return None
    return f"{value!r} is not valid: 1 to 63 letters, digits and single inner hyphens"


def managed_name(value: str) -> str | None:
    """Check the name of a managed cache."""
    if re.fullmatch(r"(?=.{1,60}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*", value):
        return None
    return f"{value!r} is not valid: 1 to 60 letters, digits and single inner hyphens"


def firewall_rule(value: str) -> str | None:
    """Check the name of a firewall rule, which knows no hyphen."""
    return None if re.fullmatch(r"[A-Za-z0-9_]{1,256}", value) else f"{value!r} is not letters, digits and underscores"


def sku(wanted: Sku) -> str | None:
    """Check whether there is such a size."""
    sizes = CAPACITIES[wanted.family]
    if wanted.capacity in sizes:
        return None
    return f"there is no {wanted}: {wanted.name} is {wanted.family}{sizes[0]} to {wanted.family}{sizes[-1]}"


def scale(before: Sku, after: Sku) -> tuple[str, str] | None:
    """Return why Azure will not scale a cache so, and what to do instead; None if it will."""
    step = TIERS.index(after.name) - TIERS.index(before.name)
    if step < 0:
        return "a lower tier", "Create another cache of that tier and move the data."
    if step > 1:
        return "two tiers at once", "Scale to Standard first, then to Premium."
    if step and after.name == "Standard" and after.capacity != before.capacity:
        return "another tier and another size at once", "Change sku first, and capacity in a second task."
    if after.family == "C" and after.capacity == 0 < before.capacity:
        return "down to C0", "Choose C1 or more, or create another cache."
    return None


def configuration(values: t.Mapping[str, t.Any]) -> list[str]:
    """Return what is wrong with settings of a cache."""
    problems = [f"configuration{wrong}" for wrong in _text.problems(values)]
    for key in normalise(values):
        if key in _READ_ONLY:
            problems.append(f"configuration.{key}: it follows from the size, and cannot be set")
        elif _SECRET in key:
            problems.append(f"configuration.{key}: it holds a secret that Azure would show; use a managed identity")
    return problems


def normalise(values: t.Mapping[str, t.Any]) -> dict[str, str]:
    """Return settings as Azure stores them: names with hyphens, and every value as text."""
    return {str(key).replace("_", "-").lower(): _text.text(value) for key, value in values.items()}


def same(wanted: str, present: str | None) -> bool:
    """Return whether two values of a setting are the same; Azure answers C(True) for C(true)."""
    if present is None:
        return False
    return wanted == present or {wanted.lower(), present.lower()} in ({"true"}, {"false"})


def writable(present: t.Mapping[str, str]) -> dict[str, str]:
    """Return the settings that a request may hold."""
    return {key: value for key, value in present.items() if key not in _READ_ONLY}
