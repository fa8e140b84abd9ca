"""Origins of a site among those that the inventory allows."""

from __future__ import annotations

import types
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _origins
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError

SITE = ["https://happy-sea.5.azurestaticapps.net", "https://www.codex.example"]


@pytest.mark.parametrize(
    ("present", "merged"),
    [
        ("", ",".join(SITE)),
        ("https://codex.example", f"https://codex.example,{SITE[0]},{SITE[1]}"),
        (" https://codex.example , ", f"https://codex.example,{SITE[0]},{SITE[1]}"),
        (",".join(SITE), ",".join(SITE)),
        ("https://www.codex.example/, https://HAPPY-SEA.5.azurestaticapps.net", None),
        ("https://www.codex.example.evil", f"https://www.codex.example.evil,{SITE[0]},{SITE[1]}"),
        ("*", "*"),
        ("https://a, *", "https://a, *"),
    ],
)
def test_only_what_is_missing_is_added(present: str, merged: str | None) -> None:
    assert _origins.merged(present, SITE) == (present if merged is None else merged)


def test_the_origins_of_a_site_are_those_of_its_names() -> None:
    properties = {"defaultHostname": "happy-sea.5.azurestaticapps.net", "customDomains": ["www.codex.example"]}
    assert _origins.of_site({"properties": properties}) == SITE
    assert _origins.of_site({"properties": {"defaultHostname": None}}) == []


class _Session:
    """Answers as Azure would where there is no site, or this one."""

    cloud = types.SimpleNamespace(resource_manager="https://management.example/")

    def __init__(self, site: dict[str, Any] | None) -> None:
        self._site = site
        self.asked: list[str] = []

    def resource_id(self, group: str, provider: str, kind: str, name: str) -> str:
        return f"/subscriptions/s/resourceGroups/{group}/providers/{provider}/{kind}/{name}"

    def get(self, url: str, _doing: str) -> Any:
        self.asked.append(url)
        if self._site is None:
            raise OperationsError("There is none", code="ResourceNotFound", status=404)
        return types.SimpleNamespace(body=self._site)


def given(site: dict[str, Any] | None, *, check_mode: bool = False, **params: Any) -> tuple[Any, list[str]]:
    """Return the allowed origins of a deployment, and what was asked for."""
    session = _Session(site)
    options = {
        "resource_group": "rg",
        "allowed_site": "codex",
        "allowed_site_resource_group": None,
        "allowed_site_is_planned": False,
        "environment": {"PORT": "8001"},
        "secret_environment": {},
        **params,
    }
    ctx = types.SimpleNamespace(params=options, session=session, check_mode=check_mode)
    found = _origins.with_site(ctx)["environment"]  # type: ignore[arg-type]
    return (found or {}).get("ALLOWED_ORIGINS"), session.asked


def test_a_deployment_allows_the_site_of_its_stack() -> None:
    site = {"properties": {"defaultHostname": "happy-sea.net"}}
    origins, asked = given(site, environment={"ALLOWED_ORIGINS": "https://a"})
    assert origins == "https://a,https://happy-sea.net"
    assert asked == [
        "https://management.example/subscriptions/s/resourceGroups/rg/providers/Microsoft.Web/staticSites/codex"
        "?api-version=2025-05-01"
    ]
    assert given(site)[0] == "https://happy-sea.net"


@pytest.mark.parametrize(
    "params", [{"allowed_site": None}, {"environment": None}, {"secret_environment": {"ALLOWED_ORIGINS": "secret"}}]
)
def test_nobody_is_asked_where_nothing_is_to_be_added(params: dict[str, Any]) -> None:
    assert given(None, **params) == (None, [])


@pytest.mark.parametrize(
    ("check_mode", "planned", "expected"),
    [(False, False, None), (False, True, None), (True, False, None), (True, True, "https://not known before")],
)
def test_a_check_counts_with_a_site_that_the_run_creates(check_mode: bool, planned: bool, expected: str | None) -> None:
    assert given(None, check_mode=check_mode, allowed_site_is_planned=planned)[0] == expected
