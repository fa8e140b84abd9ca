"""Reading secrets: URLs, references, tokens, errors."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import ServiceRequestError

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Session
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords import _key_vault
from tests.support.vault import PARAMS, URL, refused


@pytest.mark.parametrize("value", [URL, f"{URL}/", "https://127.77.1.2:8443", "https://KV.vault.azure.cn"])
def test_accepts_a_url(value: str) -> None:
    assert _key_vault.problem_with_url(value) is None


@pytest.mark.parametrize(
    "value", ["", "kv-codex", "http://kv.vault.azure.net", "https://", f"{URL}/secrets/a", f"{URL}?a=b", "https://a@b"]
)
def test_refuses_a_url(value: str) -> None:
    assert _key_vault.problem_with_url(value) is not None


@pytest.mark.parametrize("value", ["a", "Backend-secret-key-1", "a" * 127, "a/0123456789ABCDEF0123456789abcdef"])
def test_accepts_a_reference(value: str) -> None:
    assert _key_vault.problem_with_reference(value) is None


@pytest.mark.parametrize(
    "value", ["", "a_b", "a" * 128, "a/", "a/1", "a/0123456789abcdef0123456789abcdef/b", "/a", "a\n"]
)
def test_refuses_a_reference(value: str) -> None:
    assert _key_vault.problem_with_reference(value) is not None


class Client:
    """Takes the place of the SDK's client."""

    def __init__(self, url: str, credential: Any, **options: Any) -> None:
        self.url, self.credential, self.options = url, credential, options
        self.asked: list[tuple[str, str | None]] = []

    def get_secret(self, name: str, version: str | None) -> SimpleNamespace:
        self.asked.append((name, version))
        return SimpleNamespace(value=f"secret value {len(self.asked)}")


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> _key_vault.Vault:
    monkeypatch.setattr(_key_vault, "load", lambda _package, _name: Client)
    return _key_vault.Vault(PARAMS, Session(PARAMS, RunCache(str(tmp_path))))


def test_a_secret_is_read_once_and_never_to_disk(vault: _key_vault.Vault, tmp_path: Path) -> None:
    assert {vault.secret("a") for _time in range(3)} == {"secret value 1"}
    assert vault.secret("a/0123456789abcdef0123456789abcdef") == "secret value 2"
    assert vault.client.asked == [("a", None), ("a", "0123456789abcdef0123456789abcdef")]
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and "secret value" in path.read_text()]


def test_in_azure_the_sdk_verifies_the_domain(vault: _key_vault.Vault) -> None:
    assert vault.client.options["verify_challenge_resource"] is True


@pytest.mark.parametrize(
    ("cloud", "url"),
    [
        ("AzureCloud", "https://kv.vault.azure.cn"),
        ("AzureCloud", "https://vault.azure.net"),
        ("AzureCloud", "https://kvvault.azure.net"),
        ("AzureCloud", "https://kv.vault.azure.net.example"),
        ("AzureChinaCloud", URL),
    ],
)
def test_a_vault_of_another_cloud_is_not_asked(cloud: str, url: str) -> None:
    params = {**PARAMS, "cloud": cloud, "vault_url": url}
    other = _key_vault.Vault(params, Session(params, RunCache(None)))
    with pytest.raises(OperationsError) as caught:
        other.secret("a")
    assert caught.value.code == "VaultUrlMismatch"


def test_a_cloud_without_key_vaults(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"authority": "https://a", "resource_manager": "https://b", "audience": "https://b", "built_in": False}
    cache = RunCache(None)
    cache.get_or_make("cloud https://b", lambda: {**known, "key_vault_domain": ""})
    params = {**PARAMS, "cloud": "https://b"}
    with pytest.raises(OperationsError) as caught:
        _key_vault.Vault(params, Session(params, cache)).secret("a")
    assert caught.value.code == "NoKeyVault"


def test_no_token_for_anything_else(vault: _key_vault.Vault) -> None:
    with pytest.raises(OperationsError, match=r"wants a token for https://management\.azure\.com") as caught:
        vault.client.credential.get_token("https://management.azure.com/.default", tenant_id="t")
    assert caught.value.code == "InvalidChallenge"


def test_one_vault_per_process() -> None:
    cache = RunCache(None)
    first = _key_vault.open_vault(PARAMS, cache)
    assert _key_vault.open_vault(dict(PARAMS), cache) is first
    assert _key_vault.open_vault({**PARAMS, "client_id": "another"}, cache) is not first
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.write(writer, str(len(_key_vault._opened)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 8) == b"0"
    for descriptor in (reader, writer):
        os.close(descriptor)


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (
            404,
            {
                "code": "SecretNotFound",
                "message": "A secret with (name/id) a was not found in this key vault. If you recently deleted this "
                "secret you may be able to recover it using the correct recovery command.",
            },
            "Reading failed: A secret with (name/id) a was not found in this key vault (SecretNotFound). Check the "
            "name, the version and vault_url; set it (`az keyvault secret set`), or recover it if it was deleted.",
        ),
        (
            403,
            {
                "code": "Forbidden",
                "message": "Caller is not authorized to perform action on resource.\r\nIf role assignments were "
                "changed recently, please wait.\r\nCaller: appid=1;oid=2;iss=3\r\nAction: 'x'\r\nVault: v\r\n",
                "innererror": {"code": "ForbiddenByRbac"},
            },
            "Reading failed: Caller is not authorized to perform action on resource. Caller: appid=1;oid=2;iss=3 "
            "(ForbiddenByRbac). Give the identity the role Key Vault Secrets User on the vault or on this secret; a "
            "new assignment takes some minutes.",
        ),
        (
            403,
            {
                "code": "Forbidden",
                "message": "The user, group or application 'appid=1;oid=2' does not have secrets get permission on key "
                "vault 'v;location=eastus'. For help resolving this issue, please see https://go.microsoft.com/",
                "innererror": {"code": "AccessDenied"},
            },
            "Reading failed: The user, group or application 'appid=1;oid=2' does not have secrets get permission on "
            "key vault 'v;location=eastus' (AccessDenied). The vault goes by access policies: give the identity the "
            "secret permission Get in one.",
        ),
        (
            403,
            {
                "code": "Forbidden",
                "message": "Client address is not authorized and caller is not a trusted service.\r\n"
                "Client address: 203.0.113.7\r\nCaller: appid=1\r\nVault: v",
                "innererror": {"code": "ForbiddenByFirewall"},
            },
            "Reading failed: Client address is not authorized and caller is not a trusted service. Client address: "
            "203.0.113.7 Caller: appid=1 (ForbiddenByFirewall). Let this machine's address through the vault's "
            "firewall.",
        ),
        (
            403,
            {
                "code": "Forbidden",
                "message": "Operation get is not allowed on a disabled secret.",
                "innererror": {"code": "SecretDisabled"},
            },
            "Reading failed: Operation get is not allowed on a disabled secret (SecretDisabled). Enable this version, "
            "or set a new one.",
        ),
        (
            401,
            {"code": "Unauthorized", "message": "AKV10032: Invalid issuer. Expected one of a, b, found c."},
            "Reading failed: AKV10032: Invalid issuer. Expected one of a, b, found c (Unauthorized). Check that "
            "tenant_id names the vault's tenant, and that cloud and credentials belong together.",
        ),
        (429, {"code": "Throttled", "message": "Slow down."}, "Reading failed: Slow down (Throttled)."),
    ],
)
def test_a_refusal_says_cause_and_remedy(status: int, error: dict[str, Any], expected: str) -> None:
    found = _key_vault._explained(refused(status, error), "Reading", _key_vault.Vault.remedies)
    assert str(found) == expected
    assert (found.status, found.request_id) == (status, "request-1")


def test_a_vault_that_is_not_there() -> None:
    exc = ServiceRequestError(
        "HTTPSConnection(host='kv-codex.vault.azure.net', port=443): Failed to resolve 'kv-codex'"
    )
    found = _key_vault._explained(exc, f"Reading secret a of {URL}", _key_vault.Vault.remedies)
    assert str(found).startswith(
        f"Reading secret a of {URL} failed: there is no such host (VaultNotFound). Check vault_url"
    )
