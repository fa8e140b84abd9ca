"""Manifests: what is written is read again, and what is not understood is refused with a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _manifest
from tests.support.backups import dump, mark


@pytest.mark.parametrize(
    "manifest",
    [dump(), dump(schema_version=None, tables={}), dump(owner="us", roles=[]), mark()],
    ids=lambda one: one.kind,
)
def test_there_and_back(manifest: _manifest.Dump | _manifest.Mark) -> None:
    assert _manifest.parse(manifest.to_bytes()) == manifest


def test_what_a_later_version_adds_is_no_problem() -> None:
    stored = {**json.loads(dump().to_bytes()), "colour": "blue"}
    assert _manifest.parse(json.dumps(stored).encode()) == dump()


def test_an_earlier_version_says_nothing_about_the_owner() -> None:
    stored = {name: value for name, value in json.loads(dump().to_bytes()).items() if name != "owner"}
    assert _manifest.parse(json.dumps(stored).encode()) == dump()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": 2}, "not of a format"),
        ({"kind": "tape"}, "not of a format"),
        ({"size_bytes": "12"}, "no valid size_bytes"),
        ({"size_bytes": True}, "no valid size_bytes"),
        ({"sha256": None}, "no valid sha256"),
        ({"tables": {"a": "1"}}, "no valid tables"),
        ({"tables": []}, "no valid tables"),
        ({"owner": 1}, "no valid owner"),
        ({"roles": [1]}, "no valid roles"),
        ({"roles": [{"name": "a"}]}, "no valid roles"),
        ({"proof": 1}, "no valid proof"),
        ({"clock_skew_seconds": "0"}, "no valid clock_skew_seconds"),
    ],
    ids=str,
)
def test_refused(changes: dict[str, Any], said: str) -> None:
    stored = {**json.loads(dump().to_bytes()), **changes}
    with pytest.raises(_manifest.UnreadableError, match=said):
        _manifest.parse(json.dumps(stored).encode())


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"null", dump().to_bytes()[:-20]], ids=repr)
def test_no_manifest_at_all(content: bytes) -> None:
    with pytest.raises(_manifest.UnreadableError):
        _manifest.parse(content)
