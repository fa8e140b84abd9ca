"""What the options of a cache are in Azure."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _cache_spec


@pytest.mark.parametrize(
    ("option", "properties", "value"),
    [
        ("minimum_tls_version", {"minimumTlsVersion": "1.2"}, "1.2"),
        ("minimum_tls_version", {}, None),
        ("non_ssl_port", {"enableNonSslPort": True}, True),
        ("non_ssl_port", {"enableNonSslPort": False}, False),
        ("non_ssl_port", {}, False),
        ("public_network_access", {"publicNetworkAccess": "Enabled"}, True),
        ("public_network_access", {"publicNetworkAccess": "Disabled"}, False),
        ("public_network_access", {}, True),
        ("access_keys_authentication", {"disableAccessKeyAuthentication": True}, False),
        ("access_keys_authentication", {"disableAccessKeyAuthentication": False}, True),
        ("access_keys_authentication", {"disableAccessKeyAuthentication": None}, True),
    ],
)
def test_an_option_is_read_and_written_alike(option: str, properties: dict[str, Any], value: Any) -> None:
    one = _cache_spec.PROPERTIES[option]
    assert one.read(properties) == value
    assert one.read({one.name: one.write(value)}) == value


def test_what_is_a_property_is_an_option() -> None:
    assert _cache_spec.PROPERTIES.keys() <= _cache_spec.SPEC.options.keys()
