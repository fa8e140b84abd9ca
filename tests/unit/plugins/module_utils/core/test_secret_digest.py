"""What a tag remembers of secrets, and what it gives away."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _secret_digest

SECRETS = {
    "containers.api.secret_environment.DATABASE_URL": "postgresql://secret",
    "registry_credentials.x.password": "p",
}


def test_the_same_secrets_are_no_change() -> None:
    assert _secret_digest.changed(SECRETS, _secret_digest.remember(SECRETS, None), None) == []


def test_part_of_the_secrets_can_be_checked() -> None:
    name = next(iter(SECRETS))
    assert _secret_digest.changed({name: SECRETS[name]}, _secret_digest.remember(SECRETS, None), None) == []


def test_another_value_is_a_change_of_just_that_secret() -> None:
    name = next(iter(SECRETS))
    tag = _secret_digest.remember(SECRETS, None)
    assert _secret_digest.changed({**SECRETS, name: "postgresql://other"}, tag, None) == [name]


def test_a_value_under_another_name_is_a_change() -> None:
    tag = _secret_digest.remember({"a": "same"}, None)
    assert _secret_digest.changed({"b": "same"}, tag, None) == ["b"]


@pytest.mark.parametrize("tag", [None, "", "v0.x.y", "v1.!!!.", "v1.AAAAAAAAAAA.short", "v1.AAAAAAAAAAA."])
def test_a_missing_or_foreign_tag_is_a_change_of_all(tag: str | None) -> None:
    assert _secret_digest.changed(SECRETS, tag, None) == sorted(SECRETS)


def test_another_key_is_a_change_of_all() -> None:
    tag = _secret_digest.remember(SECRETS, "key")
    assert _secret_digest.changed(SECRETS, tag, "key") == []
    assert _secret_digest.changed(SECRETS, tag, "other") == sorted(SECRETS)
    assert _secret_digest.changed(SECRETS, tag, None) == sorted(SECRETS)


def test_each_tag_has_a_salt_of_its_own() -> None:
    assert _secret_digest.remember(SECRETS, None) != _secret_digest.remember(SECRETS, None)


def test_as_many_as_allowed_fit_into_a_tag_value() -> None:
    secrets = {f"containers.api.secret_environment.V{number}": "x" for number in range(_secret_digest.MOST)}
    tag = _secret_digest.remember(secrets, None)
    assert len(tag) <= 256
    assert _secret_digest.changed(secrets, tag, None) == []
    with pytest.raises(ValueError, match="at most"):
        _secret_digest.remember({**secrets, "one more": "x"}, None)


def test_the_tag_holds_neither_name_nor_value() -> None:
    tag = _secret_digest.remember({"TOKEN": "hunter2"}, None)
    assert "TOKEN" not in tag
    assert "hunter2" not in tag


def test_the_tag_is_none_of_the_operators() -> None:
    assert _secret_digest.without({_secret_digest.TAG: "v1.a.b", "owner": "team"}) == {"owner": "team"}
    assert _secret_digest.without(None) == {}
