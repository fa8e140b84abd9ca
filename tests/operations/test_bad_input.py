"""Bad input: refused as early as possible, in one clear line with cause and remedy, and nothing is written."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._credentials import RunCredential
from tests.simulator_fixture import Simulator
from tests.support.invoke import CONNECTION, invoke, problems
from tests.support.sample import push_sample

GROUP: dict[str, Any] = {"resource_group": "rg", "name": "api", "location": "eastus"}
SERVER: dict[str, Any] = {"resource_group": "rg", "name": "codex-db"}
API: dict[str, Any] = {"name": "api", "image": "x.azurecr.io/a:1"}


def group(**options: Any) -> dict[str, Any]:
    """Return parameters of container_group with one container that has these options."""
    return {**GROUP, "containers": [{**API, **options}]}


# Module, parameters, and what the problem has to say. None of these reaches the network.
REFUSED_BEFORE_ANY_REQUEST: list[tuple[str, dict[str, Any], str]] = [
    ("resource_group", {"name": "bad name!"}, "name: 'bad name!' is not valid"),
    ("resource_group", {}, "missing required arguments: name"),
    ("resource_group", {"name": "rg", "force": "perhaps"}, "unable to convert to bool"),
    ("resource_group", {"name": "rg", "timeout": 0}, "timeout: 0 is not a positive"),
    ("resource_group", {"name": "rg", "locaton": "eastus"}, "Unsupported parameters: locaton"),
    ("resource_group", {"name": "rg", "cloud": "http://127.0.0.1"}, "cloud: 'http://127.0.0.1' is neither"),
    ("resource_group", {"name": "rg", "auth": "password"}, "value of auth must be one of"),
    ("resource_group", {"name": "rg", "tags": {"a<b": "c"}}, "tags: the name 'a<b' is not valid"),
    ("container_registry", {"resource_group": "rg", "name": "with-hyphen"}, "name: 'with-hyphen' is not valid"),
    ("container_registry", {"resource_group": "rg", "name": "abc12", "sku": "Gold"}, "value of sku must be one of"),
    ("user_assigned_identity", {"resource_group": "rg", "name": "x"}, "name: 'x' is not valid"),
    ("role_assignment", {"scope": "/s", "principal_id": "me", "role": "AcrPull"}, "principal_id: 'me' is not"),
    ("role_assignment", {"scope": "/s", "principal_id": str(uuid.uuid4()), "role": "King"}, "role: 'King' is neither"),
    ("container_image_info", {"registry": "x", "repository": "UPPER"}, "repository: 'UPPER' is not valid"),
    (
        "container_image_info",
        {"registry": "x", "repository": "a", "tag": "1", "digest": "2"},
        "mutually exclusive: tag|digest",
    ),
    ("container_image_info", {"registry": "x", "repository": "a", "username": "u"}, "required together: username"),
    ("container_group", {**GROUP, "name": "Upper"}, "name: 'Upper' is not valid"),
    ("container_group", {**GROUP, "dns_name_label": "1234"}, "dns_name_label: '1234' is not valid"),
    ("container_group", {**GROUP, "containers": []}, "containers: 0 containers"),
    ("container_group", {**GROUP, "containers": [API, API]}, "containers: 'api' is there more than once"),
    ("container_group", group(image="UPPER:1"), "containers.api.image: 'UPPER:1' is not valid"),
    ("container_group", group(cpu=0), "containers.api.cpu: 0 is not a positive number of cores"),
    ("container_group", group(cpu="one"), "unable to convert to float"),
    ("container_group", group(memory=-1), "containers.api.memory: -1 is not a positive number of GB"),
    ("container_group", group(ports=[0]), "containers.api.ports: '0' is not a port from 1 to 65535"),
    ("container_group", group(ports=["70000"]), "'70000' is not a port"),
    ("container_group", group(ports=["80/sctp"]), "'80/sctp' is not a port"),
    ("container_group", group(ports=[80, "80/tcp"]), "'80/tcp' is there more than once"),
    ("container_group", group(environment={"1A": "x"}), "environment variable '1A' is not valid"),
    ("container_group", group(environment={"A": ["x"]}), ".environment.A: is a list, not text"),
    (
        "container_group",
        group(environment={"A": "x"}, secret_environment={"A": "y"}),
        "A is in both environment and secret_environment",
    ),
    ("container_group", group(liveness_probe={"period_seconds": 1}), "without http_get or command"),
    ("container_group", {**GROUP, "ports": [str(n) for n in range(1, 7)]}, "ports: 6 ports, a group has at most 5"),
    ("container_group", {**GROUP, "ip_address": "Private"}, "subnet_ids: needed with ip_address Private"),
    (
        "container_group",
        {**GROUP, "ip_address": "None", "dns_name_label": "abcde"},
        "dns_name_label: needs a public address",
    ),
    (
        "container_group",
        {**GROUP, "registry_credentials": [{"server": "x", "username": "u"}]},
        "required together: username, password",
    ),
    ("container_group", group(secret_environment={f"V{n}": "x" for n in range(35)}), "35 secrets, at most 34"),
    (
        "container_group",
        {**group(volume_mounts=[{"name": "data", "mount_path": "/d"}]), "volumes": [{"name": "x", "empty_dir": True}]},
        "there is no volume 'data'",
    ),
    ("container_group", {**GROUP, "state": "paused"}, "value of state must be one of"),
    ("container_group_logs", {"resource_group": "rg", "name": "api", "tail": 0}, "tail: 0 is not a positive"),
    ("postgresql_server", {**SERVER, "name": "Upper"}, "name: 'Upper' is not valid"),
    ("postgresql_server", {**SERVER, "sku": "Basic"}, "sku: 'Basic' is not a compute size"),
    ("postgresql_server", {**SERVER, "version": "16.3"}, "version: '16.3' is not a major version"),
    ("postgresql_server", {**SERVER, "storage_gb": 100}, "storage_gb: 100 is not one of 32, 64"),
    ("postgresql_server", {**SERVER, "backup_retention_days": 36}, "backup_retention_days: 36 is not a number"),
    ("postgresql_server", {**SERVER, "administrator_login": "postgres;"}, "administrator_login: 'postgres;' is not"),
    ("postgresql_server", {**SERVER, "administrator_password": "hunter2"}, "administrator_password: 7 characters"),
    (
        "postgresql_server",
        {**SERVER, "sku": "Standard_B1ms", "high_availability": "SameZone"},
        "high_availability: Standard_B1ms is Burstable",
    ),
    (
        "postgresql_server",
        {**SERVER, "restore": {"source_server": "/x", "point_in_time": "2026-10-22T20:00:00Z"}},
        "restore.source_server: '/x' is not the id",
    ),
    (
        "postgresql_server",
        {**SERVER, "restore": {"source_server": "codex-db", "point_in_time": "yesterday"}},
        "restore.point_in_time: 'yesterday' is not a time with a time zone",
    ),
    ("http_check", {"url": "ftp://x"}, "url: 'ftp://x' is not an http or https URL"),
    ("operation_wait", {"operations": [], "timeout": -1}, "timeout: -1 is not a positive"),
]


@pytest.mark.parametrize(("module", "params", "expected"), REFUSED_BEFORE_ANY_REQUEST)
def test_refused_before_any_request(module: str, params: dict[str, Any], expected: str) -> None:
    found = problems(module, params)
    assert any(expected in problem for problem in found), found


def test_all_problems_are_named_at_once() -> None:
    params = {"resource_group": "bad group!", "name": "Upper", "dns_name_label": "-", "cloud": "nowhere"}
    assert len(problems("container_group", params)) == 4
    result = invoke("container_group", params)
    assert result["failed"] and not result["changed"]
    assert result["msg"].startswith("4 problems: ")
    assert len(result["failure"]["details"]["problems"]) == 4


def test_a_secret_in_bad_input_is_not_repeated() -> None:
    params = group(secret_environment={"1A": "hunter2"})
    assert "hunter2" not in str(problems("container_group", params))


class Refused:
    """A subscription with a resource group, a registry with one image, and a running group that nothing may touch."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator = simulator
        settings = simulator.settings()
        self.connection = {name: settings[name] for name in CONNECTION}
        self.cache = folder
        assert not self.run("resource_group", name="rg", location="eastus").get("failed")
        registry = self.run(
            "container_registry",
            resource_group="rg",
            name="acrbadinput",
            location="eastus",
            admin_user_enabled=True,
            return_credentials=True,
        )
        self.server: str = registry["container_registry"]["login_server"]
        self.credentials: dict[str, str] = registry["container_registry"]["credentials"]
        push_sample(simulator, self.server, "codex-backend", "one")
        created = self.group(name="api", dns_name_label="badinput")
        assert not created.get("failed"), created
        simulator.forget()

    def run(self, module: str, **params: Any) -> dict[str, Any]:
        """Run a module with our connection."""
        return invoke(module, {**self.connection, **params}, cache=self.cache)

    def group(self, image: str = "codex-backend:one", password: str = "", **params: Any) -> dict[str, Any]:
        """Run container_group with the sample image."""
        defaults = {
            "resource_group": "rg",
            "name": "other",
            "location": "eastus",
            "stable_seconds": 0,
            "containers": [{"name": "api", "image": f"{self.server}/{image}", "memory": 1, "ports": [8001]}],
            "registry_credentials": [
                {
                    "server": self.server,
                    "username": self.credentials["username"],
                    "password": password or self.credentials["password"],
                }
            ],
        }
        return self.run("container_group", **{**defaults, **params})


@pytest.fixture
def refused(simulator: Simulator, tmp_path: Path) -> Refused:
    """See Refused."""
    return Refused(simulator, tmp_path)


def assert_refused(result: dict[str, Any], code: str, words: str, simulator: Simulator) -> None:
    """Expect a failure by that code, with those words, in one line, and no write request that succeeded."""
    assert result.get("failed"), result
    assert not result["changed"]
    assert result["failure"]["code"] == code, result
    assert words in result["msg"], result["msg"]
    assert "\n" not in result["msg"]
    assert result["failure"]["remedy"], "no remedy"
    accepted = [one for one in simulator.requests() if one["is_write"] and one["status"] < 400]
    assert accepted == [], accepted


def test_refused_by_azure(refused: Refused) -> None:
    simulator = refused.simulator
    taken = refused.group(dns_name_label="badinput")
    assert_refused(taken, "DnsNameLabelNotAvailable", "badinput", simulator)
    elsewhere = refused.group(location="atlantis")
    assert elsewhere["failed"] and elsewhere["failure"]["remedy"], elsewhere
    no_image = refused.group(image="codex-backend:two")
    assert no_image["failure"]["status"] == 404 and "codex-backend:two" in no_image["msg"]
    wrong_password = refused.group(password="not-the-password")
    assert wrong_password["failed"] and wrong_password["failure"]["status"] == 401, wrong_password
    assert "not-the-password" not in str(wrong_password)
    no_group = refused.run("container_registry", resource_group="nothing", name="acrother", location="eastus")
    assert_refused(no_group, "ResourceGroupNotFound", "'nothing' could not be found", simulator)
    moved = refused.run("resource_group", name="rg", location="westus")
    assert_refused(moved, "InvalidResourceGroupLocation", "is in eastus, not in westus", simulator)
    nowhere = refused.run("resource_group", name="new")
    assert_refused(nowhere, "LocationRequired", "no location is given", simulator)
    not_empty = refused.run("resource_group", name="rg", state="absent")
    assert_refused(not_empty, "ResourceGroupNotEmpty", "containerGroups api", simulator)
    not_there = refused.run("container_group", resource_group="rg", name="nothing", state="restarted")
    assert_refused(not_there, "ContainerGroupNotFound", "nothing does not exist", simulator)


CONNECTIONS: list[tuple[dict[str, Any], str, str]] = [
    ({"client_secret": "wrong-secret-5d1"}, "AADSTS7000215", "client secret"),
    ({"client_id": str(uuid.uuid4())}, "AADSTS700016", "client_id"),
    ({"tenant_id": str(uuid.uuid4())}, "TenantNotFound", "tenant"),
    ({"subscription_id": str(uuid.uuid4())}, "SubscriptionNotFound", "subscription"),
    ({"subscription_id": None}, "SubscriptionMissing", "AZURE_SUBSCRIPTION_ID"),
    ({"cloud": "https://127.0.0.1:1"}, "EndpointUnreachable", "127.0.0.1:1"),
    ({"ca_path": None}, "CertificateNotTrusted", "ca_path"),
    ({"auth": "service_principal", "client_secret": None}, "CredentialIncomplete", "client_secret"),
]


@pytest.mark.parametrize(("change", "code", "words"), CONNECTIONS, ids=[code for _change, code, _words in CONNECTIONS])
def test_a_connection_that_cannot_work(
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, Any],
    code: str,
    words: str,
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    simulator.forget()
    settings = simulator.settings()
    connection = {**{name: settings[name] for name in CONNECTION}, **change}
    params = {name: value for name, value in connection.items() if value is not None}
    result = invoke("resource_group", {**params, "name": "rg", "location": "eastus"})
    assert_refused(result, code, words, simulator)
    assert str(settings["client_secret"]) not in str(result)
    assert "wrong-secret-5d1" not in str(result)


def test_an_expired_token_is_said_to_be_expired(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    expired = {"token": simulator.token(lifetime=-60), "expires_on": time.time() + 3600}
    monkeypatch.setattr(RunCredential, "_ask", lambda _self, _scopes: expired)
    simulator.forget()
    settings = simulator.settings()
    params = {**{name: settings[name] for name in CONNECTION}, "name": "rg", "location": "eastus"}
    result = invoke("resource_group", params)
    assert_refused(result, "ExpiredAuthenticationToken", "expired", simulator)


def test_an_address_without_a_port(refused: Refused) -> None:
    containers = [{"name": "api", "image": f"{refused.server}/codex-backend:one"}]
    result = refused.group(dns_name_label="noport", containers=containers)
    assert_refused(result, "PortsRequired", "no port is open", refused.simulator)
