"""Whether something has to be undone, by what is known after a failure."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import _rollback
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError


def body(image: str, tag: str = "v1.a") -> dict[str, Any]:
    """Return a group as Azure has it."""
    view = {"currentState": {"state": "Running"}, "restartCount": 0}
    container = {"image": image, "resources": {"requests": {"cpu": 1, "memoryInGB": 1}}, "instanceView": view}
    return {"tags": {"codex-secrets": tag}, "properties": {"containers": [{"name": "api", "properties": container}]}}


class Group:
    """A group on which a task has failed.

    :param now: what Azure says of it afterwards, or the error it gives.
    """

    planned = True
    what = "container group api"
    past: frozenset[tuple[str, ...]] = frozenset()

    def __init__(self, before: Any, now: Any, wrote: bool) -> None:
        self.before, self._now, self.wrote = before, now, wrote
        self.restored: list[Any] = []

    def read(self) -> Any:
        """Return the group, or fail."""
        if isinstance(self._now, OperationsError):
            raise self._now
        return self._now

    def logs(self, container: str) -> list[str]:
        """Return no lines."""
        assert container == "api"
        return []

    def put_back(self, wanted: Any, deadline: float) -> None:
        """Remember what would be written."""
        assert deadline > 0
        self.restored.append(wanted)


GONE = OperationsError("no answer", code="EndpointUnreachable")
UNKNOWN = "Whether anything was changed is not known"


@pytest.mark.parametrize(
    ("now", "wrote", "done", "undone"),
    [
        (body("one"), False, "Nothing was changed.", False),
        (body("two"), False, "Put back one", True),  # the write arrived, its answer did not
        (body("one", "v1.b"), False, "Image and environment are as before", False),  # the same, with secrets only
        (body("two"), True, "Put back one", True),
        (None, True, "Put back one", True),
        (GONE, True, "Put back one", True),
        (GONE, False, UNKNOWN, False),
    ],
)
def test_what_is_done_follows_from_what_is_there(now: Any, wrote: bool, done: str, undone: bool) -> None:
    params = {
        "name": "api",
        "state": "present",
        "rollback": True,
        "remove_failed": False,
        "timeout": 5,
        "gates": [],
        "secrets_key": None,
        "containers": None,
        "registry_credentials": None,
        "volumes": None,
        "log_analytics": None,
    }
    group: Any = Group(body("one"), now, wrote)
    ctx = Context(params, False, RunCache(None), lambda _text: None)
    error = _rollback.explain(ctx, group, OperationsError("it failed", code="Whatever"))
    assert error.details["done"].startswith(done)
    assert error.details["answered"] == "it failed (Whatever)"
    assert bool(group.restored) is undone


@pytest.mark.parametrize(("now", "state"), [(body("one"), "Running"), (body("two"), "Running"), (GONE, None)])
def test_a_check_tells_the_state_and_undoes_nothing(now: Any, state: str | None) -> None:
    group: Any = Group(body("one"), now, False)
    ctx = Context({"rollback": True, "state": "present"}, True, RunCache(None), lambda _text: None)
    error = _rollback.explain(ctx, group, OperationsError("no"))
    assert error.details["done"] == "Nothing was changed."
    assert error.details["wrote"] is False
    assert error.details.get("state") == state
    assert not group.restored


def test_nothing_is_looked_at_before_anything_is_known() -> None:
    group: Any = Group(None, GONE, False)
    group.planned = False
    ctx = Context({"rollback": True, "state": "present"}, False, RunCache(None), lambda _text: None)
    assert _rollback.explain(ctx, group, OperationsError("no")).details["done"] == "Nothing was changed."
