# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic Manager profiles with external endpoints, by azure-mgmt-trafficmanager. Private to this collection.

Endpoints are part of the profile's own body, so that one PUT moves the traffic from one to another: there is no moment
in which both or neither are enabled. Source: U(https://learn.microsoft.com/rest/api/trafficmanager/profiles).
"""

from __future__ import annotations

import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import (
    Answer,
    Body,
    call,
    encode,
    find,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._case import flatten
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Action, Plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._resource import Resource
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import Params

ROUTING_METHODS = ("Priority", "Weighted")
_EXTERNAL = "Microsoft.Network/trafficManagerProfiles/externalEndpoints"
_MONITOR = {
    "protocol": "protocol",
    "port": "port",
    "path": "path",
    "interval_seconds": "intervalInSeconds",
    "timeout_seconds": "timeoutInSeconds",
    "tolerated_failures": "toleratedNumberOfFailures",
}
POLL_SECONDS = 1.0


OPTIONS: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "relative_name": {"type": "str"},
    "ttl": {"type": "int"},
    "routing_method": {"type": "str", "choices": list(ROUTING_METHODS)},
    "monitor": {
        "type": "dict",
        "options": {
            "protocol": {"type": "str", "choices": ["HTTP", "HTTPS", "TCP"]},
            "port": {"type": "int"},
            "path": {"type": "str"},
            "interval_seconds": {"type": "int"},
            "timeout_seconds": {"type": "int"},
            "tolerated_failures": {"type": "int"},
        },
    },
    "endpoints": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "target": {"type": "str", "required": True},
            "enabled": {"type": "bool", "default": True},
            "weight": {"type": "int"},
            "priority": {"type": "int"},
        },
    },
    "await_online": {"type": "list", "elements": "str", "default": []},
}


def problems(params: Params) -> t.Iterator[str]:
    """Yield what is wrong with the options together."""
    if params["ttl"] is not None and params["ttl"] < 0:
        yield f"ttl: {params['ttl']} is negative"
    interval = (params["monitor"] or {}).get("interval_seconds")
    if interval not in (None, 10, 30):
        yield f"monitor.interval_seconds: {interval} is neither 10 nor 30, which is what Azure offers"
    endpoints = params["endpoints"] or []
    names = [one["name"] for one in endpoints]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"endpoints: {name!r} is there more than once"
    for one in endpoints:
        for option in ("weight", "priority"):
            if one[option] is not None and not 1 <= one[option] <= 1000:
                yield f"endpoints.{one['name']}.{option}: {one[option]} is not a number from 1 to 1000"


class TrafficManagerProfile(Resource):
    """A profile as one task wants it."""

    kind = "traffic_manager_profile"
    provider = "Microsoft.Network"
    seconds = 5

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._where = (ctx.params["resource_group"], ctx.params["name"])
        self._profiles = ctx.session.client("azure.mgmt.trafficmanager", "TrafficManagerManagementClient").profiles
        self.what = f"Traffic Manager profile {ctx.params['name']}"

    def read(self) -> Body | None:
        return find(f"Reading {self.what}", self._profiles.get, *self._where)

    def _plan_create(self) -> Plan:
        return _plan.create(_view(self._body(None)))

    def _plan_update(self, actual: Body) -> Plan:
        wanted, present = _view(self._body(actual)), _view(actual)
        self._refuse_another_name(wanted["relative_name"], present["relative_name"])
        return _plan.update(_plan.compare({**wanted, "relative_name": present["relative_name"]}, present))

    def _refuse_another_name(self, wanted: str, present: str) -> None:
        if wanted.lower() != present.lower():
            raise OperationsError(
                f"{self.what} has the name {present} in DNS, and Azure cannot change it to {wanted}",
                code="RelativeNameNotChangeable",
                remedy=f"Keep {present} (backend_traffic_name in the inventory), or delete the profile first.",
            )

    def apply(self, plan: Plan, actual: Body | None) -> Answer:
        if plan.action is Action.DELETE:
            return call(f"Deleting {self.what}", self._profiles.delete, *self._where)
        body = encode(self._body(actual))
        return call(f"Writing {self.what}", self._profiles.create_or_update, *self._where, body)

    def settle(self, plan: Plan, deadline: float) -> None:
        """Wait until Azure's own probes have found the named endpoints online."""
        while self._params["await_online"] and plan.action is not Action.DELETE:
            profile = self.read()
            if profile is None:
                raise OperationsError(f"{self.what} was deleted meanwhile", code="ResourceNotFound")
            left = [
                f"{one['name']} ({one['properties'].get('endpointMonitorStatus')})"
                for one in profile["properties"].get("endpoints") or []
                if one["name"] in self._params["await_online"]
                and one["properties"].get("endpointMonitorStatus") != "Online"
            ]
            if not left:
                return
            if time.monotonic() >= deadline:
                raise OperationsError(
                    f"{self.what}: not online: {', '.join(left)}",
                    code="EndpointNotOnline",
                    remedy="Check that the endpoint answers 200 at the monitor's port and path.",
                )
            self._ctx.report(f"{self.what}: waiting for {', '.join(left)}")
            time.sleep(POLL_SECONDS)

    def represent(self, actual: Body | None, plan: Plan) -> dict[str, t.Any] | None:
        return super().represent(actual, plan) if actual is None else describe(actual)

    def _foreseen(self) -> dict[str, t.Any]:
        identifier = self._ctx.session.resource_id(
            self._where[0], self.provider, "trafficManagerProfiles", self._where[1]
        )
        return {"id": identifier, "name": self._where[1], "dns_config": None, "endpoints": []}

    def _body(self, actual: Body | None) -> Body:
        """Return the body of the PUT: the profile as it is, and over it what the task names."""
        present = (actual or {}).get("properties") or {}
        dns, monitor = present.get("dnsConfig") or {}, present.get("monitorConfig") or {}
        named = self._params["monitor"] or {}
        tags = (actual or {}).get("tags") or {}
        merged = _plan.compare_tags(self._params["tags"], tags, self._params["append_tags"])
        endpoints = [_kept(one) for one in present.get("endpoints") or []]
        if self._params["endpoints"] is not None:
            endpoints = [_endpoint(one) for one in self._params["endpoints"]]
        return {
            "location": "global",
            "tags": tags if merged is None else merged,
            "properties": {
                "profileStatus": present.get("profileStatus") or "Enabled",
                "trafficRoutingMethod": self._params["routing_method"]
                or present.get("trafficRoutingMethod")
                or "Priority",
                "dnsConfig": {
                    "relativeName": self._params["relative_name"] or dns.get("relativeName") or self._where[1],
                    "ttl": _first(self._params["ttl"], dns.get("ttl"), 30),
                },
                "monitorConfig": _monitor(named, monitor),
                "endpoints": endpoints,
            },
        }


def describe(profile: Body) -> dict[str, t.Any]:
    """Return a profile as a module's result: as Azure has it, in snake_case, endpoints flattened."""
    return {**flatten(profile), "endpoints": [flatten(one) for one in profile["properties"].get("endpoints") or []]}


def find_profile(ctx: Context) -> list[dict[str, t.Any]]:
    """Return the profile the task names; an empty list where there is none."""
    profiles = ctx.session.client("azure.mgmt.trafficmanager", "TrafficManagerManagementClient").profiles
    name = ctx.params["name"]
    with ctx.session.kept():
        found = find(f"Reading Traffic Manager profile {name}", profiles.get, ctx.params["resource_group"], name)
    return [describe(found)] if found else []


def _monitor(named: Params, present: Body) -> Body:
    """Return how endpoints are probed; where neither task nor profile say it, as Azure's portal fills it in."""
    monitor = {key: _first(named.get(option), present.get(key)) for option, key in _MONITOR.items()}
    fast = monitor["intervalInSeconds"] == 10
    defaults = {
        "protocol": "HTTP",
        "port": 80,
        "path": None if monitor["protocol"] == "TCP" else "/",
        "intervalInSeconds": 30,
        "timeoutInSeconds": 9 if fast else 10,  # a probe has to be over before the next one
        "toleratedNumberOfFailures": 3,
    }
    filled = {key: _first(value, defaults[key]) for key, value in monitor.items()}
    return {key: value for key, value in filled.items() if value is not None}


def _first(*values: t.Any) -> t.Any:
    return next((value for value in values if value is not None), None)


def _endpoint(wanted: Params) -> Body:
    properties: Body = {
        "target": wanted["target"],
        "endpointStatus": "Enabled" if wanted["enabled"] else "Disabled",
    }
    for option in ("weight", "priority"):
        if wanted[option] is not None:
            properties[option] = wanted[option]
    return {"name": wanted["name"], "type": _EXTERNAL, "properties": properties}


def _kept(endpoint: Body) -> Body:
    read_only = ("endpointMonitorStatus",)
    properties = {key: value for key, value in endpoint["properties"].items() if key not in read_only}
    return {"name": endpoint["name"], "type": endpoint["type"], "properties": properties}


def _view(body: Body) -> dict[str, t.Any]:
    """Return a profile in the operator's words, for comparison and for diffs."""
    properties = body["properties"]
    monitor = properties["monitorConfig"]
    return {
        "relative_name": properties["dnsConfig"]["relativeName"],
        "ttl": properties["dnsConfig"]["ttl"],
        "routing_method": properties["trafficRoutingMethod"],
        "monitor": {option: monitor.get(key) for option, key in _MONITOR.items()},
        "endpoints": {
            one["name"]: f"{one['properties']['target']} ({one['properties']['endpointStatus']})"
            for one in properties.get("endpoints") or []
        },
        "tags": body.get("tags") or {},
    }
