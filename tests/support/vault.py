"""A Key Vault on a local Azure, and a client of it that may write secrets."""

from __future__ import annotations

import json
import uuid
from types import SimpleNamespace
from typing import Any

import jwt
import requests
from azure.core.exceptions import HttpResponseError
from azure.keyvault.secrets import SecretClient

from tests.simulator.clients import credential
from tests.simulator_fixture import Simulator
from tests.support.waiting import PATIENCE_SECONDS

USER = "4633458b-17de-408a-b874-0445c86b69e6"
OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"
VERSION = "2026-02-01"
# Longer than an assignment takes to be in force.
PROPAGATION_SECONDS = 120

URL = "https://kv-codex.vault.azure.net"
# The options of a task that reads a vault of Azure itself, where no request is sent to.
PARAMS: dict[str, Any] = {
    "vault_url": URL,
    "cloud": "AzureCloud",
    "auth": "service_principal",
    "tenant_id": "t",
    "client_id": "c",
    "client_secret": "s",
    "ca_path": None,
}


class Vault:
    """A vault whose secrets the service principal of the local Azure may write."""

    def __init__(self, simulator: Simulator, name: str, **properties: Any) -> None:
        self.simulator = simulator
        simulator.register("Microsoft.KeyVault")
        self.id = f"{simulator.group('vaults')}/providers/Microsoft.KeyVault/vaults/{name}"
        self.put(**properties)
        self.url = str(simulator.call("GET", self.id, VERSION).json()["properties"]["vaultUri"])
        self.assign(OFFICER, object_id(simulator))

    def put(self, **properties: Any) -> None:
        """Create or change the vault."""
        common = {"tenantId": self.simulator.connection["tenant_id"], "sku": {"family": "A", "name": "standard"}}
        body = {"location": "eastus", "properties": {**common, **properties}}
        self.simulator.call("PUT", self.id, VERSION, body).raise_for_status()

    def assign(self, role: str, principal: str, below: str = "") -> None:
        """Give a principal a role on the vault, or on a part of it, in force at once."""
        definition = f"{self.simulator.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
        properties = {"roleDefinitionId": definition, "principalId": principal, "principalType": "ServicePrincipal"}
        path = f"{self.id}{below}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
        self.simulator.call("PUT", path, "2022-04-01", {"properties": properties}).raise_for_status()
        self.simulator.hook("POST", "clock", {"seconds": PROPAGATION_SECONDS})

    def set(self, name: str, value: str) -> None:
        """Set a secret: a new version of it."""
        self._secret("PUT", name, json={"value": value})

    def get(self, name: str) -> str:
        """Return the value of a secret's current version."""
        return str(self._secret("GET", name).json()["value"])

    def _secret(self, method: str, name: str, **body: Any) -> requests.Response:
        answer = requests.request(
            method,
            f"{self.url}secrets/{name}",
            params={"api-version": "7.6"},
            headers={"Authorization": f"Bearer {vault_token(self.simulator)}"},
            verify=self.simulator.connection["ca_path"],
            timeout=PATIENCE_SECONDS,
            **body,
        )
        answer.raise_for_status()
        return answer

    def reads(self) -> list[str]:
        """Return the secrets that were read since the log of requests was emptied, one entry per answer."""
        return [
            entry["path"].split("/")[2]
            for entry in self.simulator.requests()
            if entry["host"] in self.url and entry["method"] == "GET" and entry["status"] == 200
        ]

    def client(self, **options: Any) -> SecretClient:
        """A client of the service principal. The vault is at an address, so its domain cannot be verified."""
        return SecretClient(self.url, credential(self.simulator), verify_challenge_resource=False, **options)


def object_id(simulator: Simulator) -> str:
    """The object id of the service principal of `azure.env`."""
    return str(jwt.decode(simulator.token(), options={"verify_signature": False})["oid"])


def vault_token(simulator: Simulator, **form: str) -> str:
    """A token for vaults; of the service principal, or of the client named in the form."""
    settings = simulator.settings()
    answer = requests.post(
        f"{simulator.url}/{settings['tenant_id']}/oauth2/v2.0/token",
        data={
            "grant_type": "client_credentials",
            "client_id": settings["client_id"],
            "client_secret": settings["client_secret"],
            "scope": "https://vault.rehearsal.invalid/.default",
            **form,
        },
        verify=settings["ca_path"],
        timeout=PATIENCE_SECONDS,
    )
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def refused(status: int, error: dict[str, Any]) -> HttpResponseError:
    """The SDK's exception for an answer."""
    response = SimpleNamespace(
        status_code=status,
        reason="Refused",
        headers={"x-ms-request-id": "request-1"},
        text=lambda: json.dumps({"error": error}),
    )
    return HttpResponseError(response=response)
