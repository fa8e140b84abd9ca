"""The sample backend in a container, with a database of the same local Azure."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
import requests

from tests.simulator.container_instance_bench import fetch
from tests.simulator.postgresql_bench import GROUP, LOGIN, PASSWORD, Bench
from tests.simulator_fixture import Simulator
from tests.support.sample import push_sample
from tests.support.waiting import PATIENCE_SECONDS, until

_REGISTRY = "/providers/Microsoft.ContainerRegistry/registries/acrdatabase"
_BACKEND = "/providers/Microsoft.ContainerInstance/containerGroups/codex-api"


@pytest.fixture
def azure(simulator: Simulator) -> Bench:
    """A registry with the sample backend, and a server that admits Azure's services and nobody else."""
    bench = Bench(simulator)
    simulator.register("Microsoft.ContainerRegistry", "Microsoft.ContainerInstance")
    registry = {"location": "eastus", "sku": {"name": "Basic"}, "properties": {"adminUserEnabled": True}}
    simulator.call("PUT", bench.group + _REGISTRY, "2023-07-01", registry).raise_for_status()
    bench.create("codex-db", open=False)
    rule: Any = {"properties": {"startIpAddress": "0.0.0.0", "endIpAddress": "0.0.0.0"}}
    bench.rules.begin_create_or_update(GROUP, "codex-db", "azure", rule).result()
    return bench


def start_backend(azure: Bench, url: str) -> str:
    """Run the sample backend with a database; where it answers."""
    simulator = azure.simulator
    registry = simulator.call("GET", azure.group + _REGISTRY, "2023-07-01").json()["properties"]["loginServer"]
    credentials = simulator.call("POST", azure.group + _REGISTRY + "/listCredentials", "2023-07-01").json()
    push_sample(simulator, registry, "codex-backend", "one")
    container = {
        "image": f"{registry}/codex-backend:one",
        "ports": [{"port": 8001}],
        "environmentVariables": [{"name": "DATABASE_URL", "secureValue": url}],
        "resources": {"requests": {"cpu": 1, "memoryInGB": 1}},
    }
    login = {
        "server": registry,
        "username": credentials["username"],
        "password": credentials["passwords"][0]["value"],
    }
    body = {
        "location": "eastus",
        "properties": {
            "osType": "Linux",
            "containers": [{"name": "api", "properties": container}],
            "imageRegistryCredentials": [login],
            "ipAddress": {"type": "Public", "ports": [{"port": 8001}]},
        },
    }
    path = azure.group + _BACKEND
    simulator.call("PUT", path, "2023-05-01", body).raise_for_status()

    def state() -> str:
        return str(simulator.call("GET", path, "2023-05-01").json()["properties"]["provisioningState"])

    until(lambda: state() == "Succeeded", "the backend")
    address = simulator.call("GET", path, "2023-05-01").json()["properties"]["ipAddress"]["ip"]
    return f"http://{address}:8001"


def test_it_reaches_the_database_where_the_operator_does_not(azure: Bench) -> None:
    host = azure.servers.get(GROUP, "codex-db").properties.fully_qualified_domain_name
    url = f"postgresql://{LOGIN}:{quote(PASSWORD, safe='')}@{host}:5432/postgres?sslmode=require"
    backend = start_backend(azure, url)
    found = json.loads(fetch(f"{backend}/health"))["database"]
    assert found["status"] == "healthy", found
    assert found["latency_ms"] >= 0
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry for host"):
        azure.connect("codex-db")
    azure.servers.begin_stop(GROUP, "codex-db").result()
    answer = requests.get(f"{backend}/health", timeout=PATIENCE_SECONDS)
    assert (answer.status_code, answer.json()["database"]["status"]) == (503, "unhealthy")
