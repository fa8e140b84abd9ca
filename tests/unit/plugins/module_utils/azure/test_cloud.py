"""Which Azure."""

from __future__ import annotations

from pathlib import Path

import pytest
from azure.core import AzureClouds
from azure.identity import AzureAuthorityHosts
from azure.mgmt.core.tools import get_arm_endpoints

from ansible_collections.codexdominion.azure.plugins.module_utils._azure import _cloud
from ansible_collections.codexdominion.azure.plugins.module_utils._azure._transport import PatientTransport
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache


def transport() -> PatientTransport:
    """Return what nothing is sent through here."""
    return PatientTransport(True, 0.0, lambda _text: None)


def unused() -> PatientTransport:
    """Fail where a transport is made for nothing."""
    raise AssertionError("a built-in cloud is asked for nothing")


@pytest.mark.parametrize(
    ("name", "setting", "authority"),
    [
        ("AzureCloud", AzureClouds.AZURE_PUBLIC_CLOUD, AzureAuthorityHosts.AZURE_PUBLIC_CLOUD),
        ("AzureUSGovernment", AzureClouds.AZURE_US_GOVERNMENT, AzureAuthorityHosts.AZURE_GOVERNMENT),
        ("AzureChinaCloud", AzureClouds.AZURE_CHINA_CLOUD, AzureAuthorityHosts.AZURE_CHINA),
    ],
)
def test_our_table_is_that_of_the_sdk(name: str, setting: AzureClouds, authority: str) -> None:
    cloud = _cloud.resolve(name, RunCache(None), unused)
    theirs = get_arm_endpoints(setting)
    assert cloud.resource_manager == theirs["resource_manager"].rstrip("/")
    assert (
        cloud.scope.replace("//.default", "/.default")
        in [scope.replace("//.default", "/.default") for scope in theirs["credential_scopes"]]
        or name != "AzureCloud"
    )
    assert cloud.authority == f"https://{authority}"
    assert cloud.built_in


@pytest.mark.parametrize(
    "value", ["AzureCloud", "https://127.0.0.1:8443", "https://management.local.azurestack.external/"]
)
def test_accepts(value: str) -> None:
    assert _cloud.problem_with(value) is None


@pytest.mark.parametrize("value", ["", "azure", "http://127.0.0.1", "https://"])
def test_refuses(value: str) -> None:
    assert _cloud.problem_with(value) is not None


def test_an_endpoint_is_asked_once_per_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def discover(endpoint: str, _transport: PatientTransport) -> dict[str, object]:
        asked.append(endpoint)
        return {
            "authority": "https://a",
            "resource_manager": endpoint,
            "audience": "https://b",
            "key_vault_domain": "vault.c",
            "built_in": False,
        }

    monkeypatch.setattr(_cloud, "_discover", discover)
    for _process in range(2):
        cloud = _cloud.resolve("https://127.0.0.1:1/", RunCache(str(tmp_path)), transport)
        assert cloud.scope == "https://b/.default"
        assert cloud.key_vault_scope == "https://vault.c/.default"
    assert asked == ["https://127.0.0.1:1"]
