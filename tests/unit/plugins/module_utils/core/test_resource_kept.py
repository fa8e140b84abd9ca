"""From what was read to what is written: what a run has kept decides no write and refuses nothing."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Answer
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan, _resource
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Change, Impact, Plan

Body = dict[str, Any]


class Session:
    """Knows what was read a moment ago, and what Azure has meanwhile."""

    def __init__(self, kept: Body | None, fresh: Body | None, *, has_kept: bool = True) -> None:
        self.kept_body, self.fresh_body, self.has_kept = kept, fresh, has_kept
        self.reads = SimpleNamespace(used=False)
        self.asked: list[str] = []
        self._open = False

    @contextmanager
    def kept(self) -> Any:
        self._open, self.reads.used = True, False
        yield self.reads
        self._open = False

    def read(self) -> Body | None:
        if self._open and self.has_kept and not self.reads.used:
            self.reads.used = True
            self.asked.append("kept")
            return self.kept_body
        self.asked.append("azure")
        return self.fresh_body


class Thing:
    """A resource with one value."""

    kind, provider, what = "resource_group", "Microsoft.Resources", "thing one"

    def __init__(self, session: Session, wanted: str, refused: str = "nothing") -> None:
        self.session, self.wanted, self.refused = session, wanted, refused
        self.written: list[Body | None] = []

    def read(self) -> Body | None:
        return self.session.read()

    def plan(self, actual: Body | None) -> Plan:
        value = (actual or {}).get("value")
        if value == self.refused:
            raise OperationsError("refused", code="Refused")
        if value == self.wanted:
            return _plan.update([])
        impact = Impact.NONE if value == "harmless" else Impact.RESTART
        return _plan.update([Change(("value",), value, self.wanted, impact)])

    def apply(self, plan: Plan, actual: Body | None) -> Answer:
        self.written.append(actual)
        self.session.fresh_body = {"value": self.wanted}
        return Answer(200, {}, {}, "", "PUT")

    def settle(self, plan: Plan, deadline: float) -> None:
        """Done at once."""

    def pending(self, actual: Body) -> str:
        return ""

    def typical(self, plan: Plan) -> int:
        return 1

    def represent(self, actual: Body | None, plan: Plan) -> Body | None:
        return actual


def converge(thing: Thing, *, check_mode: bool = False, limit: Impact = Impact.DATA_LOSS) -> Body:
    ctx: Any = SimpleNamespace(
        session=thing.session,
        check_mode=check_mode,
        wait=True,
        timeout=60.0,
        report=lambda _text: None,
        max_impact=limit,
        params={"name": "one"},
    )
    wanted: Any = thing
    return _resource.converge(ctx, wanted)


def test_what_was_kept_is_enough_where_nothing_is_to_be_done() -> None:
    thing = Thing(Session({"value": "a"}, {"value": "a"}), "a")
    assert not converge(thing)["changed"]
    assert thing.session.asked == ["kept"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_change_made_meanwhile_by_others_needs_no_write(check_mode: bool) -> None:
    thing = Thing(Session({"value": "old"}, {"value": "a"}), "a")
    assert not converge(thing, check_mode=check_mode)["changed"]
    assert thing.session.asked == ["kept", "azure"]
    assert thing.written == []


def test_a_write_is_planned_from_what_azure_has() -> None:
    thing = Thing(Session({"value": "old"}, {"value": "other", "more": 1}), "a")
    result = converge(thing)
    assert thing.written == [{"value": "other", "more": 1}]
    assert result["diff"]["before"] != result["diff"]["after"]
    assert "other" in str(result["diff"]["before"])


def test_what_is_gone_meanwhile_is_seen() -> None:
    thing = Thing(Session({"value": "old"}, None), "a")
    converge(thing)
    assert thing.written == [None]


@pytest.mark.parametrize("check_mode", [True, False])
def test_nothing_is_refused_by_what_was_kept(check_mode: bool) -> None:
    thing = Thing(Session({"value": "bad"}, {"value": "a"}), "a", refused="bad")
    assert not converge(thing, check_mode=check_mode)["changed"]


def test_a_refusal_by_what_azure_has_stays_one() -> None:
    thing = Thing(Session({"value": "bad"}, {"value": "bad"}), "a", refused="bad")
    with pytest.raises(OperationsError, match="refused"):
        converge(thing)
    assert thing.session.asked == ["kept", "azure"]


def test_what_this_task_has_read_itself_is_not_read_again() -> None:
    thing = Thing(Session(None, {"value": "old"}, has_kept=False), "a")
    converge(thing)
    assert thing.session.asked == ["azure", "azure"]  # before the write, and to confirm it


@pytest.mark.parametrize("limit", Impact)
@pytest.mark.parametrize("found", ["harmless", "old"])
def test_what_changed_since_the_limit_was_looked_at_counts(limit: Impact, found: str) -> None:
    thing = Thing(Session({"value": "harmless"}, {"value": found}), "a")
    if found == "old" and limit < Impact.RESTART:
        with pytest.raises(OperationsError, match=r"of one would be restart, and stack_max_impact is none"):
            converge(thing, limit=limit)
        assert thing.written == []
    else:
        assert converge(thing, limit=limit)["changed"]
        assert thing.written == [{"value": found}]
