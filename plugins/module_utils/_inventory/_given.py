# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A value together with how it was written, as far as that is known. Pure; private to this collection."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class Given:
    """One value of an inventory.

    C(value) is a scalar, Entries, a tuple of Given for a list, LATER, or Broken. C(written) is the plain word in the
    file that YAML has read as this value; None where the value was quoted, worked out, or comes from elsewhere.
    """

    value: object
    written: str | None = None


@dataclasses.dataclass(frozen=True)
class Entries:
    """A dictionary; its keys have been read by YAML as well."""

    pairs: tuple[tuple[Given, Given], ...]


@dataclasses.dataclass(frozen=True)
class Broken:
    """A value that cannot be worked out, and why."""

    why: str


@dataclasses.dataclass(frozen=True)
class _Later:
    """A value that only the run itself can know, or that is not asked for before it is needed."""


LATER = _Later()


def plain(given: Given) -> t.Any:
    """Return the bare value; what is not known is left out of dictionaries and lists, and None by itself."""
    value = given.value
    if isinstance(value, Entries):
        return {plain(key): plain(inner) for key, inner in value.pairs if _is_known(inner)}
    if isinstance(value, tuple):
        return [plain(inner) for inner in value if _is_known(inner)]
    return value if _is_known(given) else None


def of(value: object) -> Given:
    """Return a bare value as one of which nothing else is known."""
    if isinstance(value, dict):
        return Given(Entries(tuple((of(key), of(inner)) for key, inner in value.items())))
    if isinstance(value, list):
        return Given(tuple(of(inner) for inner in value))
    return Given(value)


def _is_known(given: Given) -> bool:
    return not isinstance(given.value, (_Later, Broken))
