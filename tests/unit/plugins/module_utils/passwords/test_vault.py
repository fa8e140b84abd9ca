"""A password and its successor as secrets of a key vault, and what is left when a promotion is interrupted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Session
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords import _key_vault
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords._generated import CURRENT, NEXT
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords._vault import VaultStore, WritableVault
from tests.support.vault import PARAMS, URL, refused


class Client:
    """Takes the place of the SDK's client; a secret is its current version."""

    def __init__(self, _url: str, _credential: Any, **_options: Any) -> None:
        self.secrets: dict[str, SimpleNamespace] = {}
        self.deleted: list[str] = []
        self.dies_at = ""

    def _reach(self, step: str) -> None:
        if step == self.dies_at:
            raise KeyboardInterrupt

    def get_secret(self, name: str, _version: str | None = None) -> SimpleNamespace:
        if name not in self.secrets:
            raise refused(404, {"code": "SecretNotFound", "message": "There is none."})
        if not self.secrets[name].enabled:
            raise refusal("SecretDisabled")
        return self.secrets[name]

    def set_secret(
        self, name: str, value: str, content_type: str | None = None, tags: dict[str, str] | None = None
    ) -> None:
        self._reach("set")
        if name in self.deleted:
            raise refusal("ObjectIsDeletedButRecoverable")
        properties = SimpleNamespace(content_type=content_type, tags=tags)
        self.secrets[name] = SimpleNamespace(value=value, enabled=True, properties=properties)

    def update_secret_properties(self, name: str, enabled: bool) -> None:
        self._reach("update")
        self.secrets[name].enabled = enabled

    def begin_delete_secret(self, name: str) -> SimpleNamespace:
        del self.secrets[name]
        self.deleted.append(name)
        return SimpleNamespace(wait=lambda: None)


def refusal(reason: str) -> HttpResponseError:
    """The SDK's exception for a refusal."""
    return refused(403, {"code": "Forbidden", "message": "Not allowed.", "innererror": {"code": reason}})


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> WritableVault:
    monkeypatch.setattr(_key_vault, "load", lambda _package, _name: Client)
    return WritableVault(PARAMS, Session(PARAMS, RunCache(None)))


@pytest.fixture
def client(vault: WritableVault) -> Client:
    found = vault.client
    assert isinstance(found, Client)
    return found


@pytest.fixture
def store(vault: WritableVault) -> VaultStore:
    return VaultStore(vault, "db")


def test_where(store: VaultStore) -> None:
    assert store.where(CURRENT) == f"{URL}/secrets/db"
    assert store.where(NEXT) == f"{URL}/secrets/db-next"


def test_a_rotation_keeps_what_is_known_of_the_secret(store: VaultStore, client: Client) -> None:
    client.set_secret("db", "first", "password", {"owner": "team"})
    assert store.create(NEXT, "second")
    assert (store.read(CURRENT), store.read(NEXT)) == ("first", "second")
    store.promote()
    assert (store.read(CURRENT), store.read(NEXT)) == ("second", None)
    assert vars(client.secrets["db"].properties) == {"content_type": "password", "tags": {"owner": "team"}}
    assert store.create(NEXT, "third")
    assert (store.read(CURRENT), store.read(NEXT)) == ("second", "third")
    assert client.deleted == []


@pytest.mark.parametrize("step", ["set", "update"])
def test_an_interrupted_promotion_is_ended(store: VaultStore, client: Client, step: str) -> None:
    store.create(CURRENT, "first")
    store.create(NEXT, "second")
    client.dies_at = step
    with pytest.raises(KeyboardInterrupt):
        store.promote()
    assert store.read(NEXT) == "second"
    # Nothing is set once more.
    client.dies_at = "set" if step == "update" else ""
    store.promote()
    assert (store.read(CURRENT), store.read(NEXT)) == ("second", None)


def test_a_current_password_that_was_disabled_is_not_replaced(store: VaultStore, client: Client) -> None:
    client.set_secret("db", "first")
    client.secrets["db"].enabled = False
    with pytest.raises(OperationsError) as caught:
        store.read(CURRENT)
    assert caught.value.code == "SecretDisabled"


def test_both_are_deleted_disabled_or_not(store: VaultStore, client: Client) -> None:
    store.create(CURRENT, "first")
    store.create(NEXT, "second")
    store.promote()
    for which in (NEXT, CURRENT):
        assert store.holds(which)
        store.delete(which)
        assert not store.holds(which)
    assert client.deleted == ["db-next", "db"]


def test_a_name_that_a_deleted_secret_holds(store: VaultStore, client: Client) -> None:
    client.deleted.append("db")
    with pytest.raises(OperationsError) as caught:
        store.create(CURRENT, "a value")
    assert caught.value.code == "ObjectIsDeletedButRecoverable"
    assert "az keyvault secret recover" in caught.value.remedy
    assert "a value" not in str(caught.value)


def test_somebody_else_was_quicker(store: VaultStore, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    own = client.set_secret

    def overtaken(name: str, _value: str, **kept: Any) -> None:
        own(name, "theirs", **kept)

    monkeypatch.setattr(client, "set_secret", overtaken)
    with pytest.raises(OperationsError) as caught:
        store.create(CURRENT, "ours")
    assert caught.value.code == "SecretNotStored"


def test_without_permission_the_role_for_writing_is_named(
    store: VaultStore, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(_name: str) -> None:
        raise refusal("ForbiddenByRbac")

    monkeypatch.setattr(client, "get_secret", forbidden)
    for look in (store.read, store.holds):
        with pytest.raises(OperationsError, match="Key Vault Secrets Officer"):
            look(CURRENT)
