# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules of all subjects share: values by variable, and modules' rules in the words of variables. Pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec

Values = t.Mapping[str, t.Any]
"""Bare values by variable, defaults included; None for what is missing, not known yet, or wrong by itself already."""
Rule = t.Callable[[str], "str | None"]


def named(values: Values, rules: t.Mapping[str, Rule]) -> t.Iterator[str]:
    """Yield what is wrong with single variables; an empty one means none, which is no name."""
    for variable, rule in rules.items():
        value = values.get(variable)
        if value not in (None, "") and (problem := rule(str(value))):
            yield f"{variable}: {problem}"


def of_module(spec: ArgumentSpec, variables: t.Mapping[str, str], values: Values, **fixed: t.Any) -> t.Iterator[str]:
    """Yield what a module would find wrong, in the words of the variables that its options are taken from.

    :param variables: the variable by option.
    :param fixed: options that are not taken from one variable.
    """
    given = {option: values.get(variable) for option, variable in variables.items()}
    params = {option: value for option, value in given.items() if value not in (None, "", [], {})}
    for problem in spec.problems(spec.validate({**params, **fixed})):
        yield translated(problem, variables)


def translated(problem: str, variables: t.Mapping[str, str]) -> str:
    """Return a module's sentence with variables in place of its options."""
    head, colon, rest = problem.partition(": ")
    for option in sorted(variables, key=len, reverse=True):
        if head == option or head.startswith((f"{option}.", f"{option}[")):
            head = variables[option] + head[len(option) :]
            break
    for option, variable in variables.items():
        if "_" in option:
            rest = re.sub(rf"(?<![\w.]){re.escape(option)}(?!\w)", variable, rest)
    return head + colon + rest


def is_true(value: object) -> bool:
    """Return whether a value means true, as Ansible has it."""
    return str(value).strip().lower() in ("y", "yes", "on", "1", "true", "t")
