# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that reach Azure as text: unchanged, or not at all. Pure; private to this collection.

Text passes as it is. Integers and booleans have one form each: decimal digits, and C(true) or C(false). For everything
else there are several texts it may have been meant as, so it is refused with the advice to quote it.
"""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._inventory._given import Broken, Entries, Given

QUOTE = "quote it"

_NAMES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "a boolean"),
    (int, "an integer"),
    (float, "a floating-point number"),
    ((datetime.date, datetime.datetime), "a date"),
    ((dict, Entries), "a dictionary"),
    ((list, tuple), "a list"),
    (bytes, "binary data"),
)


def kind(value: object) -> str:
    """Return what a value is, in the words of a message."""
    if value is None:
        return "empty (null)"
    if isinstance(value, str):
        return "text"
    return next((name for types, name in _NAMES if isinstance(value, types)), type(value).__name__)


def problem(given: Given, *, secret: bool = False) -> str | None:
    """Return why a value cannot be text as it was written, or None.

    :param secret: do not repeat the value.
    """
    value, written = given.value, given.written
    if isinstance(value, Broken):
        return value.why
    if isinstance(value, str):
        return "holds a NUL byte, which nothing in Azure can hold" if "\0" in value else None
    if value is None:
        return 'has no value: write "" for an empty text'
    if isinstance(value, (bool, int)):
        return changed(given, secret=secret)
    if isinstance(value, (dict, list, tuple, Entries)):
        return f"is {kind(value)}, not text"
    said = "" if secret else f" {written or value}"
    return f"{said.strip() + ' ' if said else ''}is read as {kind(value)}: {QUOTE}"


def changed(given: Given, *, secret: bool = False) -> str | None:
    """Return how YAML has changed an integer or a boolean, or None where it has one form only."""
    value, written = given.value, given.written
    if not isinstance(value, (bool, int)) or written is None or written == text(value):
        return None
    if secret:
        return f"is read as {kind(value)} in another form than it is written: {QUOTE}"
    return f"{written} is read as {text(value)}: {QUOTE}"


def text(value: object) -> str:
    """Return what a value that has no problem is as text: YAML's true is C(true), not Python's C(True)."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def key_problem(given: Given) -> str | None:
    """Return why a dictionary's key is no name, or None."""
    if isinstance(given.value, str):
        return None
    shown = given.written if given.written is not None else text(given.value)
    return f"the name {shown} is read as {kind(given.value)}: {QUOTE}"


def problems(values: t.Mapping[t.Any, object], *, secret: bool = False) -> t.Iterator[str]:
    """Yield what is wrong with bare values by name, as a module gets them, each with its name in front."""
    for name, value in values.items():
        if wrong := key_problem(Given(name)):
            yield f": {wrong}"
        if wrong := problem(Given(value), secret=secret):
            yield f".{name}: {wrong}"
