"""Origins of a site among those that the inventory allows."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _origins

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
