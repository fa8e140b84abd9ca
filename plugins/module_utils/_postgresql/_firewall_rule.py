# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Firewall rules of PostgreSQL servers. Private to this collection."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Body
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Impact, Plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import Params
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql import _api
from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql._child import PostgresqlChild

OPTIONS: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "start_address": {"type": "str"},
    "end_address": {"type": "str"},
    "azure_services": {"type": "bool", "default": False},
    "allow_any": {"type": "bool", "default": False},
}
EXCLUSIVE = (("azure_services", "allow_any"),)

_AZURE = "0.0.0.0"  # as start and end: how Azure spells "every address of Azure itself"
_MANY = 2**31  # half of all addresses, so that the whole range cannot be had in disguise


def problem_with_address(value: str) -> str | None:
    """Return what is wrong with an address, or None."""
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        return f"{value!r} is not an IPv4 address"
    return None


def size(first: str, last: str) -> int:
    """Return how many addresses a range of valid ones has; less than 1 if its end is before its start."""
    return int(ipaddress.IPv4Address(last)) - int(ipaddress.IPv4Address(first)) + 1


def problems(params: Params) -> t.Iterator[str]:
    """Yield what is wrong with the options together."""
    first, last = params["start_address"], params["end_address"] or params["start_address"]
    if params["azure_services"]:
        if last:
            yield "azure_services: the rule for Azure services has no addresses of its own"
        return
    if last and not first:
        yield "start_address: missing, and end_address is given"
    if not first or not last or problem_with_address(first) or problem_with_address(last):
        return
    count = size(first, last)
    if count < 1:
        yield f"end_address: {last} is before start_address {first}"
    elif first == last == _AZURE:
        yield f"start_address: {_AZURE} alone admits all of Azure; set azure_services if that is meant"
    elif count >= _MANY and not params["allow_any"]:
        yield f"end_address: {first} to {last} is at least half of the internet; set allow_any if that is meant"


class PostgresqlFirewallRule(PostgresqlChild):
    """A firewall rule as one task wants it."""

    kind = "postgresql_firewall_rule"
    _child = _api.Child.FIREWALL_RULE
    _path = "firewallRules"

    def _plan_create(self) -> Plan:
        wanted = self._wanted()
        if not wanted:
            raise OperationsError(
                f"{self.what} does not exist yet, and no address is given",
                code="AddressRequired",
                remedy="Set start_address, or azure_services.",
            )
        return _plan.create(wanted)

    def _plan_update(self, actual: Body) -> Plan:
        return _plan.update(_plan.compare(self._wanted(), _view(actual)))

    def _plan_delete(self, actual: Body) -> Plan:
        return _plan.delete(_view(actual), Impact.NONE)

    def body(self) -> Body:
        wanted = self._wanted()
        return {"properties": {"startIpAddress": wanted["start_address"], "endIpAddress": wanted["end_address"]}}

    def _wanted(self) -> dict[str, str]:
        first = _AZURE if self._params["azure_services"] else self._params["start_address"]
        last = self._params["end_address"] or first
        return {"start_address": first, "end_address": last} if first else {}


def _view(rule: Body) -> dict[str, str]:
    properties = rule["properties"]
    return {"start_address": properties["startIpAddress"], "end_address": properties["endIpAddress"]}
