"""Ranges of versions of Node, as npm reads them."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _engines

# What npm's own semver says of them.
CASES = [
    (">=18.18.0", "18.18.0", True),
    (">=18.18.0", "18.17.9", False),
    (">=18.18", "18.20.2", True),
    (">=20", "18.20.4", False),
    (">18", "18.20.4", False),
    (">18", "19.0.0", True),
    (">18.1", "18.1.9", False),
    ("<20", "19.9.9", True),
    ("<20", "20.0.0", False),
    ("<=20", "20.20.2", True),
    ("<=20.1.0", "20.1.1", False),
    ("20", "20.20.2", True),
    ("20", "21.0.0", False),
    ("20.x", "20.0.1", True),
    ("v20.11.1", "20.11.1", True),
    ("=20.11.1", "20.11.2", False),
    ("^20.9.0", "20.20.2", True),
    ("^20.9.0", "21.0.0", False),
    ("^0.2.3", "0.2.9", True),
    ("^0.2.3", "0.3.0", False),
    ("^0", "0.9.0", True),
    ("~20.9.0", "20.9.7", True),
    ("~20.9.0", "20.10.0", False),
    ("~20", "20.11.0", True),
    (">=18 <21", "20.1.0", True),
    (">=18 <21", "22.1.0", False),
    (">= 18.0.0 < 21", "18.0.0", True),
    ("18 || ^20 || >=22.1", "22.0.9", False),
    ("18 || ^20 || >=22.1", "20.3.0", True),
    ("18.1.0 - 20.2", "20.2.9", True),
    ("18.1.0 - 20.2", "20.3.0", False),
    ("*", "1.0.0", True),
    ("", "1.0.0", True),
    ("x", "1.0.0", True),
    ("^18.18.0 || ^19.8.0 || >= 20.0.0", "20.20.2", True),
]


@pytest.mark.parametrize(("wanted", "version", "suits"), CASES)
def test_a_version_is_in_a_range_or_not(wanted: str, version: str, suits: bool) -> None:
    assert _engines.satisfies(_engines.parse(version), wanted) is suits


@pytest.mark.parametrize("wanted", ["lts/*", "latest", ">=", "20 or newer", "20.1.2.3"])
def test_what_is_no_range_is_said(wanted: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        _engines.satisfies((20, 1, 2), wanted)


@pytest.mark.parametrize("version", ["20", "20.1", "node", ""])
def test_what_is_no_version_is_said(version: str) -> None:
    with pytest.raises(ValueError, match="is no version"):
        _engines.parse(version)
