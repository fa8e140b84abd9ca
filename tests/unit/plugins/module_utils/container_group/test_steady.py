"""What does not answer because it crashes is not a matter of its pages."""

from __future__ import annotations

import types
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import _gates, _group, _health
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError


def group(*start: str) -> dict[str, Any]:
    """A group whose container runs since then, or waits to be started again."""
    state = {"state": "Running", "startTime": start[0]} if start else {"state": "Waiting"}
    view = {"currentState": state, "restartCount": 4}
    return {"properties": {"containers": [{"name": "api", "properties": {"instanceView": view}}]}}


CASES = [
    ("steady", [group("1")], group("1"), "CheckFailed"),
    ("waits", [group()], group("1"), "ContainerNotRunning"),
    ("started again", [group("2")], group("1"), "ContainerNotRunning"),
    ("gone", [None], group("1"), "CheckFailed"),
    ("came up late", [group("3"), group("3")], group(), "CheckFailed"),
]


@pytest.mark.parametrize(("reads", "before", "code"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_page_that_does_not_answer_is_not_the_cause_of_a_crash(
    reads: list[Any], before: dict[str, Any], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        raise OperationsError("no answer", code="CheckFailed")

    monkeypatch.setattr(_gates, "ask", refused)
    monkeypatch.setattr(_health, "await_running", lambda *_: None)
    fake: Any = object.__new__(_group.ContainerGroup)
    left = iter(reads)
    monkeypatch.setattr(_group.ContainerGroup, "read", lambda _: next(left))
    monkeypatch.setattr(_group.ContainerGroup, "logs", lambda *_: ["last words"])
    fake.before, fake.what, fake.past = before, "group", frozenset()
    fake._params = {"stable_seconds": 2, "gates": [{"timeout": 1}]}
    fake._ctx = types.SimpleNamespace(timeout=1, report=lambda _: None)
    with pytest.raises(OperationsError) as caught:
        fake.prove()
    assert caught.value.code == code
