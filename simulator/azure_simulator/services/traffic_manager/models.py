"""Traffic Manager profiles: their state and how writes change it."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from azure_simulator.core.errors import ArmError, parent_not_found, resource_not_found
from azure_simulator.core.providers import region_name
from azure_simulator.core.store import Document, Store
from azure_simulator.services.resources.models import check_tags
from azure_simulator.services.traffic_manager import rules, schema, status
from azure_simulator.services.traffic_manager.rules import TYPE

KIND = "trafficManagerProfiles"
_RESERVED = "reservedTrafficManagerNames"
_INTERVAL, _TIMEOUTS = 30, {10: 9, 30: 10}


class Profiles:
    """The profiles of the subscription; relative names are unique in all of Azure, so over all groups here."""

    def __init__(self, store: Store, subscription_id: str) -> None:
        self._store = store
        self._subscription = f"/subscriptions/{subscription_id}"

    # -- reading -----------------------------------------------------------------------------------------------------

    def id_of(self, group: str, name: str) -> str:
        return f"{self._subscription}/resourceGroups/{group}/providers/{TYPE}/{name}"

    def find(self, group: str, name: str) -> Document | None:
        return self._store.get(KIND, self.id_of(group, name))

    def get(self, group: str, name: str) -> dict[str, Any]:
        """The profile, or the gateway's 404."""
        document = self.find(group, name)
        if document is None:
            raise resource_not_found(TYPE, name, group)
        return document.body

    def by_id(self, profile_id: str) -> dict[str, Any] | None:
        document = self._store.get(KIND, profile_id)
        return document.body if document else None

    def list(self, scope: str = "") -> list[dict[str, Any]]:
        """Profiles under a subscription or group id (all without one)."""
        return [document.body for document in self._store.list(KIND, f"{scope.rstrip('/')}/" if scope else "")]

    def endpoint(self, group: str, name: str, kind: str, endpoint: str) -> dict[str, Any]:
        """An endpoint, or the gateway's 404 for it or for its profile."""
        found = _find(self._parent(group, name)["properties"]["endpoints"], kind, endpoint)
        if found is None:
            raise resource_not_found(TYPE, f"{name}/{kind}/{endpoint}", group)
        return found

    def _parent(self, group: str, name: str) -> dict[str, Any]:
        document = self.find(group, name)
        if document is None:
            raise parent_not_found(name)
        return document.body

    def name_availability(self, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to both forms of the name check."""
        schema.NAME_CHECK.check(body)
        name, kind = body.get("name"), body.get("type")
        if not name or not kind or kind.lower() != TYPE.lower():
            raise rules.bad_request([f"A name and the type '{TYPE}' are required."])
        answer: dict[str, Any] = {"name": name, "type": TYPE, "nameAvailable": True, "reason": None, "message": None}
        if not rules.is_relative_name(name):
            message = f"The relative DNS name '{name}' is invalid."
            return answer | {"nameAvailable": False, "reason": "Invalid", "message": message}
        if self._owner(name) is not None:
            return answer | {"nameAvailable": False, "reason": "AlreadyExists", "message": _taken(name)}
        return answer

    def _owner(self, relative_name: str) -> str | None:
        """Id of the profile that has a relative name; another customer's profile has an empty one."""
        if self._store.get(_RESERVED, relative_name) is not None:
            return ""
        for profile in self.list():
            if profile["properties"]["dnsConfig"]["relativeName"].lower() == relative_name.lower():
                return str(profile["id"])
        return None

    def reserve(self, relative_name: str) -> None:
        """Mark a relative name as taken by somebody else's profile."""
        self._store.put(_RESERVED, relative_name, {})

    # -- profiles ----------------------------------------------------------------------------------------------------

    def drafted(self, group: str, name: str, body: dict[str, Any], api_version: str) -> dict[str, Any]:
        """The profile a PUT asks for, checked, with defaults; nothing is stored and it has no address yet."""
        schema.profile(api_version).check(body)
        rules.check_profile_name(name)
        location = body.get("location")
        if not location:
            message = "The location property is required for this definition."
            raise ArmError(400, "LocationRequired", message, gateway=True)
        if region_name(location) != "global":
            message = (
                f"The provided location '{location}' is not available for resource type '{TYPE}'. "
                "List of available regions for the resource type is 'global'."
            )
            raise ArmError(400, "LocationNotAvailableForResourceType", message, gateway=True)
        old = self.find(group, name)
        profile_id = old.id if old else self.id_of(group, name)
        wanted = body.get("properties") or {}
        rules.check_priorities(wanted.get("endpoints") or [])
        return self._checked(
            {
                "id": profile_id,
                "name": old.body["name"] if old else name,
                "type": TYPE,
                "location": "global",
                "tags": check_tags(body.get("tags")),
                "properties": _properties(profile_id, wanted),
            },
            old.body if old else None,
        )

    def patched(self, group: str, name: str, body: dict[str, Any], api_version: str) -> dict[str, Any]:
        """The profile after a PATCH, checked, not stored. Objects are merged, the list of endpoints is replaced."""
        schema.profile(api_version).check(body)
        old = self.get(group, name)
        new = copy.deepcopy(old)
        if body.get("tags") is not None:
            new["tags"] = check_tags(body["tags"])
        merged = copy.deepcopy(old["properties"])
        wanted = body.get("properties") or {}
        rules.check_priorities(wanted.get("endpoints") or [])
        for member, value in wanted.items():
            if isinstance(value, dict):
                merged[member] |= {key: item for key, item in value.items() if item is not None}
            elif value is not None:
                merged[member] = value
        new["properties"] = _properties(old["id"], merged)
        return self._checked(new, old)

    def _checked(self, new: dict[str, Any], old: dict[str, Any] | None) -> dict[str, Any]:
        properties = new["properties"]
        rules.check_profile(properties)
        name = properties["dnsConfig"]["relativeName"]
        if old is not None and old["properties"]["dnsConfig"]["relativeName"].lower() != name.lower():
            raise rules.bad_request(["The relative DNS name of a Traffic Manager profile cannot be changed."])
        owner = self._owner(name)
        if owner is not None and owner.lower() != new["id"].lower():
            raise ArmError(409, "Conflict", _taken(name))
        _carry_over(new, old)
        status.settle(properties)
        return new

    def store(self, profile: dict[str, Any]) -> None:
        """Keep a checked profile."""
        self._store.put(KIND, profile["id"], profile)

    def delete(self, profile_id: str) -> bool:
        return self._store.delete(KIND, profile_id)

    # -- endpoints ---------------------------------------------------------------------------------------------------

    def with_endpoint(
        self, group: str, name: str, kind: str, endpoint: str, body: dict[str, Any], *, patch: bool
    ) -> dict[str, Any]:
        """The profile after a PUT or PATCH of one endpoint, checked, not stored."""
        schema.ENDPOINT.check(body)
        old = self._parent(group, name)
        present = _find(old["properties"]["endpoints"], kind, endpoint)
        if patch and present is None:
            raise resource_not_found(TYPE, f"{name}/{kind}/{endpoint}", group)
        wanted: dict[str, Any] = dict(body.get("properties") or {})
        if patch and present is not None:
            wanted = present["properties"] | {member: value for member, value in wanted.items() if value is not None}
        written = {"name": present["name"] if present else endpoint, "type": f"{TYPE}/{kind}", "properties": wanted}
        endpoints = [written if one is present else one for one in old["properties"]["endpoints"]]
        if present is None:
            endpoints.append(written)
        new = copy.deepcopy(old)
        new["properties"] = _properties(old["id"], {**old["properties"], "endpoints": endpoints})
        return self._checked(new, old)

    def without_endpoint(self, group: str, name: str, kind: str, endpoint: str) -> dict[str, Any] | None:
        """The profile without an endpoint, not stored; None when there is no such endpoint."""
        document = self.find(group, name)
        if document is None or (gone := _find(document.body["properties"]["endpoints"], kind, endpoint)) is None:
            return None
        document.body["properties"]["endpoints"].remove(gone)
        status.settle(document.body["properties"])
        return document.body

    def found(self, profile_id: str, endpoint_id: str, result: str) -> None:
        """Note what probes found about an endpoint; nothing happens when it is gone or nothing changed."""
        profile = self.by_id(profile_id)
        if profile is None:
            return
        for endpoint in profile["properties"]["endpoints"]:
            one = endpoint["properties"]
            if endpoint["id"] == endpoint_id and one["endpointMonitorStatus"] != result:
                one["endpointMonitorStatus"] = result
                status.settle(profile["properties"])
                self._store.put(KIND, profile_id, profile)


def find_endpoint(profile: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    """An endpoint of a profile that has it; KeyError otherwise."""
    found = _find(profile["properties"]["endpoints"], kind, name)
    if found is None:
        raise KeyError(name)
    return found


def _find(endpoints: Iterable[dict[str, Any]], kind: str, name: str) -> dict[str, Any] | None:
    for endpoint in endpoints:
        if (endpoint["type"].lower(), endpoint["name"].lower()) == (f"{TYPE}/{kind}".lower(), name.lower()):
            return endpoint
    return None


def _taken(relative_name: str) -> str:
    return f"Domain name {relative_name}.{rules.DOMAIN} already exists. Please choose a different DNS prefix."


def _canonical(value: str, known: Iterable[str]) -> str:
    """A checked value in Azure's spelling."""
    return next(item for item in known if item.lower() == value.lower())


def _switch(value: str | None, default: str) -> str:
    return _canonical(value or default, ("Enabled", "Disabled"))


def _properties(profile_id: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """A profile's properties with Azure's defaults; 400 for what has none."""
    dns, monitor = wanted.get("dnsConfig") or {}, wanted.get("monitorConfig") or {}
    missing = [
        f"The property '{name}' is required."
        for name, value in {
            "trafficRoutingMethod": wanted.get("trafficRoutingMethod"),
            "dnsConfig.ttl": dns.get("ttl"),
            "monitorConfig.protocol": monitor.get("protocol"),
            "monitorConfig.port": monitor.get("port"),
        }.items()
        if value is None
    ]
    if missing:
        raise rules.bad_request(missing)
    properties: dict[str, Any] = {
        "profileStatus": _switch(wanted.get("profileStatus"), "Enabled"),
        "trafficRoutingMethod": _canonical(wanted["trafficRoutingMethod"], schema.ROUTING_METHODS),
        "dnsConfig": {"relativeName": dns.get("relativeName"), "fqdn": None, "ttl": dns["ttl"]},
        "monitorConfig": _monitor_config(monitor),
        "endpoints": _endpoints(profile_id, wanted.get("endpoints") or []),
        "trafficViewEnrollmentStatus": _switch(wanted.get("trafficViewEnrollmentStatus"), "Disabled"),
        "maxReturn": wanted.get("maxReturn"),
    }
    for member in ("recordType", "allowedEndpointRecordTypes"):
        if wanted.get(member):
            properties[member] = wanted[member]
    return properties


def _monitor_config(wanted: dict[str, Any]) -> dict[str, Any]:
    interval = _or(wanted.get("intervalInSeconds"), _INTERVAL)
    config: dict[str, Any] = {
        "profileMonitorStatus": None,
        "protocol": _canonical(wanted["protocol"], schema.PROTOCOLS),
        "port": wanted["port"],
        "path": wanted.get("path"),
        "intervalInSeconds": interval,
        "toleratedNumberOfFailures": _or(wanted.get("toleratedNumberOfFailures"), 3),
        "timeoutInSeconds": _or(wanted.get("timeoutInSeconds"), _TIMEOUTS.get(interval, 10)),
    }
    for member in ("customHeaders", "expectedStatusCodeRanges"):
        if wanted.get(member):
            config[member] = wanted[member]
    return config


def _endpoints(profile_id: str, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Endpoints with defaults: weight 1, and the next number for a priority that is not given."""
    highest = max((_or((one.get("properties") or {}).get("priority"), 0) for one in wanted), default=0)
    endpoints = []
    for one in wanted:
        name, kind = one.get("name") or "", rules.endpoint_type(one.get("type") or "", one.get("name") or "")
        given = dict(one.get("properties") or {})
        if given.get("priority") is None:
            highest += 1
            given["priority"] = highest
        properties: dict[str, Any] = {
            "endpointStatus": _switch(given.get("endpointStatus"), "Enabled"),
            "endpointMonitorStatus": None,
            "target": given.get("target"),
            "weight": _or(given.get("weight"), 1),
            "priority": given["priority"],
            "endpointLocation": given.get("endpointLocation"),
        }
        optional = (
            "targetResourceId",
            "customHeaders",
            "geoMapping",
            "subnets",
            "minChildEndpoints",
            "minChildEndpointsIPv4",
            "minChildEndpointsIPv6",
        )
        properties |= {member: given[member] for member in optional if given.get(member) is not None}
        if given.get("alwaysServe") is not None:
            properties["alwaysServe"] = _switch(given["alwaysServe"], "Disabled")
        short = kind.rpartition("/")[2]
        endpoints.append({"id": f"{profile_id}/{short}/{name}", "name": name, "type": kind, "properties": properties})
    return endpoints


def _or(value: int | None, default: int) -> int:
    """Zero is a value, none is not."""
    return default if value is None else value


def _carry_over(new: dict[str, Any], old: dict[str, Any] | None) -> None:
    """An endpoint that is probed as before keeps what its probes found; others begin with being checked."""
    if old is None or _probing(old["properties"]["monitorConfig"]) != _probing(new["properties"]["monitorConfig"]):
        return
    before = {one["id"].lower(): one["properties"] for one in old["properties"]["endpoints"]}
    for endpoint in new["properties"]["endpoints"]:
        one, was = endpoint["properties"], before.get(endpoint["id"].lower())
        if was is not None and (was["target"], was.get("customHeaders")) == (one["target"], one.get("customHeaders")):
            one["endpointMonitorStatus"] = was["endpointMonitorStatus"]


def _probing(config: dict[str, Any]) -> dict[str, Any]:
    return {member: value for member, value in config.items() if member != "profileMonitorStatus"}
