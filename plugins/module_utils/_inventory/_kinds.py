# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a value is of the kind that an argument specification asks for. Pure; private to this collection.

Ansible itself turns whatever YAML has made of a word into text again, C(83) for C(0123); so this looks before.
"""

from __future__ import annotations

import math
import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _text
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory._given import LATER, Broken, Entries, Given

Option = t.Mapping[str, t.Any]

_BOOLEANS = frozenset({"y", "yes", "on", "1", "true", "t", "n", "no", "off", "0", "false", "f"})


def problems(name: str, given: Given, option: Option) -> t.Iterator[str]:
    """Yield what is wrong with the value of a variable, by its kind alone."""
    if given.value is LATER:
        return
    if isinstance(given.value, Broken):
        yield f"{name}: {given.value.why}"
        return
    if wrong := _RULES[option.get("type", "str")](given, bool(option.get("no_log"))):
        yield f"{name}: {wrong}"
        return
    choices = [_text.text(one) for one in option.get("choices") or []]
    if choices and _text.text(given.value) not in choices:
        yield f"{name}: {_text.text(given.value) or repr('')} is not one of {', '.join(choices)}"
    if isinstance(given.value, Entries) and option.get("options"):
        yield from _inside(name, given.value, option["options"])
    if isinstance(given.value, tuple):
        inside = {"options": option["options"], "type": "dict"} if option.get("options") else {}
        element: Option = {"type": option.get("elements", "str"), "no_log": option.get("no_log"), **inside}
        for number, inner in enumerate(given.value, start=1):
            yield from problems(f"{name}[{number}]", inner, element)


def _inside(name: str, entries: Entries, options: t.Mapping[str, Option]) -> t.Iterator[str]:
    """Yield what is wrong with the entries of a dictionary of which the specification says what is in it."""
    present = {str(key.value): value for key, value in entries.pairs}
    for key in present.keys() - options.keys():
        yield f"{name}.{key}: there is no such option; there are: {', '.join(options)}"
    for key, option in options.items():
        if key in present:
            yield from problems(f"{name}.{key}", present[key], option)
        elif option.get("required"):
            yield f"{name}.{key}: it is missing"


def _string(given: Given, secret: bool) -> str | None:
    if isinstance(given.value, bool):
        return (
            f"{'' if secret else (given.written or _text.text(given.value)) + ' '}is read as a boolean: {_text.QUOTE}"
        )
    return _text.problem(given, secret=secret)


def _integer(given: Given, secret: bool) -> str | None:
    value = given.value
    if isinstance(value, int) and not isinstance(value, bool):
        wrong = _text.changed(given, secret=secret)
        return wrong.replace(_text.QUOTE, "write it in decimal digits") if wrong else None
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d+", value.strip(), re.ASCII):
        return None
    return f"{_shown(given, secret)} is not an integer"


def _number(given: Given, secret: bool) -> str | None:
    value = given.value
    if isinstance(value, int) and not isinstance(value, bool):
        return _integer(given, secret)
    if isinstance(value, (float, str)):
        try:
            if math.isfinite(float(value)):
                return None
        except ValueError:
            pass
    return f"{_shown(given, secret)} is not a number"


def _boolean(given: Given, secret: bool) -> str | None:
    value = given.value
    if isinstance(value, bool) or (isinstance(value, (int, str)) and str(value).strip().lower() in _BOOLEANS):
        return None
    return f"{_shown(given, secret)} is not true or false"


def _mapping(given: Given, secret: bool) -> str | None:
    return None if isinstance(given.value, Entries) else f"{_shown(given, secret)} is not a dictionary"


def _list(given: Given, secret: bool) -> str | None:
    return None if isinstance(given.value, tuple) else f"{_shown(given, secret)} is not a list"


def _anything(_given: Given, _secret: bool) -> str | None:
    return None


def _shown(given: Given, secret: bool) -> str:
    """Return a value as a message may show it."""
    if secret or given.value is None or isinstance(given.value, (Entries, tuple)):
        return _text.kind(given.value)
    if given.written is not None:
        return given.written
    return repr(str(given.value)) if isinstance(given.value, str) else _text.text(given.value)


_RULES: dict[str, t.Callable[[Given, bool], str | None]] = {
    "str": _string,
    "path": _string,
    "int": _integer,
    "float": _number,
    "bool": _boolean,
    "dict": _mapping,
    "list": _list,
    "raw": _anything,
}
