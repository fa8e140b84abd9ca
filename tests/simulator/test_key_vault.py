"""Vaults through azure-mgmt-keyvault, their secrets through azure-keyvault-secrets, and what both refuse."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.keyvault.secrets import SecretClient
from azure.mgmt.keyvault import KeyVaultManagementClient

from tests.simulator.clients import client, credential
from tests.simulator_fixture import Simulator
from tests.support.vault import USER, VERSION, Vault, vault_token
from tests.support.waiting import PATIENCE_SECONDS

SECRET = "the value of a secret 5f3e"


@pytest.fixture
def vault(simulator: Simulator) -> Vault:
    return Vault(simulator, "kv-codex")


@pytest.fixture
def secrets(vault: Vault) -> SecretClient:
    return vault.client()


def wanted(simulator: Simulator, **properties: Any) -> Any:
    """The body of a PUT; the SDK takes a plain object where its model is asked for."""
    common = {"tenantId": simulator.connection["tenant_id"], "sku": {"family": "A", "name": "standard"}}
    return {"location": "eastus", "properties": {**common, **properties}}


def raw(
    vault: Vault, method: str, path: str, token: str | None, version: str = "7.6", **options: Any
) -> requests.Response:
    """A plain request to the vault."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.request(
        method,
        f"{vault.url}{path}",
        params={"api-version": version, **options.pop("params", {})},
        headers=headers,
        verify=vault.simulator.connection["ca_path"],
        timeout=PATIENCE_SECONDS,
        **options,
    )


class TestVault:
    """The control plane."""

    @pytest.fixture
    def vaults(self, simulator: Simulator) -> KeyVaultManagementClient:
        simulator.register("Microsoft.KeyVault")
        simulator.group("codex")
        return client(simulator, KeyVaultManagementClient)

    def test_its_life(self, simulator: Simulator, vaults: KeyVaultManagementClient) -> None:
        body: Any = {**wanted(simulator), "tags": {"a": "b"}}
        created = vaults.vaults.begin_create_or_update("codex", "kv-codex", body).result()
        assert created.properties.provisioning_state == "Succeeded"
        assert created.properties.enable_rbac_authorization is True
        assert str(created.properties.vault_uri).startswith("https://127.77.")
        assert vaults.vaults.get("codex", "kv-codex").tags == {"a": "b"}
        again = vaults.vaults.begin_create_or_update("codex", "kv-codex", wanted(simulator)).result()
        assert (again.tags, again.properties.vault_uri) == ({}, created.properties.vault_uri)
        assert [found.name for found in vaults.vaults.list_by_resource_group("codex")] == ["kv-codex"]
        assert [found.name for found in vaults.vaults.list_by_subscription()] == ["kv-codex"]
        vaults.vaults.delete("codex", "kv-codex")
        vaults.vaults.delete("codex", "kv-codex")
        with pytest.raises(ResourceNotFoundError):
            vaults.vaults.get("codex", "kv-codex")

    def test_a_new_one_registers_its_name_first(self, simulator: Simulator, vaults: KeyVaultManagementClient) -> None:
        simulator.fault("slow_operation", method="PUT", path="vaults", seconds=3600)
        path = f"{simulator.subscription}/resourceGroups/codex/providers/Microsoft.KeyVault/vaults/kv-slow"
        answer = simulator.call("PUT", path, VERSION, wanted(simulator))
        assert (answer.status_code, answer.json()["properties"]["provisioningState"]) == (200, "RegisteringDns")

    def test_a_deleted_one_keeps_its_name(self, simulator: Simulator, vaults: KeyVaultManagementClient) -> None:
        body = wanted(simulator, softDeleteRetentionInDays=7)
        vaults.vaults.begin_create_or_update("codex", "kv-codex", body).result()
        vaults.vaults.delete("codex", "kv-codex")
        with pytest.raises(ResourceExistsError, match="already exists in deleted state"):
            vaults.vaults.begin_create_or_update("codex", "kv-codex", body)
        simulator.hook("POST", "clock", {"seconds": 8 * 86_400})
        vaults.vaults.begin_create_or_update("codex", "kv-codex", body).result()

    def test_a_name_is_unique_in_all_of_azure(self, simulator: Simulator, vaults: KeyVaultManagementClient) -> None:
        simulator.hook("POST", "key-vault/reserve-name", {"name": "kv-taken"})
        with pytest.raises(ResourceExistsError, match="VaultAlreadyExists"):
            vaults.vaults.begin_create_or_update("codex", "kv-taken", wanted(simulator))

    @pytest.mark.parametrize("name", ["kv", "1kv", "kv-", "kv--codex", "k" * 25, "kv_codex"])
    def test_refuses_a_name(self, simulator: Simulator, vaults: KeyVaultManagementClient, name: str) -> None:
        path = f"{simulator.subscription}/resourceGroups/codex/providers/Microsoft.KeyVault/vaults/{name}"
        answer = simulator.call("PUT", path, VERSION, wanted(simulator))
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VaultNameNotValid")

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"unknown": 1}, 400),
            ({"tenantId": "00000000-0000-0000-0000-000000000000"}, 400),
            ({"enableSoftDelete": False}, 400),
            ({"enablePurgeProtection": False}, 400),
            ({"softDeleteRetentionInDays": 6}, 400),
            ({"enableRbacAuthorization": False}, 501),
            ({"createMode": "recover"}, 501),
        ],
    )
    def test_refuses(
        self, simulator: Simulator, vaults: KeyVaultManagementClient, changes: dict[str, Any], status: int
    ) -> None:
        path = f"{simulator.subscription}/resourceGroups/codex/providers/Microsoft.KeyVault/vaults/kv-codex"
        assert simulator.call("PUT", path, VERSION, wanted(simulator, **changes)).status_code == status
        assert simulator.call("GET", path, VERSION).status_code == 404

    def test_before_2026_a_vault_is_not_in_rbac_mode_by_itself(
        self, simulator: Simulator, vaults: KeyVaultManagementClient
    ) -> None:
        path = f"{simulator.subscription}/resourceGroups/codex/providers/Microsoft.KeyVault/vaults/kv-codex"
        assert simulator.call("PUT", path, "2024-11-01", wanted(simulator)).status_code == 501
        body = wanted(simulator, enableRbacAuthorization=True)
        assert simulator.call("PUT", path, "2024-11-01", body).status_code == 200

    def test_what_is_not_built_is_refused(self, simulator: Simulator, vaults: KeyVaultManagementClient) -> None:
        path = f"{simulator.subscription}/providers/Microsoft.KeyVault/deletedVaults"
        assert simulator.call("GET", path, VERSION).status_code == 501

    def test_the_metadata_names_the_suffix(self, simulator: Simulator) -> None:
        cloud = simulator.call("GET", "/metadata/endpoints", "2022-09-01").json()
        assert cloud["suffixes"]["keyVaultDns"] == "vault.rehearsal.invalid"


class TestSecret:
    """The data plane."""

    def test_its_life(self, secrets: SecretClient) -> None:
        first = secrets.set_secret("api-key", SECRET, content_type="text/plain", tags={"a": "b"})
        second = secrets.set_secret("API-KEY", "another")
        assert first.id is not None and second.id is not None
        assert first.properties.version != second.properties.version
        assert secrets.get_secret("api-key").value == "another"
        found = secrets.get_secret("api-key", first.properties.version)
        assert (found.value, found.properties.content_type, found.properties.tags) == (SECRET, "text/plain", {"a": "b"})
        assert found.properties.recovery_level == "Recoverable+Purgeable"
        assert len(list(secrets.list_properties_of_secret_versions("api-key"))) == 2
        assert [item.name for item in secrets.list_properties_of_secrets()] == ["api-key"]

    def test_a_deleted_one_keeps_its_name(self, secrets: SecretClient) -> None:
        secrets.set_secret("api-key", SECRET)
        secrets.begin_delete_secret("api-key", _polling_interval=0).wait()
        with pytest.raises(ResourceNotFoundError, match="SecretNotFound"):
            secrets.get_secret("api-key")
        with pytest.raises(ResourceExistsError, match="deleted but recoverable"):
            secrets.set_secret("api-key", SECRET)
        secrets.purge_deleted_secret("api-key")
        secrets.set_secret("api-key", SECRET)

    def test_a_disabled_one_is_not_told(self, secrets: SecretClient) -> None:
        secrets.set_secret("api-key", SECRET)
        secrets.update_secret_properties("api-key", enabled=False)
        with pytest.raises(HttpResponseError, match="disabled secret") as caught:
            secrets.get_secret("api-key")
        assert caught.value.status_code == 403
        assert caught.value.error is not None and caught.value.error.innererror == {"code": "SecretDisabled"}

    def test_pages(self, secrets: SecretClient) -> None:
        names = [f"secret-{number:02}" for number in range(30)]
        for name in names:
            secrets.set_secret(name, SECRET)
        assert [item.name for item in secrets.list_properties_of_secrets()] == names
        assert [item.name for item in secrets.list_properties_of_secrets(max_page_size=7)] == names

    def test_survives_a_restart(self, simulator: Simulator, vault: Vault, secrets: SecretClient) -> None:
        secrets.set_secret("api-key", SECRET)
        simulator.stop()
        simulator.start()
        assert vault.client().get_secret("api-key").value == SECRET

    def test_is_in_no_log(self, simulator: Simulator, vault: Vault, secrets: SecretClient) -> None:
        secrets.set_secret("api-key", SECRET)
        secrets.get_secret("api-key")
        assert any(entry["path"] == "/secrets/api-key" for entry in simulator.requests())
        assert SECRET not in str(simulator.requests())
        assert SECRET not in (simulator.state_dir / "simulator.log").read_text(encoding="utf-8")

    def test_goes_with_its_vault(self, simulator: Simulator, vault: Vault, secrets: SecretClient) -> None:
        secrets.set_secret("api-key", SECRET)
        simulator.call("DELETE", vault.id, VERSION).raise_for_status()
        with pytest.raises(requests.ConnectionError):
            raw(vault, "GET", "secrets/api-key", vault_token(simulator))


class TestAccess:
    """Who may, from where."""

    def test_without_token_there_is_a_challenge(self, simulator: Simulator, vault: Vault) -> None:
        answer = raw(vault, "GET", "secrets/api-key", None)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "Unauthorized")
        assert answer.headers["WWW-Authenticate"] == (
            f'Bearer authorization="{simulator.url}/{simulator.connection["tenant_id"]}", '
            'resource="https://vault.rehearsal.invalid"'
        )

    def test_a_token_for_something_else_is_refused(self, simulator: Simulator, vault: Vault) -> None:
        answer = raw(vault, "GET", "secrets/api-key", simulator.token())
        assert answer.status_code == 401
        assert answer.json()["error"]["message"].startswith(
            "AKV10022: Invalid audience. Expected https://vault.rehearsal.invalid"
        )
        assert raw(vault, "GET", "secrets/api-key", "nonsense").status_code == 401

    def test_the_sdk_verifies_the_domain_unless_told_not_to(self, simulator: Simulator, vault: Vault) -> None:
        with pytest.raises(ValueError, match="does not match the requested domain"):
            SecretClient(vault.url, credential(simulator)).get_secret("api-key")

    def test_owning_the_subscription_is_not_enough(self, simulator: Simulator, vault: Vault) -> None:
        for entry in simulator.call(
            "GET", f"{vault.id}/providers/Microsoft.Authorization/roleAssignments", "2022-04-01"
        ).json()["value"]:
            simulator.call("DELETE", entry["id"], "2022-04-01").raise_for_status()
        with pytest.raises(HttpResponseError, match="not authorized to perform action") as caught:
            vault.client().set_secret("api-key", SECRET)
        assert caught.value.error is not None and caught.value.error.innererror == {"code": "ForbiddenByRbac"}

    def test_a_user_of_one_secret_reads_that_one(self, simulator: Simulator, vault: Vault) -> None:
        other = {"client_id": "11111111-1111-1111-1111-111111111111", "client_secret": "other"}
        principal = "22222222-2222-2222-2222-222222222222"
        simulator.hook("POST", "identity/applications", {**other, "object_id": principal})
        for name in ("mine", "not-mine"):
            vault.client().set_secret(name, SECRET)
        vault.assign(USER, principal, "/secrets/mine")
        token = vault_token(simulator, **other)
        assert raw(vault, "GET", "secrets/mine", token).json()["value"] == SECRET
        assert raw(vault, "GET", "secrets/not-mine", token).status_code == 403
        assert raw(vault, "PUT", "secrets/mine", token, json={"value": "x"}).status_code == 403
        assert raw(vault, "GET", "secrets", token).status_code == 403

    @pytest.mark.parametrize(
        ("properties", "reason"),
        [
            ({"publicNetworkAccess": "Disabled"}, "ForbiddenByConnection"),
            (
                {"networkAcls": {"defaultAction": "Deny", "ipRules": [{"value": "203.0.113.0/24"}]}},
                "ForbiddenByFirewall",
            ),
            ({"networkAcls": {"defaultAction": "Deny", "ipRules": [{"value": "127.0.0.0/8"}]}}, None),
        ],
    )
    def test_networks(self, simulator: Simulator, vault: Vault, properties: dict[str, Any], reason: str | None) -> None:
        vault.put(**properties)
        answer = raw(vault, "GET", "secrets", vault_token(simulator))
        assert answer.status_code == (403 if reason else 200)
        assert answer.json().get("error", {}).get("innererror", {}).get("code") == reason

    @pytest.mark.parametrize(
        ("method", "path", "options", "status"),
        [
            ("GET", "secrets/bad_name", {}, 400),
            ("GET", "secrets/api-key", {"version": "1.0"}, 400),
            ("GET", "secrets/api-key", {"version": ""}, 400),
            ("GET", "secrets", {"params": {"maxresults": "26"}}, 400),
            ("GET", "secrets", {"params": {"unknown": "1"}}, 400),
            ("PUT", "secrets/api-key", {"json": {"value": "x", "unknown": 1}}, 400),
            ("PUT", "secrets/api-key", {"json": {}}, 400),
            ("PUT", "secrets/api-key", {"json": {"value": "x" * 25_601}}, 400),
            ("PUT", "secrets/api-key", {"data": "{"}, 400),
            ("PUT", "secrets", {"json": {"value": "x"}}, 405),
            ("POST", "secrets/api-key/backup", {}, 501),
            ("GET", "keys", {}, 501),
        ],
    )
    def test_refuses(
        self, simulator: Simulator, vault: Vault, method: str, path: str, options: dict[str, Any], status: int
    ) -> None:
        answer = raw(vault, method, path, vault_token(simulator), **options)
        assert (answer.status_code, set(answer.json())) == (status, {"error"})

    def test_faults_reach_it(self, simulator: Simulator, vault: Vault) -> None:
        token = vault_token(simulator)
        simulator.fault("throttle", path="^/secrets", seconds=1)
        assert raw(vault, "GET", "secrets", token).status_code == 429
