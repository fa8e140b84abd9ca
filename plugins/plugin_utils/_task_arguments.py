# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What YAML has made of a task's arguments before a module sees them. Private to this collection.

A module gets bare values, so the controller looks for it: whatever becomes text in Azure must be as it was written.
"""

from __future__ import annotations

import collections.abc
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _text
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory._given import Given
from ansible_collections.codexdominion.azure.plugins.plugin_utils._yaml_source import Sources

Option = t.Mapping[str, t.Any]

_TEXTS = frozenset({"tags", "environment", "secret_environment", "secret"})
"""Options that are dictionaries of texts. In others, such as the parameters of a server, C(on) is a word of its own."""


def problems(options: t.Mapping[str, Option], arguments: t.Mapping[str, t.Any], sources: Sources) -> t.Iterator[str]:
    """Yield which arguments are not what was written, by the specification of a module."""
    for name, option in options.items():
        if name in arguments:
            yield from _of_one(name, option, arguments[name], name, sources)


def _of_one(where: str, option: Option, value: t.Any, key: object, sources: Sources) -> t.Iterator[str]:
    kind, inner = option.get("type", "str"), option.get("options")
    if isinstance(value, collections.abc.Mapping) and inner:
        for name, one in value.items():
            if name in inner:
                yield from _of_one(f"{where}.{name}", inner[name], one, name, sources)
    elif isinstance(value, collections.abc.Mapping) and where.rpartition(".")[2] in _TEXTS:
        for name, one in value.items():
            yield from _of_text(f"{where}.{name}", one, name, bool(option.get("no_log")), sources)
    elif isinstance(value, list) and kind == "list":
        element = {**option, "type": option.get("elements", "str")}
        for number, one in enumerate(value, start=1):
            yield from _of_one(f"{where}[{number}]", element, one, None, sources)
    elif kind == "str":
        yield from _of_text(where, value, key, bool(option.get("no_log")), sources)


def _of_text(where: str, value: t.Any, key: object, secret: bool, sources: Sources) -> t.Iterator[str]:
    if isinstance(value, (bool, int)):
        wrong = _text.changed(Given(value, sources.written(value, key)), secret=secret)
        if wrong:
            yield f"{where}: {wrong}"
