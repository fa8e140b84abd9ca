# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of server parameters as people write them and as Azure stores them, which is always as text. Pure; private.

Azure describes each parameter by C(dataType) (Boolean, Enumeration, Integer, Numeric, String, Set) and by
C(allowedValues), whose form depends on it: C(on,off), C(10-100), or a regular expression.
"""

from __future__ import annotations

import decimal
import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Body

_WORDS = {"true": "on", "yes": "on", "1": "on", "false": "off", "no": "off", "0": "off"}
_NUMBERS = frozenset({"integer", "numeric"})
_LISTS = frozenset({"boolean", "enumeration", "set"})


def text(value: t.Any) -> str:
    """Return a value of a playbook as Azure stores it: YAML's true is on, a list is a list with commas."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ",".join(text(one) for one in value)
    return str(value)


def same(parameter: Body, first: str, second: str) -> bool:
    """Return whether two values mean the same to this parameter.

    :param parameter: its C(properties) as Azure has them.
    """
    return bool(_meaning(parameter, first) == _meaning(parameter, second))


def problem(name: str, parameter: Body, value: str) -> str | None:
    """Return what is wrong with a value for this parameter, or None."""
    if parameter.get("isReadOnly"):
        return f"configurations.{name}: Azure lets nobody change it"
    allowed, kind = str(parameter.get("allowedValues") or ""), _kind(parameter)
    if kind in _NUMBERS and (found := re.fullmatch(r"(-?[\d.]+)-(-?[\d.]+)", allowed)):
        number = _number(value)
        if number is None or not decimal.Decimal(found[1]) <= number <= decimal.Decimal(found[2]):
            return f"configurations.{name}: {value!r} is not a number from {found[1]} to {found[2]}"
    elif kind in _LISTS and allowed:
        known = {_word(kind, one) for one in allowed.split(",")}
        unknown = [one.strip() for one in _parts(kind, value) if _word(kind, one) not in known]
        if unknown:
            return f"configurations.{name}: {', '.join(map(repr, unknown))} is none of {allowed.replace(',', ', ')}"
    return None


def _meaning(parameter: Body, value: str) -> t.Any:
    kind = _kind(parameter)
    if kind in _NUMBERS and (number := _number(value)) is not None:
        return number
    if kind in _LISTS:
        return {_word(kind, one) for one in _parts(kind, value)}
    return value


def _kind(parameter: Body) -> str:
    return str(parameter.get("dataType") or "").lower()


def _parts(kind: str, value: str) -> list[str]:
    return [one for one in value.split(",") if one.strip()] if kind == "set" else [value]


def _word(kind: str, value: str) -> str:
    word = value.strip().lower()
    return _WORDS.get(word, word) if kind == "boolean" else word


def _number(value: str) -> decimal.Decimal | None:
    try:
        return decimal.Decimal(value.strip())
    except decimal.InvalidOperation:
        return None
