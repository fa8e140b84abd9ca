# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment variables of a container: plain, secret, and those that follow from the profile. Pure; private."""

from __future__ import annotations

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _names
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _text
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory._given import LATER, Entries, Given


def problems(variable: str, given: Given, *, secret: bool = False) -> t.Iterator[str]:
    """Yield what is wrong with a dictionary of environment variables."""
    if not isinstance(given.value, Entries):
        return
    for key, value in given.value.pairs:
        if wrong := _text.key_problem(key):
            yield f"{variable}: {wrong}"
            continue
        name = t.cast("str", key.value)
        if wrong := _names.environment_variable(name):
            yield f"{variable}: {wrong}"
        if value.value is not LATER and (wrong := _text.problem(value, secret=secret)):
            yield f"{variable}.{name}: {wrong}"


def in_both(plain: Given, secret: Given) -> t.Iterator[str]:
    """Yield which variables are plain and secret at once."""
    for name in sorted(_named(plain) & _named(secret)):
        yield f"backend_environment.{name}: it is in backend_secret_environment too; keep one of the two"


def _named(given: Given) -> set[str]:
    pairs = given.value.pairs if isinstance(given.value, Entries) else ()
    return {key.value for key, _value in pairs if isinstance(key.value, str)}
