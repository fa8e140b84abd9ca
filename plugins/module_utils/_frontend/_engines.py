# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a version of Node is in the range that C(engines) of a project names. Pure; private to this collection.

The ranges are those of U(https://github.com/npm/node-semver), as far as they are about releases: Node has no other
versions that anybody builds with.
"""

from __future__ import annotations

import re
import typing as t

Version = tuple[int, int, int]
_Test = t.Callable[[Version], bool]

_PARTIAL = r"v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:[-+][0-9A-Za-z.+-]*)?"
_COMPARATOR = re.compile(rf"(>=|<=|>|<|=|\^|~>?)?\s*{_PARTIAL}")
_HYPHEN = re.compile(rf"\s*({_PARTIAL})\s+-\s+({_PARTIAL})\s*")
_ANYTHING = ("", "*", "x", "X")
_END = (2**31, 0, 0)


def parse(version: str) -> Version:
    """Return the three numbers of a version such as C(v20.11.1).

    :raises ValueError: when it is none.
    """
    match = re.fullmatch(r"v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?", version.strip())
    if not match:
        raise ValueError(f"{version!r} is no version")
    return int(match[1]), int(match[2]), int(match[3])


def satisfies(version: Version, wanted: str) -> bool:
    """Return whether a version is in a range such as C(>=18.18 <23 || ^24).

    :raises ValueError: when the range cannot be read.
    """
    return any(all(test(version) for test in _alternative(one)) for one in wanted.split("||"))


def _alternative(text: str) -> list[_Test]:
    text = text.strip()
    if text in _ANYTHING:
        return []
    if hyphen := _HYPHEN.fullmatch(text):
        first, last = hyphen[1], hyphen[5]
        return [*_comparator(">=", first), *_comparator("<=", last)]
    tests: list[_Test] = []
    position = 0
    while position < len(text):
        match = _COMPARATOR.match(text, position)
        if not match or not match[0].strip():
            raise ValueError(f"{text!r} is no range of versions")
        operator = match[1] or ""
        tests += _comparator(operator, match[0][len(operator) :])
        position = match.end()
        while position < len(text) and text[position] in " ,":
            position += 1
    return tests


def _comparator(operator: str, text: str) -> list[_Test]:
    match = re.fullmatch(_PARTIAL, text.strip())
    if not match:
        raise ValueError(f"{text!r} is no version")
    given: list[int] = []
    for part in match.groups()[:3]:
        if part is None or not part.isdigit():
            break
        given.append(int(part))
    low = _filled(given)
    after = _next(given)
    if operator == ">=":
        return [lambda version: version >= low]
    if operator == ">":
        return [lambda version: version > low] if len(given) == 3 else [lambda version: version >= after]
    if operator == "<":
        return [lambda version: version < low]
    if operator == "<=":
        return [lambda version: version <= low] if len(given) == 3 else [lambda version: version < after]
    if operator == "^":
        after = _next(given[: _caret(given)]) if given else _END
    elif operator in ("~", "~>"):
        after = _next(given[:2])
    return [lambda version: low <= version < after]


def _filled(given: t.Sequence[int]) -> Version:
    first, second, third = (*given, 0, 0, 0)[:3]
    return first, second, third


def _next(given: t.Sequence[int]) -> Version:
    """Return the first version after all that begin so."""
    if not given:
        return _END
    if len(given) == 3:
        return given[0], given[1], given[2] + 1
    return _filled([*given[:-1], given[-1] + 1])


def _caret(given: t.Sequence[int]) -> int:
    """Return how many numbers stay with C(^): up to the first that is not zero."""
    return next((index for index, number in enumerate(given, start=1) if number), len(given))
