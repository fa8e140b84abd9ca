"""What a page has to hold."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._http._check import _holds


@pytest.mark.parametrize(
    ("found", "wanted", "held"),
    [
        ("healthy", "healthy", True),
        ("healthy", "unhealthy", False),
        ({"status": "healthy", "latency_ms": 1.2}, {"status": "healthy"}, True),
        ({"status": "unhealthy"}, {"status": "healthy"}, False),
        ({"latency_ms": 1.2}, {"status": "healthy"}, False),
        ({"status": {"now": "healthy", "before": "unknown"}}, {"status": {"now": "healthy"}}, True),
        ("healthy", {"status": "healthy"}, False),
        (None, None, True),
        ([1, 2], [1], False),
    ],
)
def test_holds(found: Any, wanted: Any, held: bool) -> None:
    assert _holds(found, wanted) is held
