"""Plans, their diffs and their impact."""

from __future__ import annotations

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Action, Change, Impact, Plan


def test_a_plan_is_as_bad_as_its_worst_change() -> None:
    plan = _plan.update(
        [Change(("a",), 1, 2), Change(("b",), 1, 2, Impact.RECREATE), Change(("c",), 1, 2, Impact.RESTART)]
    )
    assert plan.impact is Impact.RECREATE
    assert str(plan.impact) == "recreate"
    assert [change.name for change in plan.of_impact(Impact.RESTART)] == ["c"]


def test_nothing_to_change_is_nothing_to_do() -> None:
    assert _plan.update([]) == _plan.NOTHING
    assert not _plan.NOTHING.changed
    assert _plan.NOTHING.diff() == {"before": {}, "after": {}}


def test_the_diff_holds_only_what_differs() -> None:
    plan = Plan(
        Action.UPDATE,
        (
            Change(("containers", "api", "image"), "old", "new"),
            Change(("containers", "api", "environment", "A"), None, "1"),
            Change(("tags",), {"a": "b"}, None),
        ),
    )
    assert plan.diff() == {
        "before": {"containers": {"api": {"image": "old"}}, "tags": {"a": "b"}},
        "after": {"containers": {"api": {"image": "new", "environment": {"A": "1"}}}},
    }


def test_what_is_not_named_is_no_difference() -> None:
    assert _plan.compare({"sku": None, "admin": False}, {"sku": "Basic", "admin": False}) == []
    assert _plan.compare({"admin": True}, {"admin": False}) == [Change(("admin",), False, True)]


def test_deleting_loses_data_unless_said_otherwise() -> None:
    assert _plan.delete({"name": "x"}).impact is Impact.DATA_LOSS
    assert _plan.delete({"name": "x"}, Impact.NONE).impact is Impact.NONE


def test_tags_are_merged_or_replaced() -> None:
    present = {"a": "1", "b": "2"}
    assert _plan.compare_tags(None, present, append=False) is None
    assert _plan.compare_tags({"a": "1"}, present, append=True) is None
    assert _plan.compare_tags({"a": "3"}, present, append=True) == {"a": "3", "b": "2"}
    assert _plan.compare_tags({"a": "1"}, present, append=False) == {"a": "1"}
    assert _plan.compare_tags({}, present, append=False) == {}
