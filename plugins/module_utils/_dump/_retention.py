# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which backups stay and which may go, by count, by age, and by day, week and month. Pure; private to this collection.

Only good backups count for a rule, so that broken ones never push a good one out. Days, weeks (ISO 8601) and months are
those of UTC, and of each the newest backup is the one that stays.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params

SKEW = datetime.timedelta(minutes=5)
"""By how much a backup may be newer than our clock: clocks of two hosts differ by less where both are set."""

_PERIODS: tuple[tuple[str, str, str], ...] = (
    ("keep_daily", "%Y-%m-%d", "daily"),
    ("keep_weekly", "%G-W%V", "weekly"),
    ("keep_monthly", "%Y-%m", "monthly"),
)
_COUNTS = ("keep_last", *(option for option, _form, _word in _PERIODS))


class Backup(t.NamedTuple):
    """A backup as a rule sees it.

    :param moment: when its state was taken, with a time zone.
    :param good: whether it is known to be whole.
    """

    name: str
    moment: datetime.datetime
    good: bool


@dataclasses.dataclass(frozen=True)
class Rules:
    """What is to stay; None and 0 mean that there is no such rule.

    A backup stays if one of the C(keep_…) rules names it, or if there are none. It goes once it is older than
    C(max_age_days), whatever the other rules say. The newest good backup always stays.

    :param keep_last: how many of the newest.
    :param keep_daily: of how many days that have backups; C(keep_weekly) and C(keep_monthly) likewise.
    :param max_age_days: the age that none may exceed, in days.
    """

    keep_last: int | None = None
    keep_daily: int | None = None
    keep_weekly: int | None = None
    keep_monthly: int | None = None
    max_age_days: int | None = None

    @classmethod
    def of(cls, params: Params) -> Rules:
        """Return the rules that a module's options set."""
        return cls(**{field.name: params[field.name] for field in dataclasses.fields(cls)})

    def problems(self) -> t.Iterator[str]:
        """Yield what is wrong with them."""
        values = dataclasses.asdict(self)
        yield from (f"{option}: {value} is negative" for option, value in values.items() if value and value < 0)
        if self.max_age_days == 0:
            yield "max_age_days: 0 is less than 1"
        if not any(values.values()):
            yield f"{', '.join(values)}: none of them keeps anything; set at least one"


class Decision(t.NamedTuple):
    """What retention says about each backup.

    :param keep: the reason by the name, the newest first.
    :param remove: names, the oldest first.
    """

    keep: dict[str, str]
    remove: list[str]


def _problems(params: Params) -> t.Iterator[str]:
    yield from Rules.of(params).problems()


SPEC = ArgumentSpec(
    options={field.name: {"type": "int"} for field in dataclasses.fields(Rules)},
    checks=(_problems,),
)
"""The fragment C(retention)."""


def decide(backups: t.Sequence[tuple[str, datetime.datetime, bool]], rules: Rules, now: datetime.datetime) -> Decision:
    """Say which backups stay, and why, and which may go.

    :param backups: name, moment and goodness of every backup there is, in any order.
    :param now: the present moment, with a time zone.
    :raises OperationsError: C(ListingDoubtful) when a name is there twice, or a backup is newer than C(now): then a
      wrong clock, here or there, would decide what is deleted.
    :raises ValueError: when the rules keep nothing.
    """
    if problems := list(rules.problems()):
        raise ValueError("; ".join(problems))
    newest_first = sorted((Backup(*backup) for backup in backups), key=lambda one: (one.moment, one.name), reverse=True)
    _refuse_doubtful(newest_first, now)
    good = [one for one in newest_first if one.good]
    reasons = _reasons(good, rules)
    keep: dict[str, str] = {}
    for one in newest_first:
        if reason := _reason(one, reasons, good[0] if good else None, rules, now):
            keep[one.name] = reason
    return Decision(keep, [one.name for one in reversed(newest_first) if one.name not in keep])


def _reason(
    one: Backup, reasons: dict[str, list[str]], newest_good: Backup | None, rules: Rules, now: datetime.datetime
) -> str:
    """Return why a backup stays; nothing when it may go."""
    if newest_good is None or one == newest_good:
        return ", ".join(["newest good" if newest_good else "no good one is there", *reasons.get(one.name, [])])
    if not one.good and one.moment >= newest_good.moment:
        return "not good, and no good one is newer"
    if rules.max_age_days and now - one.moment > datetime.timedelta(days=rules.max_age_days):
        return ""
    if not any(getattr(rules, option) for option in _COUNTS):
        return "young enough"
    return ", ".join(reasons.get(one.name, []))


def _reasons(good: list[Backup], rules: Rules) -> dict[str, list[str]]:
    """Return by name which of the rules that count want a backup kept."""
    found: dict[str, list[str]] = collections.defaultdict(list)
    for number, one in enumerate(good[: rules.keep_last or 0], 1):
        found[one.name].append(f"last {number}")
    for option, form, word in _PERIODS:
        newest_of: dict[str, Backup] = {}
        for one in good:
            newest_of.setdefault(one.moment.astimezone(datetime.UTC).strftime(form), one)
        for period, one in list(newest_of.items())[: getattr(rules, option) or 0]:
            found[one.name].append(f"{word} {period}")
    return found


def _refuse_doubtful(newest_first: list[Backup], now: datetime.datetime) -> None:
    twice = [name for name, count in collections.Counter(one.name for one in newest_first).items() if count > 1]
    future = [one.name for one in newest_first if one.moment > now + SKEW]
    problems = [f"{name} is there twice" for name in twice]
    problems += [f"{name} is newer than the clock of this host ({now:%Y-%m-%dT%H:%M:%SZ})" for name in future]
    if problems:
        raise OperationsError(
            f"The list of backups is doubtful, nothing is removed: {'; '.join(problems)}",
            code="ListingDoubtful",
            remedy="Set the clock of this host, or look at the backups named and remove what is wrong by hand.",
            details={"problems": problems},
        )
