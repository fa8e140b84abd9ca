"""How long a role may take to show."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._identity._role_assignment import settling_seconds

NOW = datetime.datetime(2026, 11, 22, 20, 0, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("changed", "assignment", "seconds"),
    [
        (True, {"created_on": "2026-11-22T20:00:00.1234567Z"}, 300),
        (True, {}, 0),
        (True, None, 0),  # removed, or check mode
        (False, None, 0),
        (False, {"created_on": "2026-11-22T19:59:00.1234567Z"}, 240),
        (False, {"created_on": "2026-11-22T20:00:00Z"}, 300),
        (False, {"created_on": "2026-11-22T19:55:01Z"}, 1),
        (False, {"created_on": "2026-11-22T19:55:00Z"}, 0),
        (False, {"created_on": "2015-02-02T21:55:09.8806423Z"}, 0),
        (False, {"created_on": "2026-11-22T21:00:00Z"}, 0),  # another clock than ours
        (False, {"created_on": "soon"}, 0),
        (False, {"created_on": None}, 0),
        (False, {}, 0),
    ],
)
def test_settling(changed: bool, assignment: dict[str, Any] | None, seconds: int) -> None:
    assert settling_seconds({"changed": changed, "role_assignment": assignment}, NOW) == seconds
