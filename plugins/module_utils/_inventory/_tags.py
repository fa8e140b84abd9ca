# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of resources. Pure; private to this collection."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _names
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _text
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory._given import LATER, Entries, Given, plain

OURS = {
    "backend_tags": (
        "codex-secrets",
        "codex-release",
        "codex-digest",
        "codex-environment",
        "codex-deployed-by",
        "codex-deployed-from",
    ),
    "database_tags": ("codex-restoring", "codex-secrets"),
    "redis_tags": ("codex-migration",),
}
"""Tags that we add, and for which there has to be room."""


def problems(variable: str, given: Given) -> t.Iterator[str]:
    """Yield what is wrong with a dictionary of tags."""
    if not isinstance(given.value, Entries):
        return
    known = []
    for key, value in given.value.pairs:
        wrong = _text.key_problem(key)
        if wrong:
            yield f"{variable}: {wrong}"
        elif value.value is not LATER and (wrong := _text.problem(value)):
            yield f"{variable}.{key.value}: {wrong}"
        known += [] if wrong else [(key, value)]
    tags = plain(Given(Entries(tuple(known))))
    yield from _names.tags(tags, where=variable)


def room(variable: str, tags: t.Mapping[object, object]) -> t.Iterator[str]:
    """Yield what leaves no room for our own tags, however the dictionary came about."""
    ours = OURS.get(variable, ())
    most = _names.MOST_TAGS - len(ours)
    if len(tags) > most:
        yield f"{variable}: {len(tags)} tags, at most {most} are allowed beside those of the collection itself"
    for name in (name for name in tags if isinstance(name, str) and name.lower() in ours):
        yield f"{variable}.{name}: this tag is written by the collection itself; choose another name"
