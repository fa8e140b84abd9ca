"""Azure's spelling and Ansible's."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core._case import flatten, snake, snake_key


@pytest.mark.parametrize(
    ("azure", "ansible"),
    [
        ("provisioningState", "provisioning_state"),
        ("memoryInGB", "memory_in_gb"),
        ("IPAddress", "ip_address"),
        ("httpGet", "http_get"),
        ("id", "id"),
        ("adminUserEnabled", "admin_user_enabled"),
        ("sizeInTiB", "size_in_ti_b"),
    ],
)
def test_keys(azure: str, ansible: str) -> None:
    assert snake_key(azure) == ansible


def test_the_operators_own_words_keep_their_spelling() -> None:
    body = {"tags": {"costCenter": "A"}, "userAssignedIdentities": {"/subscriptions/X": {"clientId": "1"}}}
    assert snake(body) == {
        "tags": {"costCenter": "A"},
        "user_assigned_identities": {"/subscriptions/X": {"clientId": "1"}},
    }


def test_properties_are_lifted() -> None:
    body = {"id": "/x", "name": "x", "properties": {"loginServer": "y", "name": "inner"}}
    assert flatten(body) == {"id": "/x", "name": "x", "login_server": "y"}
