# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dictionaries and lists that were given as text, with C(-e name=value). Private to this collection."""

from __future__ import annotations

import collections.abc
import json
import shlex
import typing as t

from ansible.module_utils.common.validation import check_type_dict

try:
    from ansible._internal._templating._utils import Omit
except ImportError:  # another ansible-core keeps it elsewhere, and leaves it out by itself where a template ends
    Omit = object()  # type: ignore[assignment]


def to_dict(value: t.Any) -> dict[t.Any, t.Any]:
    """Return a dictionary, from JSON or from C(NAME=value NAME=value) if it is text.

    :raises TypeError: when it is neither.
    """
    if isinstance(value, collections.abc.Mapping):
        return {key: inner for key, inner in value.items() if inner is not Omit}
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} is not a dictionary, nor text that says one")
    return t.cast("dict[t.Any, t.Any]", check_type_dict(value) if value.strip() else {})


def to_list(value: t.Any) -> list[t.Any]:
    """Return a list, from JSON or from words as a shell splits them if it is text.

    :raises TypeError: when it is neither.
    """
    if isinstance(value, (list, tuple)):
        return [inner for inner in value if inner is not Omit]
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} is not a list, nor text that says one")
    try:
        if value.lstrip().startswith("["):
            return t.cast("list[t.Any]", json.loads(value))
        return shlex.split(value)
    except ValueError as exc:
        raise TypeError(f"the text says no list: {exc}") from exc
