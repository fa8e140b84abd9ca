"""Bodies of Microsoft.Network/trafficManagerProfiles: which members there are; their rules are in `rules`."""

from __future__ import annotations

from azure_simulator.core.body import Anything, Array, Integer, Kind, MapOf, Object, String

API_VERSIONS = ("2022-04-01", "2026-09-01")
ROUTING_METHODS = ("Performance", "Priority", "Weighted", "Geographic", "MultiValue", "Subnet")
PROTOCOLS = ("HTTP", "HTTPS", "TCP")
ENDPOINT_TYPES = ("azureEndpoints", "externalEndpoints", "nestedEndpoints")

_SWITCH = String(("Enabled", "Disabled"))
_HEADERS = Array(Object({"name": String(), "value": String()}, name="CustomHeader"))
_ENDPOINT_PROPERTIES = Object(
    {
        "targetResourceId": String(),
        "target": String(),
        "endpointStatus": _SWITCH,
        "weight": Integer(),
        "priority": Integer(),
        "endpointLocation": String(),
        "minChildEndpoints": Integer(),
        "minChildEndpointsIPv4": Integer(),
        "minChildEndpointsIPv6": Integer(),
        "geoMapping": Array(String()),
        "subnets": Array(Object({"first": String(), "last": String(), "scope": Integer()}, name="Subnet")),
        "customHeaders": _HEADERS,
        "alwaysServe": _SWITCH,
        # read-only: what a client got and sends back
        "endpointMonitorStatus": Anything(),
    },
    name="EndpointProperties",
)
ENDPOINT = Object(
    {"id": String(), "name": String(), "type": String(), "properties": _ENDPOINT_PROPERTIES}, name="Endpoint"
)
_MONITOR_CONFIG = Object(
    {
        "protocol": String(PROTOCOLS),
        "port": Integer(),
        "path": String(),
        "intervalInSeconds": Integer(),
        "timeoutInSeconds": Integer(),
        "toleratedNumberOfFailures": Integer(),
        "customHeaders": _HEADERS,
        "expectedStatusCodeRanges": Array(Object({"min": Integer(), "max": Integer()}, name="StatusCodeRange")),
        "profileMonitorStatus": Anything(),
    },
    name="MonitorConfig",
)
_PROPERTIES: dict[str, Kind] = {
    "profileStatus": _SWITCH,
    "trafficRoutingMethod": String(ROUTING_METHODS),
    "dnsConfig": Object({"relativeName": String(), "ttl": Integer(), "fqdn": Anything()}, name="DnsConfig"),
    "monitorConfig": _MONITOR_CONFIG,
    "endpoints": Array(ENDPOINT),
    "trafficViewEnrollmentStatus": _SWITCH,
    "allowedEndpointRecordTypes": Array(String(("DomainName", "IPv4Address", "IPv6Address", "Any"))),
    "maxReturn": Integer(),
}
_RECORD_TYPE = String(("A", "AAAA", "CNAME"))
# The member came with this api-version.
RECORD_TYPE_SINCE = "2026-09-01"


def profile(api_version: str) -> Object:
    """The body of a PUT or PATCH of a profile, as this api-version knows it."""
    properties = dict(_PROPERTIES)
    if api_version >= RECORD_TYPE_SINCE:
        properties["recordType"] = _RECORD_TYPE
    return Object(
        {
            "id": Anything(),
            "name": Anything(),
            "type": Anything(),
            "location": String(),
            "tags": MapOf(String()),
            "properties": Object(properties, name="ProfileProperties"),
        },
        name="Profile",
    )


NAME_CHECK = Object(
    {"name": String(), "type": String()}, name="CheckTrafficManagerRelativeDnsNameAvailabilityParameters"
)
