"""A container group as a change would leave it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._container_group._preview import preview
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Change

GROUP = {
    "name": "api",
    "tags": {"stage": "one", "owner": "us"},
    "containers": [{"name": "api", "image": "r/api@sha256:1", "instance_view": {"restart_count": 0}}],
}
CASES: dict[str, tuple[tuple[Any, ...], dict[str, Any], dict[str, str]]] = {
    "nothing": ((), {"api": "r/api@sha256:1"}, {"stage": "one", "owner": "us"}),
    "image": (
        (Change(("containers", "api", "image"), "r/api@sha256:1", "r/api@sha256:2"),),
        {"api": "r/api@sha256:2"},
        {"stage": "one", "owner": "us"},
    ),
    "something else": (
        (Change(("containers", "api", "environment", "LOG"), None, "x"), Change(("ports",), None, ["1/tcp"])),
        {"api": "r/api@sha256:1"},
        {"stage": "one", "owner": "us"},
    ),
    "one container more and one less": (
        (
            Change(("containers", "side"), None, {"image": "r/side:1", "cpu": 1}),
            Change(("containers", "api"), {"image": "r/api@sha256:1"}, None),
        ),
        {"side": "r/side:1"},
        {"stage": "one", "owner": "us"},
    ),
    "tags": (
        (
            Change(("tags", "stage"), "one", "two"),
            Change(("tags", "owner"), "us", None),
            Change(("tags", "a"), None, "b"),
        ),
        {"api": "r/api@sha256:1"},
        {"stage": "two", "a": "b"},
    ),
}


@pytest.mark.parametrize(("changes", "images", "tags"), CASES.values(), ids=CASES.keys())
def test_a_change_is_shown_as_it_would_be(
    changes: tuple[Change, ...], images: dict[str, str], tags: dict[str, str]
) -> None:
    found = preview(GROUP, changes)
    assert {one["name"]: one["image"] for one in found["containers"]} == images
    assert found["tags"] == tags


def test_a_new_group_is_what_it_is_created_with() -> None:
    created = (Change(("containers",), None, {"api": {"image": "r/api:1"}}), Change(("tags",), None, {"stage": "one"}))
    found = preview({"name": "api", "ip_address": None}, created)
    assert found == {
        "name": "api",
        "ip_address": None,
        "containers": [{"name": "api", "image": "r/api:1"}],
        "tags": {"stage": "one"},
    }


def test_what_there_is_stays_as_it_was() -> None:
    preview(GROUP, CASES["image"][0])
    assert GROUP["containers"][0]["image"] == "r/api@sha256:1"  # type: ignore[index]
