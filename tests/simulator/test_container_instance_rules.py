"""Bodies Azure refuses: each rule once, with nothing stored afterwards."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from azure_simulator.core.errors import ArmError
from azure_simulator.services.container_instance import rules
from azure_simulator.services.container_instance.rules import forbidden_changes, parse
from azure_simulator.services.container_instance.views import without_secrets

Body = dict[str, Any]
Change = Callable[[Body], object]


def good() -> Body:
    """A body with everything in it, accepted as it is."""
    return {
        "location": "East US",
        "tags": {"a": "1"},
        "identity": {"type": "userassigned", "userAssignedIdentities": {"/subscriptions/s/id": {}}},
        "properties": {
            "osType": "linux",
            "restartPolicy": "always",
            "containers": [
                {
                    "name": "api",
                    "properties": {
                        "image": "web",
                        "command": ["run"],
                        "ports": [{"port": 8001}],
                        "environmentVariables": [{"name": "A", "value": "1"}, {"name": "B", "secureValue": "2"}],
                        "resources": {"requests": {"cpu": 1, "memoryInGB": 1}, "limits": {"cpu": 1, "memoryInGB": 2}},
                        "volumeMounts": [{"name": "keys", "mountPath": "/keys"}],
                        "livenessProbe": {"httpGet": {"port": 8001, "path": "/", "scheme": "HTTP"}},
                        "readinessProbe": {"exec": {"command": ["true"]}},
                    },
                }
            ],
            "ipAddress": {"type": "Public", "ports": [{"port": 8001, "protocol": "tcp"}], "dnsNameLabel": "codex-api"},
            "volumes": [{"name": "keys", "secret": {"k": "dg=="}}],
            "imageRegistryCredentials": [
                {"server": "a.example.com", "username": "u", "password": "p"},
                {"server": "b.example.com", "identity": "/subscriptions/S/id"},
            ],
            "diagnostics": {"logAnalytics": {"workspaceId": "w", "workspaceKey": "k"}},
        },
    }


def group(body: Body) -> Body:
    properties: Body = body["properties"]
    return properties


def api(body: Body) -> Body:
    """Properties of the container."""
    properties: Body = group(body)["containers"][0]["properties"]
    return properties


def second(body: Body, **fields: Any) -> Body:
    """Add a copy of the container without ports, changed as told."""
    container = copy.deepcopy(group(body)["containers"][0]) | {"name": "second"}
    container["properties"]["ports"] = []
    container["properties"].update(fields.pop("properties", {}))
    container.update(fields)
    group(body)["containers"].append(container)
    return body


def variables(*items: Body) -> Change:
    return lambda body: api(body).update(environmentVariables=list(items))


def requests(**amounts: Any) -> Change:
    return lambda body: api(body).update(resources={"requests": amounts})


def address(**fields: Any) -> Change:
    return lambda body: group(body)["ipAddress"].update(fields)


REFUSED: dict[str, tuple[Change, str, str]] = {
    # what → (change to a good body, error code, part of the message)
    "no location": (lambda b: b.pop("location"), "LocationRequired", "location"),
    "unknown region": (lambda b: b.update(location="moon"), "LocationNotAvailableForResourceType", "moon"),
    "unknown member": (lambda b: b.update(extra=1), "InvalidRequestContent", "'extra'"),
    "unknown member inside": (lambda b: api(b).update(enviroment=[]), "InvalidRequestContent", "'enviroment'"),
    "wrong type": (lambda b: api(b).update(image=1), "InvalidRequestContent", "image"),
    "text for a port": (address(ports=[{"port": "8001"}]), "InvalidRequestContent", "port"),
    "unknown value": (lambda b: group(b).update(restartPolicy="Sometimes"), "InvalidRequestContent", "Sometimes"),
    "no properties": (lambda b: b.pop("properties"), "InvalidRequestContent", "properties"),
    "no containers": (lambda b: group(b).update(containers=[]), "InvalidRequestContent", "no containers"),
    "no os type": (lambda b: group(b).pop("osType"), "InvalidOsType", "osType"),
    "Windows": (lambda b: group(b).update(osType="Windows"), "NotSimulated", "Windows"),
    "subnets": (lambda b: group(b).update(subnetIds=[{"id": "x"}]), "NotSimulated", "virtual network"),
    "GPU": (requests(cpu=1, memoryInGB=1, gpu={"count": 1, "sku": "V100"}), "NotSimulated", "GPU"),
    "container name": (lambda b: group(b)["containers"][0].update(name="Api_1"), "InvalidRequestContent", "Api_1"),
    "container twice": (lambda b: second(b, name="api"), "InvalidRequestContent", "'api'"),
    "no image": (lambda b: api(b).pop("image"), "InvalidRequestContent", "image"),
    "no resources": (lambda b: api(b).pop("resources"), "ResourceRequestsNotSpecified", "api"),
    "no memory": (requests(cpu=1), "ResourceRequestsNotSpecified", "api"),
    "CPU 0": (requests(cpu=0, memoryInGB=1), "InvalidRequestContent", "CPU request '0'"),
    "memory 0": (requests(cpu=1, memoryInGB=0), "InvalidRequestContent", "memory request '0'"),
    "odd memory": (requests(cpu=1, memoryInGB=1.25), "InvalidRequestContent", "0.1 GB"),
    "limit below request": (
        lambda b: api(b)["resources"].update(limits={"cpu": 0.5}),
        "InvalidRequestContent",
        "smaller",
    ),
    "variable name": (variables({"name": "1A", "value": ""}), "InvalidRequestContent", "'1A'"),
    "variable name with hyphen": (variables({"name": "A-B", "value": ""}), "InvalidRequestContent", "'A-B'"),
    "variable twice": (variables({"name": "A"}, {"name": "A"}), "InvalidRequestContent", "more than once"),
    "plain and secret": (
        variables({"name": "A", "value": "1", "secureValue": "2"}),
        "InvalidRequestContent",
        "both a value and a secure value",
    ),
    "port 0": (lambda b: api(b).update(ports=[{"port": 0}]), "InvalidRequestContent", "'0'"),
    "port 65536": (lambda b: api(b).update(ports=[{"port": 65536}]), "InvalidRequestContent", "65536"),
    "port twice": (lambda b: second(b, properties={"ports": [{"port": 8001}]}), "InvalidRequestContent", "TCP/8001"),
    "port no container has": (address(ports=[{"port": 8001}, {"port": 9000}]), "InvalidRequestContent", "9000"),
    "no ports": (address(ports=[]), "InvalidRequestContent", "not specified"),
    "six ports": (address(ports=[{"port": n} for n in range(1, 7)]), "InvalidRequestContent", "more than 5"),
    "short label": (address(dnsNameLabel="abcd"), "InvalidRequestContent", "between 5 and 63"),
    "upper-case label": (address(dnsNameLabel="Codex-api"), "InvalidRequestContent", "lowercase"),
    "label starts with a digit": (address(dnsNameLabel="1codex"), "InvalidRequestContent", "must be a letter"),
    "private address": (address(type="Private"), "NotSimulated", "private"),
    "unknown volume": (
        lambda b: api(b).update(volumeMounts=[{"name": "x", "mountPath": "/x"}]),
        "InvalidRequestContent",
        "'x'",
    ),
    "relative mount": (
        lambda b: api(b).update(volumeMounts=[{"name": "keys", "mountPath": "x"}]),
        "InvalidRequestContent",
        "mount path 'x'",
    ),
    "volume of two kinds": (
        lambda b: group(b)["volumes"][0].update(emptyDir={}),
        "InvalidRequestContent",
        "exactly one of",
    ),
    "volume twice": (
        lambda b: group(b)["volumes"].append({"name": "keys", "emptyDir": {}}),
        "InvalidRequestContent",
        "'keys'",
    ),
    "secret that is no file name": (
        lambda b: group(b)["volumes"][0].update(secret={"../k": "dg=="}),
        "InvalidRequestContent",
        "'../k'",
    ),
    "share that is no share name": (
        lambda b: group(b)["volumes"].append(
            {"name": "files", "azureFile": {"shareName": "../x", "storageAccountName": "account"}}
        ),
        "InvalidRequestContent",
        "shareName",
    ),
    "credential without password": (
        lambda b: group(b)["imageRegistryCredentials"][0].pop("password"),
        "InvalidRequestContent",
        "a.example.com",
    ),
    "identity that is not assigned": (
        lambda b: group(b)["imageRegistryCredentials"][1].update(identity="/other"),
        "InvalidRequestContent",
        "/other",
    ),
    "credentials for one server twice": (
        lambda b: group(b)["imageRegistryCredentials"][1].update(server="A.example.com"),
        "InvalidRequestContent",
        "a.example.com",
    ),
    "analytics without key": (
        lambda b: group(b)["diagnostics"]["logAnalytics"].pop("workspaceKey"),
        "InvalidRequestContent",
        "workspaceKey",
    ),
    "probe of two kinds": (
        lambda b: api(b)["livenessProbe"].update(exec={"command": ["true"]}),
        "InvalidRequestContent",
        "exactly one of exec and httpGet",
    ),
    "probe without port": (
        lambda b: api(b)["livenessProbe"].update(httpGet={"path": "/"}),
        "InvalidRequestContent",
        "between 1 and 65535",
    ),
    "probe period 0": (lambda b: api(b)["livenessProbe"].update(periodSeconds=0), "InvalidRequestContent", "periodS"),
}


@pytest.mark.parametrize(("change", "code", "part"), REFUSED.values(), ids=REFUSED)
def test_refused(change: Change, code: str, part: str) -> None:
    body = good()
    change(body)
    with pytest.raises(ArmError) as caught:
        parse("codex-api", body)
    assert caught.value.code == code
    assert part in caught.value.message


@pytest.mark.parametrize("name", ["Codex", "-a", "a-", "a_b", "a" * 64, ""])
def test_group_names(name: str) -> None:
    with pytest.raises(ArmError, match="name"):
        parse(name, good())


def test_what_azure_fills_in() -> None:
    wanted = parse("codex-api", good())
    assert wanted.location == "eastus"
    assert wanted.identity is not None
    assert wanted.identity["type"] == "UserAssigned"
    properties = wanted.properties
    assert (properties["osType"], properties["restartPolicy"]) == ("Linux", "Always")
    assert properties["initContainers"] == []
    assert properties["ipAddress"]["autoGeneratedDomainNameLabelScope"] == "Unsecure"
    assert properties["containers"][0]["properties"]["ports"] == [{"port": 8001, "protocol": "TCP"}]
    assert properties["containers"][0]["properties"]["livenessProbe"]["httpGet"]["scheme"] == "http"


def test_read_only_members_are_accepted_and_dropped() -> None:
    body = good()
    body.update(id="x", name="y", type="z")
    group(body).update(provisioningState="Succeeded", instanceView={"state": "Running"})
    group(body)["ipAddress"].update(fqdn="x", dnsNameLabel=None)
    properties = parse("codex-api", body).properties
    assert properties.keys() & {"provisioningState", "instanceView"} == set()
    assert properties["ipAddress"].keys() == {"type", "ports"}


def test_secrets_are_left_out_of_what_is_public() -> None:
    properties = parse("codex-api", good()).properties
    public = without_secrets(properties)
    assert public["containers"][0]["properties"]["environmentVariables"] == [{"name": "A", "value": "1"}, {"name": "B"}]
    assert public["imageRegistryCredentials"][0] == {"server": "a.example.com", "username": "u"}
    assert public["volumes"] == [{"name": "keys", "secret": {}}]
    assert public["diagnostics"] == {"logAnalytics": {"workspaceId": "w"}}
    assert properties["volumes"][0]["secret"] == {"k": "dg=="}, "the complete ones stay as they were"


def test_which_changes_need_a_new_group() -> None:
    old = parse("codex-api", good()).properties

    def changes(change: Change) -> list[str]:
        body = good()
        change(body)
        return forbidden_changes(old, parse("codex-api", body).properties)

    assert changes(lambda body: None) == []
    assert changes(variables({"name": "NEW", "value": "1"})) == []
    assert changes(lambda body: api(body).update(image="other", command=["x"])) == []
    assert changes(lambda body: group(body).pop("restartPolicy")) == [], "left out means Always"
    assert changes(lambda body: group(body).update(restartPolicy="Never")) == [
        'RestartPolicy (old "Always", new "Never")'
    ]
    assert changes(requests(cpu=2, memoryInGB=1)) == ['CPU of container \'api\' (old "1", new "2")']
    assert changes(second) == ['CPU (old "1", new "2")', 'memory (old "1", new "2")']


def test_limits_are_those_of_the_documentation() -> None:
    assert (rules.MOST_PORTS, rules.MOST_CONTAINERS, rules.MOST_VOLUMES) == (5, 60, 20)
