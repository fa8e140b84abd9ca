"""What all resources have in common, and what becomes of a write whose answer is lost."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import DONE, Answer, Body
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan, _resource
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Impact, Plan

BUSY = OperationsError("busy", code="ServerIsBusy", status=409)
LOST = OperationsError("lost", code="ConnectionLost")
CONFLICT = OperationsError("conflict", code="Conflict", status=409)


class Thing(_resource.Resource):
    """A resource that needs no more than the least."""

    kind = "resource_group"
    provider = "Microsoft.Things"
    seconds = 7
    loses = "its parts"
    what = "thing one"

    def read(self) -> Body | None:
        """Find none."""
        return None

    def _plan_create(self) -> Plan:
        return _plan.create({"name": self._name})

    def _plan_update(self, actual: Body) -> Plan:
        return _plan.NOTHING

    def apply(self, plan: Plan, actual: Body | None) -> Answer:
        """Write nothing."""
        return DONE


def context(**params: Any) -> Context:
    """Return a task."""
    given = {"name": "one", "state": "present", "timeout": 60, **params}
    return Context(given, False, RunCache(None), lambda _text: None)


def test_what_is_planned_follows_from_state_and_from_what_is_there() -> None:
    there: Body = {"id": "/things/one", "name": "one", "properties": {}}
    thing, gone = Thing(context()), Thing(context(state="absent", force=True))
    assert thing.plan(None).diff()["after"] == {"name": "one"}
    assert thing.plan(there) is _plan.NOTHING
    assert gone.plan(None) is _plan.NOTHING
    plan = gone.plan(there)
    assert (plan.diff()["before"], plan.impact) == ({"name": "one", "id": "/things/one"}, Impact.DATA_LOSS)
    assert thing.typical(plan) == 7
    assert thing.represent(None, thing.plan(None)) is None
    assert (thing.represent(there, plan) or {})["id"] == "/things/one"


def test_what_would_be_lost_needs_force() -> None:
    with pytest.raises(OperationsError, match="thing one would be deleted with its parts") as caught:
        Thing(context(state="absent", force=False)).plan({"id": "/things/one"})
    assert caught.value.code == "ForceRequired"


@pytest.mark.parametrize(
    ("answers", "done", "always", "asked", "result"),
    [
        (["ok"], [], False, 0, "ok"),
        ([BUSY, BUSY, "ok"], [], False, 0, "ok"),  # refused for sure: there is nothing to ask for
        ([BUSY, "ok"], [False], True, 1, "ok"),
        ([BUSY], [True], True, 1, None),
        ([LOST], [True], False, 1, None),
        ([LOST, "ok"], [False], False, 1, "ok"),
        ([LOST, BUSY, CONFLICT], [False, False, True], False, 3, None),  # a conflict with what we have sent ourselves
        ([CONFLICT], [], False, 0, CONFLICT),
        ([LOST, LOST, LOST], [False, False], False, 2, LOST),
    ],
)
def test_what_is_sent_again(
    answers: list[Any], done: list[bool], always: bool, asked: int, result: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_resource, "BUSY_SECONDS", 0.0)
    monkeypatch.setattr(_resource, "LOST_SECONDS", (0.0, 0.0))
    left, shown = iter(answers), iter(done)
    questions = 0

    def act() -> Any:
        answer = next(left)
        if isinstance(answer, OperationsError):
            raise answer
        return answer

    def is_done() -> bool:
        nonlocal questions
        questions += 1
        return next(shown)

    def patiently() -> Any:
        return _resource.patiently(context(), "thing", time.monotonic() + 60, act, is_done, look_always=always)

    if isinstance(result, OperationsError):
        with pytest.raises(OperationsError) as caught:
            patiently()
        assert caught.value is result
    else:
        assert patiently() == result
    assert questions == asked
    assert next(left, None) is None
