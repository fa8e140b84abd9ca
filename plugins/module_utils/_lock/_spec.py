# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of stack_lock and the rules about them. Private to this collection."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._storage import _blob_container

_STACK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def problem_with_stack(value: str) -> str | None:
    """Return what is wrong with a stack's name (it becomes part of file and blob names), or None."""
    if _STACK.fullmatch(value):
        return None
    return (
        f"{value!r} is not valid: 1 to 63 letters, digits, periods, hyphens, underscores, the first a letter or digit"
    )


def _problem_with_id(value: str) -> str | None:
    """Return what is wrong with a lock's id (it becomes the id of a lease), or None."""
    return None if _UUID.fullmatch(value) else f"{value!r} is not a UUID"


def _problems(params: Params) -> t.Iterator[str]:
    """Yield what is wrong with the time spans."""
    for option in ("wait_timeout", "max_age"):
        if params[option] < 0:
            yield f"{option}: {params[option]} is negative"


SPEC = _common_specs.AZURE.merge(_blob_container.SPEC).merge(
    ArgumentSpec(
        options={
            "name": {"type": "str", "required": True},
            "state": {
                "type": "str",
                "default": "acquired",
                "choices": ["acquired", "released", "broken", "examined"],
            },
            "lock_id": {"type": "str"},
            "owner": {"type": "str"},
            "reason": {"type": "str", "default": ""},
            "wait_timeout": {"type": "int", "default": 0},
            "max_age": {"type": "int", "default": 21600},
            "directory": {"type": "path"},
        },
        mutually_exclusive=(("directory", "storage_account_url"),),
        required_if=(("state", "released", ["lock_id"]),),
        rules={"name": problem_with_stack, "lock_id": _problem_with_id},
        checks=(_problems,),
    )
)
