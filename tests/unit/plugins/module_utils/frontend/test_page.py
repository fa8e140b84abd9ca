"""What a page loads, what browsers block of it, and what it says of itself."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _page
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._page import Marker

MARKER = Marker("codex-20261127T210000Z", "0" * 64, "f" * 64, ("https://api.example",))


@pytest.mark.parametrize(
    ("page", "parts"),
    [
        ('<script src="/a.js"></script>', ["/a.js"]),
        ('<link rel="stylesheet" href="/a.css"><link rel="canonical" href="http://x/">', ["/a.css"]),
        ('<LINK REL="preload stylesheet" HREF="b.css">', ["b.css"]),
        ('<img src=http://x/a.png><a href="http://x/">there</a>', ["http://x/a.png"]),
        ('<iframe src="//x/y"></iframe><script>var a = "<img src=z>"</script>', ["//x/y"]),
        ("<script></script><img>", []),
        ("no page \xff at all <", []),
    ],
)
def test_what_a_page_loads(page: str, parts: list[str]) -> None:
    assert _page.parse(page.encode("latin-1")).parts == parts


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("http://codex-api.eastus.azurecontainer.io:8001", True),
        ("HTTP://127.77.0.1:8001/v1", True),
        ("ws://api.example", True),
        (" http://api.example", True),
        ("http://localhost:8001", False),
        ("https://api.example", False),
        ("wss://api.example", False),
        ("/api", False),
        ("httpx", False),
    ],
)
def test_what_a_browser_blocks(address: str, plain: bool) -> None:
    assert _page.mixed_content(b"", [address]) == ([address] if plain else [])
    assert _page.mixed_content(f'<img src="{address}">'.encode(), []) == ([address] if plain else [])


def test_a_marker_comes_back_as_it_was_written() -> None:
    assert _page._marker(MARKER.to_bytes()) == MARKER


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html>",
        b"[]",
        b"{}",
        b"null",
        MARKER._replace(sources="short").to_bytes(),
        MARKER.to_bytes().replace(b"f" * 64, b"F" * 64),
    ],
)
def test_what_is_no_marker_is_none(body: bytes) -> None:
    assert _page._marker(body) is None
