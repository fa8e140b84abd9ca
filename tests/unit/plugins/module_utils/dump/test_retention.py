"""Which backups stay: tables, and what holds for any list of backups."""

from __future__ import annotations

import datetime
import random

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._retention import SPEC, Backup, Rules, decide

NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)  # a Monday


def at(text: str, good: bool = True) -> Backup:
    """Return a backup by day and hour, such as `11-22T03`."""
    return Backup(text, datetime.datetime.fromisoformat(f"2026-{text}:00:00+00:00"), good)


def hours_ago(hours: float, good: bool = True) -> Backup:
    """Return a backup that is so old."""
    return Backup(f"h{hours:g}", NOW - datetime.timedelta(hours=hours), good)


NIGHTS = [at(f"11-{day:02}T03") for day in range(1, 24)]
OCTOBER = [at(f"10-{day:02}T03") for day in (5, 20, 31)]
BY_RULE = [
    pytest.param(Rules(keep_last=2), NIGHTS, {"11-23T03", "11-22T03"}, id="last"),
    pytest.param(Rules(keep_last=99), NIGHTS[:3], {one.name for one in NIGHTS[:3]}, id="fewer-than-rule"),
    pytest.param(
        Rules(keep_daily=2), [at("11-23T01"), at("11-23T09"), at("11-21T23")], {"11-23T09", "11-21T23"}, id="daily"
    ),
    # Sundays end the weeks; 11-23 is the Monday of the running one.
    pytest.param(Rules(keep_weekly=3), NIGHTS, {"11-23T03", "11-22T03", "11-15T03"}, id="weekly"),
    pytest.param(Rules(keep_monthly=2), NIGHTS + OCTOBER, {"11-23T03", "10-31T03"}, id="monthly"),
    pytest.param(
        Rules(keep_last=1, keep_weekly=2, keep_monthly=2),
        NIGHTS + OCTOBER,
        {"11-23T03", "11-22T03", "10-31T03"},
        id="together",
    ),
    pytest.param(Rules(max_age_days=3), NIGHTS, {"11-23T03", "11-22T03", "11-21T03"}, id="age"),
    pytest.param(Rules(keep_last=9, max_age_days=3), NIGHTS, {"11-23T03", "11-22T03", "11-21T03"}, id="age-wins"),
    pytest.param(Rules(max_age_days=3), OCTOBER, {"10-31T03"}, id="never-the-last-good"),
    pytest.param(
        Rules(keep_last=1),
        [at("11-20T03"), at("11-21T03", good=False), at("11-19T03", good=False)],
        {"11-20T03", "11-21T03"},
        id="broken-do-not-count",
    ),
    pytest.param(
        Rules(keep_last=1, max_age_days=1),
        [at("11-01T03", good=False), at("11-02T03", good=False)],
        {"11-01T03", "11-02T03"},
        id="no-good-one",
    ),
    pytest.param(Rules(keep_last=0, keep_daily=1), NIGHTS, {"11-23T03"}, id="zero-is-no-rule"),
    pytest.param(Rules(keep_last=3), [], set(), id="empty"),
]


@pytest.mark.parametrize(("rules", "backups", "stay"), BY_RULE)
def test_what_stays(rules: Rules, backups: list[Backup], stay: set[str]) -> None:
    decision = decide(backups, rules, NOW)
    assert set(decision.keep) == stay
    assert set(decision.remove) == {one.name for one in backups} - stay
    assert all(decision.keep.values()), "each with its reason"


def test_reasons_and_order() -> None:
    decision = decide(NIGHTS[-3:], Rules(keep_last=1, keep_weekly=2), NOW)
    assert list(decision.keep.items()) == [
        ("11-23T03", "newest good, last 1, weekly 2026-W48"),
        ("11-22T03", "weekly 2026-W47"),
    ]
    assert decide(NIGHTS[-3:], Rules(keep_last=1), NOW).remove == ["11-21T03", "11-22T03"]


def test_weeks_at_the_turn_of_the_year() -> None:
    new_year = [
        Backup(day, datetime.datetime.fromisoformat(f"{day}T03:00:00+00:00"), True)
        for day in ("2025-12-28", "2025-12-29", "2025-12-31", "2026-01-01", "2026-01-04")
    ]
    assert list(decide(new_year, Rules(keep_weekly=2), NOW).keep) == ["2026-01-04", "2025-12-28"]


def test_any_list() -> None:
    chosen = random.Random(4)
    names = ("keep_last", "keep_daily", "keep_weekly", "keep_monthly", "max_age_days")
    for _ in range(400):
        hours = chosen.sample(range(24 * 400), chosen.randrange(40))
        backups = [hours_ago(age, good=chosen.random() < 0.8) for age in hours]
        rules = Rules(**{name: chosen.choice([None, 0, 1, 3, 10]) for name in names[:4]}, max_age_days=30)
        decision = decide(backups, rules, NOW)
        assert sorted([*decision.keep, *decision.remove]) == sorted(one.name for one in backups)
        good = sorted((one for one in backups if one.good), key=lambda one: one.moment)
        assert not good or good[-1].name in decision.keep
        assert good or not decision.remove
        assert all(one.name in decision.keep for one in good[-(rules.keep_last or 1) :] if NOW - one.moment < _DAYS_30)
        # What is removed is the same when it is done in two steps, and the next run has nothing left to remove.
        left = [one for one in backups if one.name in decision.keep]
        assert not decide(left, rules, NOW).remove
        chosen.shuffle(backups)
        assert decide(backups, rules, NOW) == decision


_DAYS_30 = datetime.timedelta(days=30)


def test_nightly_for_years_keeps_what_the_rules_say() -> None:
    rules = Rules(keep_last=2, keep_daily=7, keep_weekly=4, keep_monthly=6)
    there: list[Backup] = []
    for day in range(365):
        moment = datetime.datetime(2026, 1, 1, 3, tzinfo=datetime.UTC) + datetime.timedelta(days=day)
        there.append(Backup(f"{moment:%Y%m%d}", moment, True))
        keep = decide(there, rules, moment).keep
        there = [one for one in there if one.name in keep]
    assert 7 + 3 + 4 <= len(there) <= 7 + 4 + 6
    assert len({f"{one.moment:%Y-%m}" for one in there}) == 6
    assert len({f"{one.moment:%G-%V}" for one in there[-10:]}) >= 4


@pytest.mark.parametrize(
    ("backups", "said"),
    [
        pytest.param([hours_ago(1), hours_ago(1)], "h1 is there twice", id="twice"),
        pytest.param([hours_ago(5), hours_ago(-1)], "h-1 is newer than the clock of this host", id="future"),
    ],
)
def test_doubtful(backups: list[Backup], said: str) -> None:
    with pytest.raises(OperationsError, match=said) as refused:
        decide(backups, Rules(keep_last=1), NOW)
    assert refused.value.code == "ListingDoubtful"


def test_a_little_skew_is_no_doubt() -> None:
    assert decide([hours_ago(-0.05)], Rules(keep_last=1), NOW).keep


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"keep_last": 0},
        {"keep_last": 0, "keep_daily": 0, "keep_weekly": 0, "keep_monthly": 0},
        {"keep_last": -1},
        {"keep_last": 3, "max_age_days": 0},
        {"max_age_days": -3},
    ],
    ids=str,
)
def test_rules_that_keep_nothing_are_refused(options: dict[str, int]) -> None:
    assert SPEC.problems(SPEC.validate(options))
    with pytest.raises(ValueError, match=r"keep|max_age"):
        decide([hours_ago(1)], Rules(**options), NOW)


@pytest.mark.parametrize("rule", [{name: 1} for name in SPEC.options], ids=str)
def test_each_rule_alone_is_fine(rule: dict[str, int]) -> None:
    checked = SPEC.validate(rule)
    assert not SPEC.problems(checked)
    assert Rules.of(checked.validated_parameters) == Rules(**rule)


def test_time_zones_do_not_matter() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=9))
    pairs = [(one.name, one.moment.astimezone(zone), one.good) for one in NIGHTS]
    rules = Rules(keep_daily=3, keep_weekly=2)
    assert decide(pairs, rules, NOW) == decide(NIGHTS, rules, NOW)
