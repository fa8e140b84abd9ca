"""Monitor statuses of endpoints and profiles. Source: Azure's article on Traffic Manager endpoint monitoring.

`Stopped` never appears: it belongs to web apps and nested profiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CHECKING, ONLINE, DEGRADED = "CheckingEndpoint", "Online", "Degraded"
_PROBED = (CHECKING, ONLINE, DEGRADED)
_UNMONITORED = "Unmonitored"
# What DNS may answer with: an endpoint counts as available until probes have found it is not.
AVAILABLE = (CHECKING, ONLINE, _UNMONITORED)


def is_probed(properties: Mapping[str, Any], endpoint: Mapping[str, Any]) -> bool:
    """Whether health checks run for an endpoint (its properties) of a profile (its properties)."""
    return bool(
        properties["profileStatus"] == "Enabled"
        and endpoint["endpointStatus"] == "Enabled"
        and endpoint.get("alwaysServe") != "Enabled"
    )


def settle(properties: dict[str, Any]) -> None:
    """Bring the statuses in a profile's properties in line with what is enabled and what probes last found."""
    for endpoint in (one["properties"] for one in properties["endpoints"]):
        if endpoint["endpointStatus"] == "Disabled":
            status = "Disabled"
        elif properties["profileStatus"] == "Disabled":
            status = "Inactive"
        elif endpoint.get("alwaysServe") == "Enabled":
            status = _UNMONITORED
        else:
            found = endpoint.get("endpointMonitorStatus")
            status = found if found in _PROBED else CHECKING
        endpoint["endpointMonitorStatus"] = status
    properties["monitorConfig"]["profileMonitorStatus"] = _profile_status(properties)


def _profile_status(properties: Mapping[str, Any]) -> str:
    if properties["profileStatus"] == "Disabled":
        return "Disabled"
    found = {one["properties"]["endpointMonitorStatus"] for one in properties["endpoints"]}
    if DEGRADED in found:
        return "Degraded"
    if found & {ONLINE, _UNMONITORED}:
        return "Online"
    return "CheckingEndpoints" if CHECKING in found else "Inactive"
