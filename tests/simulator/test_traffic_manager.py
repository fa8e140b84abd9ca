"""Traffic Manager through azure-mgmt-trafficmanager: profiles, endpoints, probes, and who gets a connection."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from tests.simulator.traffic_manager_bench import GROUP, VERSION, Bench, Load, bench, external
from tests.simulator_fixture import Simulator
from tests.support.waiting import until

PROFILE = "/providers/Microsoft.Network/trafficManagerProfiles/codex"


@pytest.fixture
def traffic(simulator: Simulator) -> Iterator[Bench]:
    """Two backends and a client."""
    with bench(simulator) as ready:
        yield ready


def test_life_of_a_profile(traffic: Bench) -> None:
    created = traffic.put(traffic.body(external(traffic.blue)))
    assert (created.name, created.location, created.type) == (
        "codex",
        "global",
        "Microsoft.Network/trafficManagerProfiles",
    )
    properties = traffic.properties()
    assert properties.monitor_config is not None
    assert properties.dns_config is not None
    assert (properties.dns_config.ttl, properties.dns_config.relative_name) == (30, "codex")
    assert properties.monitor_config.timeout_in_seconds == 9
    assert properties.monitor_config.tolerated_number_of_failures == 3
    updated = traffic.update(tags={"a": "b"}, properties={"dnsConfig": {"ttl": 0}})
    assert updated.tags == {"a": "b"}
    assert updated.properties is not None
    assert updated.properties.dns_config is not None
    assert (updated.properties.dns_config.ttl, updated.properties.dns_config.fqdn) == (0, traffic.address())
    assert [one.name for one in traffic.client.profiles.list_by_resource_group(GROUP)] == ["codex"]
    assert [one.name for one in traffic.client.profiles.list_by_subscription()] == ["codex"]
    address = traffic.address()
    assert traffic.answers(address) == "blue"
    traffic.client.profiles.delete(GROUP, "codex")
    with pytest.raises(ResourceNotFoundError):
        traffic.client.profiles.get(GROUP, "codex")
    with pytest.raises(ConnectionRefusedError):
        traffic.answers(address)
    assert traffic.client.profiles.delete(GROUP, "codex") is None


def test_life_of_an_endpoint(traffic: Bench) -> None:
    traffic.put(traffic.body())
    assert traffic.properties().monitor_config is not None
    endpoints = traffic.client.endpoints
    where = (GROUP, "codex", "ExternalEndpoints")
    created = endpoints.create_or_update(*where, "blue", {"properties": {"target": traffic.blue.address}})
    assert created.properties is not None
    assert (created.properties.weight, created.properties.priority) == (1, 1)
    assert created.properties.endpoint_monitor_status == "CheckingEndpoint"
    second = endpoints.create_or_update(*where, "green", {"properties": {"target": traffic.green.address}})
    assert second.properties is not None
    assert second.properties.priority == 2
    until(lambda: set(traffic.statuses().values()) == {"Online"}, "online")
    patched = endpoints.update(*where, "blue", {"properties": {"endpointStatus": "Disabled"}})
    assert patched.properties is not None
    assert patched.properties.endpoint_monitor_status == "Disabled"
    assert traffic.statuses() == {"blue": "Disabled", "green": "Online"}
    assert endpoints.get(*where, "green").name == "green"
    endpoints.delete(*where, "green")
    assert endpoints.delete(*where, "green") is None
    with pytest.raises(ResourceNotFoundError):
        endpoints.get(*where, "green")
    monitor = traffic.properties().monitor_config
    assert monitor is not None
    assert monitor.profile_monitor_status == "Inactive"


def test_status_codes(traffic: Bench, simulator: Simulator) -> None:
    path = f"{simulator.subscription}/resourceGroups/{GROUP}{PROFILE}"
    body = traffic.body()
    endpoint = {"properties": {"target": traffic.blue.address}}
    assert simulator.call("DELETE", path, VERSION).status_code == 204
    assert simulator.call("PUT", path, VERSION, body).status_code == 201
    assert simulator.call("PUT", path, "2022-04-01", body).status_code == 200
    assert simulator.call("PUT", f"{path}/externalEndpoints/blue", VERSION, endpoint).status_code == 201
    assert simulator.call("DELETE", f"{path}/externalEndpoints/blue", VERSION).json() == {}
    missing = simulator.call("PUT", f"{path}2/externalEndpoints/blue", VERSION, endpoint)
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "ParentResourceNotFound")
    assert simulator.call("GET", f"{path}/heatMaps/default", VERSION).status_code == 501
    assert simulator.call("GET", path, "2015-11-01").json()["error"]["code"] == "NoRegisteredProviderFound"


def test_unregistered_provider(simulator: Simulator) -> None:
    group = simulator.group(GROUP)
    answer = simulator.call("PUT", f"{group}{PROFILE}", VERSION, {})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "MissingSubscriptionRegistration")


def test_names_are_unique_in_all_of_azure(traffic: Bench, simulator: Simulator) -> None:
    kind: Any = {"name": "codex", "type": "Microsoft.Network/trafficManagerProfiles"}
    profiles = traffic.client.profiles
    assert profiles.check_traffic_manager_relative_dns_name_availability(kind).name_available
    simulator.hook("POST", "traffic-manager/reserve-name", {"name": "Codex"})
    assert profiles.check_traffic_manager_name_availability_v2(kind).reason == "AlreadyExists"
    with pytest.raises(ResourceExistsError, match=r"codex\.trafficmanager\.net already exists"):
        traffic.put(traffic.body())
    other = traffic.body()
    other["properties"]["dnsConfig"]["relativeName"] = "other"
    traffic.put(other, "one")
    with pytest.raises(ResourceExistsError):
        traffic.put(other, "two")
    other["properties"]["dnsConfig"]["relativeName"] = "another"
    with pytest.raises(HttpResponseError, match="cannot be changed"):
        traffic.put(other, "one")


def test_refused_profile_leaves_nothing(traffic: Bench) -> None:
    with pytest.raises(HttpResponseError, match="same priority"):
        traffic.put(traffic.body(external(traffic.blue, priority=1), external(traffic.green, priority=1)))
    with pytest.raises(ResourceNotFoundError):
        traffic.client.profiles.get(GROUP, "codex")


def test_a_container_group_is_no_azure_endpoint(traffic: Bench, simulator: Simulator) -> None:
    traffic.put(traffic.body())
    group = f"{simulator.subscription}/resourceGroups/{GROUP}"
    for kind, target, status in (
        ("AzureEndpoints", "Microsoft.ContainerInstance/containerGroups/backend", 400),
        ("AzureEndpoints", "Microsoft.Network/publicIPAddresses/ip", 501),
        ("NestedEndpoints", "Microsoft.Network/trafficManagerProfiles/codex", 501),
    ):
        body: Any = {"properties": {"targetResourceId": f"{group}/providers/{target}"}}
        with pytest.raises(HttpResponseError) as caught:
            traffic.client.endpoints.create_or_update(GROUP, "codex", kind, "backend", body)
        assert caught.value.status_code == status


def test_priority_names_the_first_endpoint_that_is_available(traffic: Bench) -> None:
    traffic.put(traffic.body(external(traffic.blue, priority=1), external(traffic.green, priority=2), ttl=0))
    address = traffic.address()
    until(lambda: set(traffic.statuses().values()) == {"Online"}, "online")
    assert traffic.answers(address) == "blue"
    traffic.blue.status = 503
    until(lambda: traffic.statuses()["blue"] == "Degraded", "degraded")
    monitor = traffic.properties().monitor_config
    assert monitor is not None
    assert monitor.profile_monitor_status == "Degraded"
    until(lambda: traffic.answers(address) == "green", "switched")
    traffic.green.status = 503
    until(lambda: traffic.statuses()["green"] == "Degraded", "degraded")
    assert traffic.answers(address) == "blue"
    traffic.blue.status = traffic.green.status = 200
    until(lambda: set(traffic.statuses().values()) == {"Online"}, "online again")


def test_weights_share_new_connections(traffic: Bench) -> None:
    body = traffic.body(
        external(traffic.blue, weight=1), external(traffic.green, weight=1000), method="Weighted", ttl=0
    )
    traffic.put(body)
    address = traffic.address()
    answers = [traffic.answers(address) for _ in range(50)]
    assert answers.count("green") > 40
    traffic.put(traffic.body(external(traffic.blue), external(traffic.green, endpointStatus="Disabled"), ttl=0))
    assert {traffic.answers(address) for _ in range(10)} == {"blue"}


def test_probes_send_what_the_profile_says(traffic: Bench) -> None:
    traffic.blue.status = 204
    headers = [{"name": "Host", "value": "codex.example"}, {"name": "X-Probe", "value": "profile"}]
    ranges = [{"min": 200, "max": 204}]
    own = [{"name": "x-probe", "value": "endpoint"}]
    body = traffic.body(
        external(traffic.blue, customHeaders=own), customHeaders=headers, expectedStatusCodeRanges=ranges
    )
    traffic.put(body)
    until(lambda: traffic.statuses() == {"blue": "Online"}, "online")
    assert traffic.blue.headers["Host"] == "codex.example"
    assert traffic.blue.headers["x-probe"] == "endpoint"


def test_tcp_probes_only_connect(traffic: Bench) -> None:
    traffic.blue.status = 500
    traffic.put(traffic.body(external(traffic.blue), protocol="TCP", path=None, toleratedNumberOfFailures=0))
    until(lambda: traffic.statuses() == {"blue": "Online"}, "online")


def test_an_endpoint_that_is_always_served_is_not_probed(traffic: Bench) -> None:
    traffic.blue.status = 500
    traffic.put(traffic.body(external(traffic.blue, alwaysServe="Enabled")))
    assert traffic.statuses() == {"blue": "Unmonitored"}
    assert traffic.answers(traffic.address()) == "blue"
    assert traffic.blue.headers == {}


def test_targets_elsewhere_are_not_contacted(traffic: Bench) -> None:
    endpoint = external(traffic.blue)
    endpoint["properties"]["target"] = "192.0.2.1"
    traffic.put(traffic.body(endpoint, toleratedNumberOfFailures=0))
    until(lambda: traffic.statuses() == {"blue": "Degraded"}, "degraded")


def test_nothing_to_answer_with(traffic: Bench) -> None:
    traffic.put(traffic.body(external(traffic.blue)))
    address = traffic.address()
    traffic.update(properties={"profileStatus": "Disabled"})
    assert traffic.statuses() == {"blue": "Inactive"}
    traffic.azure.hook("POST", "clock", {"seconds": 60})
    with pytest.raises((OSError, http.client.HTTPException)):
        traffic.answers(address)


def test_resolvers_keep_an_answer_for_its_ttl(traffic: Bench) -> None:
    # A day, of which the tests' time scale leaves 86 s.
    traffic.put(traffic.body(external(traffic.blue), external(traffic.green), ttl=86_400))
    address = traffic.address()
    assert traffic.answers(address) == "blue"
    traffic.client.endpoints.update(
        GROUP, "codex", "ExternalEndpoints", "blue", {"properties": {"endpointStatus": "Disabled"}}
    )
    assert traffic.answers(address) == "blue"
    traffic.azure.hook("POST", "clock", {"seconds": 90})
    assert traffic.answers(address) == "green"


def test_connections_stay_where_they_are_and_end_in_halves(traffic: Bench) -> None:
    with socket.create_server((traffic.blue.address, 0)) as listener:
        port = listener.getsockname()[1]
        body = traffic.body(external(traffic.blue), ttl=0, protocol="TCP", path=None, port=port)
        traffic.put(body)
        with socket.create_connection((traffic.address(), port), timeout=10) as near:
            near.sendall(b"first ")
            # Probes connect as well, and say nothing.
            far, received = _accept_talking(listener)
            with far:
                traffic.client.profiles.delete(GROUP, "codex")
                near.sendall(b"second")
                near.shutdown(socket.SHUT_WR)
                while data := far.recv(100):
                    received += data
                assert received == b"first second"
                far.sendall(b"answer")
            assert _everything(near) == b"answer"


def _accept_talking(listener: socket.socket) -> tuple[socket.socket, bytes]:
    """The next connection that sends something, and the first of it."""
    while True:
        connection, _ = listener.accept()
        connection.settimeout(10)
        try:
            if data := connection.recv(100):
                return connection, data
        except ConnectionResetError:
            pass
        connection.close()


def _everything(sock: socket.socket) -> bytes:
    received = b""
    while data := sock.recv(100):
        received += data
    return received


@pytest.mark.slow
def test_switch_under_load_loses_nothing(traffic: Bench) -> None:
    """Ten switches between two colours, each by one write of the profile; every request is answered."""
    on, off = {"endpointStatus": "Enabled"}, {"endpointStatus": "Disabled"}
    traffic.put(traffic.body(external(traffic.blue, **on), external(traffic.green, **off)))
    with Load(traffic, traffic.address()).running() as load:
        for switch in range(10):
            colours = (traffic.blue, traffic.green)
            new, old = colours[1 - switch % 2], colours[switch % 2]
            traffic.put(traffic.body(external(old, priority=1, **on), external(new, priority=2, **on)))
            until(lambda new=new: traffic.statuses()[new.name] == "Online", "online")  # type: ignore[misc]
            traffic.put(traffic.body(external(old, **off), external(new, **on)))
            before = load.answers[new.name]
            until(lambda new=new, before=before: load.answers[new.name] > before, "switched")  # type: ignore[misc]
    assert load.failures == []
    assert min(load.answers["blue"], load.answers["green"]) > 0
    assert load.slowest < 5


@pytest.mark.slow
def test_state_survives_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    azure = Simulator(tmp_path / "state", 0)
    azure.start()
    try:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", azure.connection["ca_path"])
        with bench(azure) as traffic:
            traffic.put(traffic.body(external(traffic.blue), external(traffic.green)))
            until(lambda: set(traffic.statuses().values()) == {"Online"}, "online")
            traffic.blue.status = 500
            until(lambda: traffic.statuses()["blue"] == "Degraded", "degraded")
            address = traffic.address()
            pid = int(json.loads((azure.state_dir / "simulator.pid").read_text(encoding="utf-8"))["pid"])
            os.kill(pid, signal.SIGKILL)
            azure.start()
            assert traffic.address() == address
            assert traffic.statuses()["blue"] == "Degraded"
            assert traffic.answers(address) == "green"
            traffic.blue.status = 200
            until(lambda: traffic.statuses()["blue"] == "Online", "online")
            assert traffic.answers(address) == "blue"
    finally:
        azure.stop()


def test_deleting_the_group_deletes_the_profile(traffic: Bench, simulator: Simulator) -> None:
    traffic.put(traffic.body(external(traffic.blue)))
    address = traffic.address()
    answer = simulator.call("DELETE", f"{simulator.subscription}/resourceGroups/{GROUP}", "2022-09-01")
    simulator.hook("POST", "clock", {"seconds": 60})
    until(lambda: simulator.call("GET", answer.headers["Location"]).status_code == 200, "deleted")
    with pytest.raises(ConnectionRefusedError):
        traffic.answers(address)
