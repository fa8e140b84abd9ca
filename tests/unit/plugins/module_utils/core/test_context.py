"""What every task has: here, what a rehearsal may take for granted."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError


def context(assume_empty: bool, check_mode: bool) -> Context:
    """Return the context of a task."""
    return Context({"assume_empty": assume_empty}, check_mode, RunCache(None), lambda _message: None)


@pytest.mark.parametrize(("assume_empty", "check_mode"), [(True, True), (False, True), (False, False)])
def test_a_rehearsal_may_assume_something(assume_empty: bool, check_mode: bool) -> None:
    assert context(assume_empty, check_mode).assumes_empty() == assume_empty


def test_a_real_run_assumes_nothing() -> None:
    with pytest.raises(OperationsError) as caught:
        context(assume_empty=True, check_mode=False).assumes_empty()
    assert caught.value.code == "CheckModeOnly"
