# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Argument specifications as values that can be merged, and their validation. Private to this collection.

Beside Ansible's own rules a specification carries *rules* (one option, one value) and *checks* (several options
together), so that bad input is refused before the first request, with every problem named at once.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from ansible.module_utils.errors import UnsupportedError

Params = dict[str, t.Any]
Rule = t.Callable[[str], "str | None"]
"""Takes an option's value; returns what is wrong with it, or None."""
Check = t.Callable[[Params], t.Iterable[str]]
"""Takes all validated options; yields what is wrong with them together."""


@dataclasses.dataclass(frozen=True)
class ArgumentSpec:
    """The options of a module and every rule about them."""

    options: dict[str, dict[str, t.Any]] = dataclasses.field(default_factory=dict)
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_together: tuple[tuple[str, ...], ...] = ()
    required_one_of: tuple[tuple[str, ...], ...] = ()
    required_if: tuple[tuple[t.Any, ...], ...] = ()
    required_by: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    rules: dict[str, Rule] = dataclasses.field(default_factory=dict)
    checks: tuple[Check, ...] = ()

    def merge(self, other: ArgumentSpec) -> ArgumentSpec:
        """Return a specification with the options and rules of both."""
        return ArgumentSpec(
            options={**self.options, **other.options},
            mutually_exclusive=self.mutually_exclusive + other.mutually_exclusive,
            required_together=self.required_together + other.required_together,
            required_one_of=self.required_one_of + other.required_one_of,
            required_if=self.required_if + other.required_if,
            required_by={**self.required_by, **other.required_by},
            rules={**self.rules, **other.rules},
            checks=self.checks + other.checks,
        )

    def to_kwargs(self) -> dict[str, t.Any]:
        """Return the keyword arguments that AnsibleModule takes."""
        return {"argument_spec": self.options, **self._relations()}

    def validate(self, params: Params) -> ValidationResult:
        """Coerce C(params) and collect the problems Ansible itself finds."""
        return t.cast("ValidationResult", ArgumentSpecValidator(self.options, **self._relations()).validate(params))

    def problems(self, result: ValidationResult) -> list[str]:
        """Return every problem of validated parameters: Ansible's own first, then ours.

        Checks across options run only on parameters of the right types; rules of single options always do.
        """
        found = [
            f"Unsupported parameters: {error.msg}" if isinstance(error, UnsupportedError) else str(error.msg)
            for error in result.errors.errors
        ]
        params = result.validated_parameters
        for option, rule in self.rules.items():
            value = params.get(option)
            if isinstance(value, str) and (problem := rule(value)):
                found.append(f"{option}: {problem}")
        if not result.errors.errors:
            for check in self.checks:
                found.extend(check(params))
        return found

    def _relations(self) -> dict[str, t.Any]:
        return {
            "mutually_exclusive": [list(names) for names in self.mutually_exclusive],
            "required_together": [list(names) for names in self.required_together],
            "required_one_of": [list(names) for names in self.required_one_of],
            "required_if": [list(rule) for rule in self.required_if],
            "required_by": self.required_by,
        }


def describe(problems: t.Sequence[str]) -> str:
    """Return one line for one or several problems."""
    if len(problems) == 1:
        return problems[0]
    return f"{len(problems)} problems: " + "; ".join(problems)
