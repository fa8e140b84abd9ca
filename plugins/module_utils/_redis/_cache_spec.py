# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a Redis cache and what is wrong with them. Pure; private to this collection."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Impact
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _firewall_rule as _rule
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _rules

_OPTIONS: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "sku": {"type": "str", "choices": list(_rules.TIERS)},
    "family": {"type": "str", "choices": list(_rules.CAPACITIES)},
    "capacity": {"type": "int"},
    "minimum_tls_version": {"type": "str", "choices": ["1.2"]},
    "non_ssl_port": {"type": "bool"},
    "redis_version": {"type": "str"},
    "public_network_access": {"type": "bool"},
    "access_keys_authentication": {"type": "bool", "no_log": False},
    "configuration": {"type": "dict"},
    "firewall_rules": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "start_address": {"type": "str", "required": True},
            "end_address": {"type": "str"},
        },
    },
    "patch_schedule": {
        "type": "list",
        "elements": "dict",
        "options": {
            "day_of_week": {"type": "str", "required": True, "choices": list(_rules.DAYS)},
            "start_hour_utc": {"type": "int", "required": True},
            "hours": {"type": "int", "default": 5},
        },
    },
    "return_keys": {"type": "bool", "default": False, "no_log": False},
    "force": {"type": "bool", "default": False},
}


@dataclasses.dataclass(frozen=True)
class Property:
    """What an option is in Azure: one property of the cache.

    :param switch: of an option that is on or off: what Azure calls that, on first.
    :param unless_shown: what such an option is where Azure shows neither.
    :param impact: of a change of it.
    """

    name: str
    switch: tuple[str | bool, str | bool] | None = None
    unless_shown: bool = False
    impact: Impact = Impact.NONE

    def read(self, properties: t.Mapping[str, t.Any]) -> t.Any:
        """Return the option's value, by the properties as Azure has them."""
        value = properties.get(self.name)
        if self.switch is None:
            return value
        return value == self.switch[0] if value in self.switch else self.unless_shown

    def write(self, value: t.Any) -> t.Any:
        """Return the property's value for one of the option."""
        return value if self.switch is None else self.switch[0 if value else 1]


PROPERTIES = {
    "minimum_tls_version": Property("minimumTlsVersion"),
    "non_ssl_port": Property("enableNonSslPort", (True, False)),
    "redis_version": Property("redisVersion", impact=Impact.RESTART),
    "public_network_access": Property("publicNetworkAccess", ("Enabled", "Disabled"), unless_shown=True),
    "access_keys_authentication": Property(
        "disableAccessKeyAuthentication", (False, True), unless_shown=True, impact=Impact.RESTART
    ),
}
"""The options that are one property each: whoever adds one adds it here, to the options above, and to the module."""


def _problems(params: Params) -> t.Iterator[str]:
    name, capacity = params["sku"], params["capacity"]
    if name and params["family"] and params["family"] != _rules.FAMILIES[name]:
        yield f"family: {name} is of family {_rules.FAMILIES[name]}, not {params['family']}"
    elif name and capacity is not None and (problem := _rules.sku(_rules.Sku(name, capacity))):
        yield f"capacity: {problem}"
    elif params["family"] and not name:
        yield "family: it follows from sku, which is missing"
    elif capacity is not None and not 0 <= capacity <= 6:
        yield f"capacity: {capacity} is not a number from 0 to 6"
    yield from _rules.configuration(params["configuration"] or {})
    yield from _rule_problems(params["firewall_rules"] or [])
    for entry in params["patch_schedule"] or []:
        if entry["start_hour_utc"] not in range(24):
            yield f"patch_schedule.start_hour_utc: {entry['start_hour_utc']} is not a number from 0 to 23"
        if entry["hours"] not in range(5, 17):
            yield f"patch_schedule.hours: {entry['hours']} is not a number from 5 to 16"


def _rule_problems(rules: list[Params]) -> t.Iterator[str]:
    names = [rule["name"] for rule in rules]
    yield from (
        f"firewall_rules: {name} is named twice" for name in sorted({one for one in names if names.count(one) > 1})
    )
    for rule in rules:
        if problem := _rules.firewall_rule(rule["name"]):
            yield f"firewall_rules.name: {problem}"
        addresses = [rule["start_address"], rule["end_address"] or rule["start_address"]]
        wrong = [found for one in dict.fromkeys(addresses) if (found := _rule.problem_with_address(one))]
        yield from (f"firewall_rules.{rule['name']}: {one}" for one in wrong)
        if not wrong and _rule.size(*addresses) < 1:
            yield f"firewall_rules.{rule['name']}: {addresses[1]} is before {addresses[0]}"


SPEC = (
    _common_specs.tracked(timeout=3600)
    .merge(_common_specs.LOCATION)
    .merge(_common_specs.STATE)
    .merge(
        ArgumentSpec(
            options=_OPTIONS,
            rules={"name": _rules.name},
            checks=(_problems,),
        )
    )
)
