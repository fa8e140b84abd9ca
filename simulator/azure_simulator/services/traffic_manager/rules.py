"""What Azure refuses in a profile, and what this simulator has to refuse.

Azure collects what is wrong and answers it in one 400 `BadRequest`. What Azure takes and the simulator cannot act on is
a 501 that names the limit: nothing is accepted and then ignored.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from azure_simulator.core.errors import ArmError
from azure_simulator.services.traffic_manager.schema import ENDPOINT_TYPES

DOMAIN = "trafficmanager.net"
TYPE = "Microsoft.Network/trafficManagerProfiles"
_PROFILE_NAME = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$")
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DNS_NAME = re.compile(rf"^{_LABEL}(\.{_LABEL})*$")
_ENDPOINT_NAME = 260
_HEADERS = 8
_STATUS_RANGES = 8
_MAX_TTL = (1 << 31) - 1
_SIMULATED_METHODS = ("Priority", "Weighted")


def bad_request(problems: Iterable[str]) -> ArmError:
    """The provider's 400, with all that is wrong."""
    return ArmError(400, "BadRequest", " ".join(problems))


def not_simulated(what: str) -> ArmError:
    """501 for what Azure has and the simulator does not."""
    return ArmError(501, "NotImplementedBySimulator", f"Azure has {what}, but this simulator does not implement it.")


def check_profile_name(name: str) -> None:
    """400 unless Azure takes it as the name of a profile."""
    if not _PROFILE_NAME.match(name):
        message = (
            f"The profile name '{name}' is invalid: 1 to 63 letters, digits, hyphens and periods, beginning and ending "
            "with a letter or digit."
        )
        raise bad_request([message])


def is_relative_name(name: str) -> bool:
    """Whether it can stand before `.trafficmanager.net`."""
    return _DNS_NAME.match(name) is not None and len(f"{name}.{DOMAIN}") <= 253


def check_profile(properties: Mapping[str, Any]) -> None:
    """Refuse a whole profile (defaults filled in) that Azure or the simulator cannot serve."""
    problems = [
        *_dns_problems(properties["dnsConfig"]),
        *_monitor_problems(properties["monitorConfig"]),
        *_endpoints_problems(properties["endpoints"]),
    ]
    if properties.get("maxReturn") is not None and properties["trafficRoutingMethod"] != "MultiValue":
        problems.append("The property 'maxReturn' is only valid with the traffic routing method 'MultiValue'.")
    if problems:
        raise bad_request(problems)
    _check_limits(properties)


def check_priorities(endpoints: Iterable[Mapping[str, Any]]) -> None:
    """400 when a body's list of endpoints gives some a priority and others none."""
    given = {(one.get("properties") or {}).get("priority") is not None for one in endpoints}
    if len(given) > 1:
        raise bad_request(["If a priority is given for one endpoint, it must be given for all endpoints."])


def _check_limits(properties: Mapping[str, Any]) -> None:
    method = properties["trafficRoutingMethod"]
    if method not in _SIMULATED_METHODS:
        raise not_simulated(f"the traffic routing method '{method}' (here are {' and '.join(_SIMULATED_METHODS)})")
    if properties["trafficViewEnrollmentStatus"] == "Enabled":
        raise not_simulated("Traffic View")
    if properties.get("recordType") is not None:
        raise not_simulated("profiles of one record type")
    if properties.get("allowedEndpointRecordTypes"):
        raise not_simulated("allowed endpoint record types")
    for endpoint in properties["endpoints"]:
        for member in ("geoMapping", "subnets"):
            if endpoint["properties"].get(member):
                raise not_simulated(f"'{member}' of endpoints")
        if endpoint["type"].rpartition("/")[2] == "nestedEndpoints":
            raise not_simulated("nested endpoints")
        if endpoint["type"].rpartition("/")[2] == "azureEndpoints":
            raise not_simulated("Azure endpoints (web apps, slots, public addresses)")


def _dns_problems(dns: Mapping[str, Any]) -> Iterator[str]:
    name = dns.get("relativeName")
    if not name:
        yield "The property 'dnsConfig.relativeName' is required."
    elif not is_relative_name(name):
        yield (
            f"The relative DNS name '{name}' is invalid: labels of 1 to 63 letters, digits and hyphens, beginning and "
            "ending with a letter or digit."
        )
    if not 0 <= dns["ttl"] <= _MAX_TTL:
        yield f"The TTL {dns['ttl']} is invalid. It must be from 0 to {_MAX_TTL} seconds."


def _monitor_problems(monitor: Mapping[str, Any]) -> Iterator[str]:
    protocol, path = monitor["protocol"], monitor.get("path")
    if not 1 <= monitor["port"] <= 65535:
        yield f"The monitor port {monitor['port']} is invalid. It must be from 1 to 65535."
    if protocol == "TCP" and path:
        yield "The monitor path cannot be given with the protocol 'TCP'."
    if protocol != "TCP" and (not path or not path.startswith("/")):
        yield f"The monitor path '{path or ''}' is invalid. It is required with '{protocol}' and begins with '/'."
    interval, timeout = monitor["intervalInSeconds"], monitor["timeoutInSeconds"]
    if interval not in (10, 30):
        yield f"The monitor interval {interval} is invalid. It must be 10 or 30 seconds."
    else:
        longest = 9 if interval == 10 else 10
        if not 5 <= timeout <= longest:
            yield (
                f"The monitor timeout {timeout} is invalid. With an interval of {interval} seconds it must be from 5 "
                f"to {longest} seconds."
            )
    tolerated = monitor["toleratedNumberOfFailures"]
    if not 0 <= tolerated <= 9:
        yield f"The tolerated number of failures {tolerated} is invalid. It must be from 0 to 9."
    yield from _header_problems(monitor.get("customHeaders") or [])
    ranges = monitor.get("expectedStatusCodeRanges") or []
    if ranges and protocol == "TCP":
        yield "Expected status code ranges cannot be given with the protocol 'TCP'."
    if len(ranges) > _STATUS_RANGES:
        yield f"There are {len(ranges)} expected status code ranges, more than {_STATUS_RANGES}."
    for item in ranges:
        low, high = item.get("min"), item.get("max")
        if low is None or high is None or not 100 <= low <= high <= 999:
            yield f"The expected status code range {low}-{high} is invalid."


def _header_problems(headers: list[dict[str, Any]]) -> Iterator[str]:
    if len(headers) > _HEADERS:
        yield f"There are {len(headers)} custom headers, more than {_HEADERS}."
    for header in headers:
        if not header.get("name") or header.get("value") is None:
            yield "Every custom header needs a name and a value."
        elif re.search(r"[\r\n]|[^!-~]", header["name"]) or re.search(r"[\r\n]", header["value"]):
            yield f"The custom header '{header['name']}' is invalid."


def _endpoints_problems(endpoints: list[dict[str, Any]]) -> Iterator[str]:
    for endpoint in endpoints:
        yield from _endpoint_problems(endpoint)
    yield from _repeated("There are duplicates in the list of endpoints.", (one["name"].lower() for one in endpoints))
    priorities = (one["properties"]["priority"] for one in endpoints)
    yield from _repeated("No two endpoints can have the same priority.", priorities)
    targets = [one["properties"]["target"] for one in endpoints if one["properties"].get("target")]
    if len({_is_address(target) for target in targets}) > 1:
        yield "External endpoints with domain names and external endpoints with IP addresses cannot be in one profile."


def _endpoint_problems(endpoint: Mapping[str, Any]) -> Iterator[str]:
    name, properties = endpoint["name"], endpoint["properties"]
    if not name.strip() or len(name) > _ENDPOINT_NAME or "/" in name:
        yield (
            f"Endpoint name '{name}' is invalid. Endpoint names cannot be empty or all whitespace, and must be up to "
            f"{_ENDPOINT_NAME} alphanumeric characters long."
        )
    for member in ("weight", "priority"):
        if not 1 <= properties[member] <= 1000:
            yield f"The {member} {properties[member]} of endpoint '{name}' is invalid. It must be from 1 to 1000."
    yield from _header_problems(properties.get("customHeaders") or [])
    kind = endpoint["type"].rpartition("/")[2]
    if kind != "nestedEndpoints":
        for member in ("minChildEndpoints", "minChildEndpointsIPv4", "minChildEndpointsIPv6"):
            if properties.get(member) is not None:
                yield f"The property '{member}' of endpoint '{name}' is only valid for nested endpoints."
    if kind == "externalEndpoints":
        yield from _target_problems(name, properties)
    else:
        yield from _resource_problems(kind, name, properties.get("targetResourceId") or "")


def _target_problems(name: str, properties: Mapping[str, Any]) -> Iterator[str]:
    target = properties.get("target")
    if properties.get("targetResourceId"):
        yield f"The property 'targetResourceId' is not valid for the external endpoint '{name}'."
    if not target:
        yield f"The property 'target' is required for the external endpoint '{name}'."
    elif not _is_address(target) and (_DNS_NAME.match(target) is None or len(target) > 253):
        yield f"The target '{target}' of endpoint '{name}' is neither a domain name nor an IP address."
    elif target.lower().endswith(f".{DOMAIN}"):
        yield f"The target '{target}' of endpoint '{name}' is a Traffic Manager profile; use a nested endpoint."


def _resource_problems(kind: str, name: str, target: str) -> Iterator[str]:
    """Only some types of resources can be endpoints: a container group can only be an external one."""
    segments = [segment.lower() for segment in target.split("/") if segment]
    resource_type = "/".join(segments[index + 1 : index + 3]) if (index := _provider(segments)) is not None else ""
    allowed = {
        "azureEndpoints": ("microsoft.web/sites", "microsoft.network/publicipaddresses"),
        "nestedEndpoints": (TYPE.lower(),),
    }[kind]
    if not target:
        yield f"The property 'targetResourceId' is required for endpoint '{name}' of type '{kind}'."
    elif resource_type not in allowed:
        yield f"The resource '{target}' cannot be the target of endpoint '{name}' of type '{kind}'."


def _provider(segments: list[str]) -> int | None:
    return segments.index("providers") if "providers" in segments else None


def _repeated(message: str, values: Iterable[Any]) -> Iterator[str]:
    repeated = [str(value) for value, count in Counter(values).items() if count > 1]
    if repeated:
        yield f"{message} The following appear more than once: {', '.join(repeated)}."


def _is_address(target: str) -> bool:
    try:
        ipaddress.ip_address(target)
    except ValueError:
        return False
    return True


def endpoint_type(kind: str, name: str) -> str:
    """The endpoint type in Azure's spelling, from its full or short name without case; 400 for another one."""
    short = kind.rpartition("/")[2].lower()
    found = next((known for known in ENDPOINT_TYPES if known.lower() == short), None)
    if found is None or kind.lower() not in (short, f"{TYPE}/{found}".lower()):
        valid = ", ".join(f"'{TYPE}/{known}'" for known in ENDPOINT_TYPES)
        raise bad_request([f"The type '{kind}' specified for endpoint '{name}' is invalid. Valid types are: {valid}."])
    return f"{TYPE}/{found}"
