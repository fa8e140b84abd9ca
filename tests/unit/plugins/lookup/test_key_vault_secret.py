"""The options of the lookup: where each comes from, and what is refused before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.codexdominion.azure.plugins.lookup import key_vault_secret
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords import _key_vault

URL = "https://kv-codex.vault.azure.net"


class Opened:
    """Takes the place of a vault and keeps what it was opened with."""

    params: dict[str, Any]

    def __call__(self, params: dict[str, Any], cache: RunCache) -> Opened:
        self.params = params
        return self

    def secret(self, reference: str) -> str:
        if reference == "missing":
            raise OperationsError("Reading failed", code="SecretNotFound", remedy="Look.")
        return f"value of {reference}"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Opened:
    """The vault that is opened; nothing in the environment names a cloud or an identity."""
    for name in (
        "AZURE_CLOUD_ENVIRONMENT",
        "AZURE_TENANT_ID",
        "AZURE_TENANT",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(vars(C), "DEFAULT_LOCAL_TMP", str(tmp_path))
    vault = Opened()
    monkeypatch.setattr(_key_vault, "open_vault", vault)
    return vault


def look_up(*terms: Any, variables: dict[str, Any] | None = None, **options: Any) -> list[str]:
    """Run the lookup as Ansible does."""
    templar = Templar(DataLoader(), variables=variables or {})
    return key_vault_secret.LookupModule(loader=DataLoader(), templar=templar).run(
        list(terms), variables=variables or {}, **options
    )


def test_values_come_in_the_order_of_the_names(opened: Opened) -> None:
    version = "b/0123456789abcdef0123456789abcdef"
    assert look_up("c", version, vault_url=URL) == ["value of c", f"value of {version}"]


def test_an_option_wins_over_the_inventory_and_that_over_the_environment(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CLIENT_ID", "CLIENT_SECRET", "TENANT_ID"):
        monkeypatch.setenv(f"AZURE_{name}", "environment")
    azure = {"client_id": "inventory", "client_secret": "inventory", "auth": "service_principal"}
    look_up("a", variables={"azure": azure}, vault_url=URL, client_id="option")
    found = {name: opened.params[name] for name in ("client_id", "client_secret", "tenant_id", "auth", "cloud")}
    assert found == {
        "client_id": "option",
        "client_secret": "inventory",
        "tenant_id": "environment",
        "auth": "service_principal",
        "cloud": "AzureCloud",
    }


def test_what_the_inventory_omits_is_not_given(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_CLIENT_ID", "environment")
    azure = {
        "client_id": trust_as_template("{{ nobody_defines_this | default(omit) }}"),
        "tenant_id": trust_as_template("{{ tenant }}"),
        "subscription_id": "not for a vault",
    }
    look_up("a", variables={"azure": azure, "tenant": "from a template"}, vault_url=URL)
    assert (opened.params["client_id"], opened.params["tenant_id"]) == ("environment", "from a template")
    assert "subscription_id" not in opened.params


def test_every_problem_is_named_at_once(opened: Opened) -> None:
    with pytest.raises(AnsibleError) as caught:
        look_up("no_name", vault_url="kv-codex", cloud="nowhere", unknown=1)
    text = str(caught.value)
    for part in ("4 problems", "no_name", "'kv-codex' is not the URL of a vault", "'nowhere' is neither", "unknown"):
        assert part in text


def test_the_vault_must_be_named(opened: Opened) -> None:
    with pytest.raises(AnsibleError, match="vault_url"):
        look_up("a")


def test_an_error_is_one_line_without_what_led_to_it(opened: Opened) -> None:
    with pytest.raises(AnsibleError) as caught:
        look_up("missing", vault_url=URL)
    assert "Reading failed (SecretNotFound). Look." in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None
