# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inputs of the collection's roles, from their argument specifications and defaults. Private to this collection."""

from __future__ import annotations

import functools
import pathlib
import typing as t

import yaml

Option = dict[str, t.Any]

_ROLES = pathlib.Path(__file__).parents[2] / "roles"
_Loader: t.Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@functools.cache
def options(role: str) -> dict[str, Option]:
    """Return every input of a role, whatever the entry point, with its specification.

    Required is what the main entry point requires: what others do is handed over by playbooks. It also says best what
    an input is, so its words go before those of the others.
    """
    text = (_ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    specs = yaml.load(text, Loader=_Loader)["argument_specs"]
    found: dict[str, Option] = {}
    for entry_point, spec in sorted(specs.items(), key=lambda item: item[0] == "main"):
        for name, option in (spec.get("options") or {}).items():
            required = entry_point == "main" and bool(option.get("required"))
            known = found.setdefault(name, {})
            known.update({**option, "required": required or known.get("required", False)})
    return found


def defaults_path(role: str) -> str:
    """Return the file with the defaults of a role."""
    return str(_ROLES / role / "defaults" / "main.yml")


def names() -> list[str]:
    """Return the names of all roles."""
    return sorted(path.name for path in _ROLES.iterdir() if path.is_dir())
