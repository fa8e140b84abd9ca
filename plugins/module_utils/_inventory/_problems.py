# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that is wrong with the variables of one stack, at once. Pure; private to this collection."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import (
    _backend,
    _environment,
    _frontend,
    _kinds,
    _parts,
    _subject,
    _tags,
    _text,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory._given import LATER, Broken, Given
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory._subject import Values

Options = t.Mapping[str, t.Mapping[str, t.Any]]
"""The inputs of roles by name, as their argument specifications have them."""

PROFILES = {
    "mvp": ("stack", "registry", "backend"),
    "database": ("stack", "registry", "backend", "database", "database_backup"),
    "full": ("stack", "registry", "backend", "database", "database_backup", "redis"),
}
"""The roles that are part of a stack, by profile."""

_SUBJECTS: dict[str, t.Callable[[Values], t.Iterator[str]]] = {
    "stack": _parts.stack,
    "registry": _parts.registry,
    "backend": _backend.problems,
    "database": _parts.database,
    "database_backup": _parts.database_backup,
    "redis": _parts.redis,
    "frontend": _frontend.problems,
}

_NAMED = re.compile(
    r"(?<!^stack)(?<!_secret)(?<!_traffic)_(name|resource_group|location|repository|sku|administrator)$"
)
"""What Azure has to know something by. An empty one is no choice of the default: the variable is left out for that."""

_OF_SOMETHING = re.compile(r"(?<!_lock)_(timeout|queries|requests|jobs|tail|keep)$")
"""Numbers of which none would mean that nothing is done at all. A lock may end at once."""


def roles(profile: object, frontend: object = False) -> tuple[str, ...]:
    """Return the roles of a stack; an unknown profile is a problem of its own, and has what every stack has.

    :param frontend: whether it has one, which no profile says.
    """
    found = PROFILES.get(str(profile), PROFILES["mvp"])
    return (*found, "frontend") if _subject.is_true(frontend) else found


def single(options: Options, given: t.Mapping[str, Given]) -> dict[str, list[str]]:
    """Return what is wrong with each variable by itself, by variable; those without a problem are not in it."""
    found = {name: list(_of_one(name, options[name], given.get(name))) for name in options}
    if "backend_environment" in given and "backend_secret_environment" in given:
        both = _environment.in_both(given["backend_environment"], given["backend_secret_environment"])
        found.setdefault("backend_environment", []).extend(both)
    return {name: problems for name, problems in found.items() if problems}


def together(parts: t.Collection[str], values: Values) -> list[str]:
    """Return what is wrong by Azure's rules and with several variables together.

    :param values: those that have no problem by themselves, with the defaults of the roles.
    """
    found = [problem for part in parts if part in _SUBJECTS for problem in _SUBJECTS[part](values)]
    for variable in (one for one in _tags.OURS if one.rpartition("_")[0] in parts):
        found += _tags.room(variable, values.get(variable) or {})
    return list(dict.fromkeys(found))


def message(stack: str, problems: t.Sequence[str]) -> str:
    """Return the one message about a host: a line for each problem."""
    count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
    lines = "\n".join(f"  {' '.join(problem.split())}" for problem in problems)
    return f"{stack}: {count} in the inventory or on the command line:\n{lines}"


def _of_one(name: str, option: t.Mapping[str, t.Any], given: Given | None) -> t.Iterator[str]:
    if given is None:
        if option.get("required"):
            yield f"{name}: it is missing. {_sentence(option)}"
        return
    wrong = list(_kinds.problems(name, given, option))
    yield from wrong
    if wrong or given.value is LATER or isinstance(given.value, Broken):
        return
    if given.value == "" and (option.get("required") or _NAMED.search(name)):
        yield f"{name}: it is empty. {_sentence(option)}"
    if option.get("type") == "int" and (least := _least(name)) > int(_text.text(given.value)):
        yield f"{name}: {_text.text(given.value)} is less than {least}"
    if name.endswith("_tags") and option.get("type") == "dict":
        yield from _tags.problems(name, given)
    elif name.endswith(("_environment", "_connections")) and option.get("type") == "dict":
        yield from _environment.problems(name, given, secret=bool(option.get("no_log")))


def _least(name: str) -> int:
    """Return what a number is at least: no seconds and no rows are negative, and some of nothing is nothing."""
    return 1 if _OF_SOMETHING.search(name) else 0


def _sentence(option: t.Mapping[str, t.Any]) -> str:
    description = option.get("description") or ""
    first = str(description if isinstance(description, str) else description[0])
    return re.sub(r"\b[A-Z]\(([^)]*)\)", r"\1", first)  # without the markup of documentation
