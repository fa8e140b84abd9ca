"""Why a run fails, in one line that may be written down."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._stack import _reason

REMEDY = "Set force to true to delete it."
REFUSED = {"failed": True, "msg": f"The group holds the force (NotEmpty). {REMEDY}", "failure": {"remedy": REMEDY}}
SAID = "The group holds the force (NotEmpty). Set stack_remove_everything to true to delete it."


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ({"failed": True, "msg": " first\nline\n\nthird "}, "first line third"),
        ({"failed": True}, _reason.NOT_GIVEN),
        ({"failed": True, "msg": ""}, _reason.NOT_GIVEN),
        ({"failed": True, "msg": "One failed", "results": [{"failed": False}, {"failed": True}]}, ""),
        ({"failed": True, "msg": "What is it", "_ansible_no_log": True}, _reason.HIDDEN),
        ({"failed": True, "msg": "none", "failure": None}, "none"),
        (REFUSED, SAID),
        ({"failed": True, "msg": "One failed", "results": [{"failed": False, "msg": "fine"}, REFUSED]}, SAID),
        ({"failed": True, "msg": "None failed", "results": [{"failed": False, "msg": "fine"}]}, "None failed"),
        ({"failed": True, "msg": "x" * 305}, "x" * 305),
        ({"failed": True, "msg": "x" * 306}, "x" * 299 + "…"),
    ],
)
def test_the_reason_is_one_line(result: dict[str, Any], reason: str) -> None:
    assert _reason.of(result, "codexdominion.azure.resource_group") == reason


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://codex:hidden@db.example/codex", "postgresql://(secret)@db.example/codex"),
        ("AccountKey=hidden;EndpointSuffix=x", "AccountKey=(secret);EndpointSuffix=x"),
        ("PASSWORD=hidden and sig=hidden&se=1", "PASSWORD=(secret) and sig=(secret)&se=1"),
        ("https://db.example:5432/a@b", "https://db.example:5432/a@b"),
        ("a monkey = b", "a monkey = b"),
    ],
)
def test_what_looks_like_a_secret_is_left_out(text: str, shown: str) -> None:
    assert _reason.without_secrets(text) == shown
