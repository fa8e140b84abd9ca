"""What is refused in a profile, and what a write leaves as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from azure_simulator.core.errors import ArmError
from azure_simulator.core.store import Store
from azure_simulator.services.traffic_manager.models import Profiles

VERSION = "2026-09-01"
EXTERNAL = "Microsoft.Network/trafficManagerProfiles/externalEndpoints"


def endpoint(name: str = "blue", target: Any = "127.0.0.1", kind: str = EXTERNAL, **properties: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "properties": {"target": target, **properties}}


def body(*endpoints: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {
        "location": "global",
        "properties": {
            "trafficRoutingMethod": "Priority",
            "dnsConfig": {"relativeName": "codex", "ttl": 30},
            "monitorConfig": {"protocol": "HTTP", "port": 80, "path": "/"},
            "endpoints": list(endpoints),
            **properties,
        },
    }


def monitor(**settings: Any) -> dict[str, Any]:
    return body(monitorConfig={"protocol": "HTTP", "port": 80, "path": "/", **settings})


def dns(**settings: Any) -> dict[str, Any]:
    return body(dnsConfig={"relativeName": "codex", "ttl": 30, **settings})


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    return Profiles(Store(tmp_path / "store.sqlite"), "s")


def put(profiles: Profiles, wanted: dict[str, Any], name: str = "codex") -> dict[str, Any]:
    profile = profiles.drafted("g", name, wanted, VERSION)
    profiles.store(profile)
    return profile


def set_status(profiles: Profiles, found: str) -> None:
    profile = profiles.get("g", "codex")
    for one in profile["properties"]["endpoints"]:
        profiles.found(profile["id"], one["id"], found)


def statuses(profile: dict[str, Any]) -> list[str]:
    return [one["properties"]["endpointMonitorStatus"] for one in profile["properties"]["endpoints"]]


def test_defaults(profiles: Profiles) -> None:
    profile = put(profiles, body(endpoint(), endpoint("green", "127.0.0.2")))
    properties = profile["properties"]
    config = properties["monitorConfig"]
    assert (config["intervalInSeconds"], config["timeoutInSeconds"], config["toleratedNumberOfFailures"]) == (30, 10, 3)
    assert properties["profileStatus"] == "Enabled"
    assert [one["properties"]["priority"] for one in properties["endpoints"]] == [1, 2]
    assert [one["properties"]["weight"] for one in properties["endpoints"]] == [1, 1]
    assert config["profileMonitorStatus"] == "CheckingEndpoints"
    assert properties["endpoints"][0]["id"] == f"{profile['id']}/externalEndpoints/blue"


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (body(trafficRoutingMethod=None), "trafficRoutingMethod' is required"),
        (dns(relativeName=None), "relativeName' is required"),
        (dns(relativeName="-codex"), "relative DNS name '-codex'"),
        (dns(relativeName="codex_dominion"), "relative DNS name"),
        (dns(relativeName="a" * 64), "relative DNS name"),
        (dns(ttl=-1), "TTL -1"),
        (dns(ttl=2**31), "TTL 2147483648"),
        (monitor(port=0), "port 0"),
        (monitor(port=65536), "port 65536"),
        (monitor(path="ready"), "path 'ready'"),
        (monitor(path=None), "path ''"),
        (monitor(protocol="TCP"), "cannot be given with the protocol 'TCP'"),
        (monitor(intervalInSeconds=15), "interval 15"),
        (monitor(timeoutInSeconds=4), "timeout 4"),
        (monitor(intervalInSeconds=10, timeoutInSeconds=10), "timeout 10"),
        (monitor(toleratedNumberOfFailures=10), "failures 10"),
        (monitor(customHeaders=[{"name": "a"}]), "needs a name and a value"),
        (monitor(customHeaders=[{"name": "a", "value": "b\r\nc: d"}]), "custom header 'a'"),
        (monitor(customHeaders=[{"name": str(n), "value": ""} for n in range(9)]), "9 custom headers"),
        (monitor(expectedStatusCodeRanges=[{"min": 300, "max": 200}]), "range 300-200"),
        (body(endpoint(weight=0)), "weight 0"),
        (body(endpoint(weight=1001)), "weight 1001"),
        (body(endpoint(priority=1001)), "priority 1001"),
        (body(endpoint(priority=1), endpoint("green", "127.0.0.2")), "must be given for all endpoints"),
        (body(endpoint(target=None)), "'target' is required"),
        (body(endpoint(target="https://codex.example")), "neither a domain name nor an IP address"),
        (body(endpoint(target="codex.trafficmanager.net")), "use a nested endpoint"),
        (body(endpoint(minChildEndpoints=1)), "only valid for nested endpoints"),
        (body(endpoint(" ")), "Endpoint name ' ' is invalid"),
        (body(endpoint(kind="Microsoft.Network/other")), "type 'Microsoft.Network/other'"),
        (body(endpoint(), endpoint("BLUE", "127.0.0.2")), "more than once: blue"),
        (body(endpoint(), endpoint("green", "codex.example")), "cannot be in one profile"),
        (body(maxReturn=3), "'maxReturn' is only valid"),
    ],
)
def test_bad_request(profiles: Profiles, wanted: dict[str, Any], text: str) -> None:
    with pytest.raises(ArmError, match=r"^400 BadRequest") as caught:
        profiles.drafted("g", "codex", wanted, VERSION)
    assert text in caught.value.message


def test_all_that_is_wrong_is_said_at_once(profiles: Profiles) -> None:
    with pytest.raises(ArmError) as caught:
        profiles.drafted("g", "codex", body(endpoint(weight=0, priority=0)), VERSION)
    assert "weight 0" in caught.value.message
    assert "priority 0" in caught.value.message


@pytest.mark.parametrize(
    "wanted",
    [
        body(trafficRoutingMethod="Performance"),
        body(trafficRoutingMethod="MultiValue", maxReturn=2),
        body(trafficViewEnrollmentStatus="Enabled"),
        body(recordType="A"),
        body(allowedEndpointRecordTypes=["Any"]),
        body(endpoint(geoMapping=["WORLD"])),
        body(endpoint(subnets=[{"first": "1.2.3.4", "scope": 24}])),
    ],
)
def test_limits_are_said_aloud(profiles: Profiles, wanted: dict[str, Any]) -> None:
    with pytest.raises(ArmError, match=r"^501 NotImplementedBySimulator"):
        profiles.drafted("g", "codex", wanted, VERSION)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({**body(), "location": None}, "LocationRequired"),
        ({**body(), "location": "eastus"}, "LocationNotAvailableForResourceType"),
        ({**body(), "sku": {}}, "InvalidRequestContent"),
        (body(profileState="Enabled"), "InvalidRequestContent"),
        (body(endpoint(port=80)), "InvalidRequestContent"),
        (dns(ttl="30"), "InvalidRequestContent"),
        (monitor(protocol="UDP"), "InvalidRequestContent"),
    ],
)
def test_other_refusals(profiles: Profiles, wanted: dict[str, Any], code: str) -> None:
    with pytest.raises(ArmError) as caught:
        profiles.drafted("g", "codex", wanted, VERSION)
    assert (caught.value.status, caught.value.code) == (400, code)


def test_a_member_of_a_later_version_is_unknown_to_an_earlier_one(profiles: Profiles) -> None:
    with pytest.raises(ArmError, match="recordType"):
        profiles.drafted("g", "codex", body(recordType="A"), "2022-04-01")


@pytest.mark.parametrize("name", ["-codex", "codex.", "a" * 64, "codex_dominion"])
def test_profile_names(profiles: Profiles, name: str) -> None:
    with pytest.raises(ArmError, match="profile name"):
        profiles.drafted("g", name, body(), VERSION)


def test_only_a_change_of_what_is_probed_begins_the_checks_anew(profiles: Profiles) -> None:
    put(profiles, body(endpoint()))
    set_status(profiles, "Online")
    assert statuses(put(profiles, body(endpoint(weight=5, priority=7)))) == ["Online"]
    assert statuses(profiles.patched("g", "codex", {"properties": {"dnsConfig": {"ttl": 1}}}, VERSION)) == ["Online"]
    assert statuses(put(profiles, body(endpoint(target="127.0.0.9")))) == ["CheckingEndpoint"]
    set_status(profiles, "Online")
    path = {"properties": {"monitorConfig": {"path": "/live"}}}
    assert statuses(profiles.patched("g", "codex", path, VERSION)) == ["CheckingEndpoint"]


def test_enabling_an_endpoint_begins_its_checks_anew(profiles: Profiles) -> None:
    put(profiles, body(endpoint()))
    set_status(profiles, "Degraded")
    assert statuses(put(profiles, body(endpoint(endpointStatus="Disabled")))) == ["Disabled"]
    assert statuses(put(profiles, body(endpoint(endpointStatus="enabled")))) == ["CheckingEndpoint"]


def test_patch_keeps_what_it_does_not_name(profiles: Profiles) -> None:
    put(profiles, {**body(endpoint()), "tags": {"a": "b"}})
    patched = profiles.patched("g", "codex", {"properties": {"monitorConfig": {"port": 81, "path": None}}}, VERSION)
    assert patched["tags"] == {"a": "b"}
    assert (patched["properties"]["monitorConfig"]["port"], patched["properties"]["monitorConfig"]["path"]) == (81, "/")
    assert len(patched["properties"]["endpoints"]) == 1


def test_what_a_probe_finds_about_a_deleted_endpoint_is_ignored(profiles: Profiles) -> None:
    profile = put(profiles, body(endpoint()))
    profiles.found(profile["id"], f"{profile['id']}/externalEndpoints/gone", "Online")
    profiles.delete(profile["id"])
    profiles.found(profile["id"], profile["properties"]["endpoints"][0]["id"], "Online")
    assert profiles.list() == []
