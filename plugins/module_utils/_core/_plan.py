# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run would change, and what that does to running things. Pure; private to this collection."""

from __future__ import annotations

import dataclasses
import enum
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _text

SECRET_CHANGED = "(secret, changed)"
SECRET_UNCHANGED = "(secret)"
NOT_KNOWN = "not known before"
"""Stands under check mode for what only the real run can know, such as the address of something new."""


class Impact(enum.IntEnum):
    """What a change does to running things; the higher, the worse."""

    NONE = 0
    RESTART = 1
    RECREATE = 2
    DATA_LOSS = 3

    def __str__(self) -> str:
        return self.name.lower()


class Action(enum.Enum):
    """What is written."""

    NOTHING = "nothing"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclasses.dataclass(frozen=True)
class Change:
    """One difference between what is wanted and what is.

    :param path: the operator's words for it, such as C(("containers", "api", "image")).
    """

    path: tuple[str, ...]
    before: t.Any
    after: t.Any
    impact: Impact = Impact.NONE

    @property
    def name(self) -> str:
        return ".".join(self.path)


@dataclasses.dataclass(frozen=True)
class Plan:
    """The action and the changes it consists of."""

    action: Action
    changes: tuple[Change, ...] = ()

    @property
    def changed(self) -> bool:
        return self.action is not Action.NOTHING

    @property
    def impact(self) -> Impact:
        if self.action is Action.CREATE:  # nothing runs yet that could be hurt
            return Impact.NONE
        return max((change.impact for change in self.changes), default=Impact.NONE)

    def of_impact(self, impact: Impact) -> list[Change]:
        """Return the changes with just this impact."""
        return [change for change in self.changes if change.impact is impact]

    def diff(self) -> dict[str, t.Any]:
        """Return C(before) and C(after) as Ansible prints them, holding only what differs."""
        before: dict[str, t.Any] = {}
        after: dict[str, t.Any] = {}
        for change in self.changes:
            _put(before, change.path, change.before)
            _put(after, change.path, change.after)
        return {"before": before, "after": after}


NOTHING = Plan(Action.NOTHING)


def update(changes: t.Iterable[Change]) -> Plan:
    """Return a plan to update, or to do nothing where there is no change."""
    found = tuple(changes)
    return Plan(Action.UPDATE, found) if found else NOTHING


def create(wanted: t.Mapping[str, t.Any]) -> Plan:
    """Return a plan to create something with these properties."""
    return Plan(Action.CREATE, tuple(Change((key,), None, value) for key, value in wanted.items() if value is not None))


def delete(present: t.Mapping[str, t.Any], impact: Impact = Impact.DATA_LOSS) -> Plan:
    """Return a plan to delete something that has these properties."""
    return Plan(Action.DELETE, tuple(Change((key,), value, None, impact) for key, value in present.items()))


def compare(
    wanted: t.Mapping[str, t.Any], actual: t.Mapping[str, t.Any], impacts: t.Mapping[str, Impact] | None = None
) -> list[Change]:
    """Compare flat properties; a wanted None means "not named", which is never a difference."""
    impacts = impacts or {}
    return [
        Change((key,), actual.get(key), value, impacts.get(key, Impact.NONE))
        for key, value in wanted.items()
        if value is not None and value != actual.get(key)
    ]


def compare_tags(
    wanted: t.Mapping[str, object] | None, actual: t.Mapping[str, str], append: bool
) -> dict[str, str] | None:
    """Return the tags to write, or None where the present ones will do.

    :param wanted: tags the task names, or None when it names none.
    :param append: keep the tags the task does not name.
    """
    if wanted is None:
        return None
    texts = {name: _text.text(value) for name, value in wanted.items()}
    merged = {**actual, **texts} if append else texts
    return merged if merged != dict(actual) else None


def _put(target: dict[str, t.Any], path: tuple[str, ...], value: t.Any) -> None:
    if value is None:
        return
    *parents, last = path
    for parent in parents:
        target = target.setdefault(parent, {})
    target[last] = value
