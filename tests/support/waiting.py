"""Waiting for a condition, with an end."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 180
"""How long a test waits for what takes a moment: nobody waits longer than that takes, and the machine may be busy."""


def until(condition: Callable[[], object], what: str = "the condition", seconds: float = PATIENCE_SECONDS) -> None:
    """Return as soon as a condition holds; fail the test when it does not within a time.

    :param what: what is waited for, for the failure.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)
