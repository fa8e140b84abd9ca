# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of a host before Ansible has made anything of them. Private to this collection.

Templates are worked out one by one, so that one that cannot be worked out yet says nothing of the others. What asks a
lookup that does more than look at this machine is left to the task that needs it: the check sends no request, makes no
password, and does not read a vault that the playbook itself would not read.
"""

from __future__ import annotations

import collections.abc
import re
import typing as t

from ansible.errors import AnsibleError, AnsibleValueOmittedError
from ansible.module_utils.common.validation import check_type_dict
from ansible.parsing.vault import EncryptedString

from ansible_collections.codexdominion.azure.plugins.module_utils._inventory._given import LATER, Broken, Entries, Given
from ansible_collections.codexdominion.azure.plugins.plugin_utils._words import to_list
from ansible_collections.codexdominion.azure.plugins.plugin_utils._yaml_source import Sources

_LOCAL = "config|csvfile|dict|env|file|fileglob|first_found|ini|items|template|vars|varnames"
_LOOKUP = re.compile(rf"\b(?:lookup|query|q)\s*\((?!\s*['\"](?:ansible\.builtin\.)?(?:{_LOCAL})['\"])")
_NAME = re.compile(r"[A-Za-z_]\w*")
_REFERENCE = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*(?:\|\s*default\([^{}]*\)\s*)?\}\}")
_OMITTED = object()


class RawVariables:
    """The variables of one host.

    :param variables: raw, by name.
    :param templar: Ansible's, which is given C(variables).
    :param later: how the names of variables begin that only the run itself defines.
    """

    def __init__(
        self, variables: t.Mapping[str, t.Any], templar: t.Any, sources: Sources, later: tuple[str, ...]
    ) -> None:
        self._variables = variables
        self._templar = templar
        self._sources = sources
        self._later = later
        self._keys = {str(name): name for name in variables}  # as they were written, with the place

    def bare(self) -> RawVariables:
        """Return the same variables without how they were written, which takes reading their files."""
        return RawVariables(self._variables, self._templar, Sources(None), self._later)

    def given(self, name: str, option: t.Mapping[str, t.Any]) -> Given | None:
        """Return what the inventory gives a role's input, or None where it gives nothing."""
        if name not in self._variables:
            return None
        kind = option.get("type", "str")
        value = self._evaluate(self._variables[name])
        if value is _OMITTED:
            return Given(Broken("has no value: omit leaves out an entry of a dictionary, not a variable of its own"))
        if isinstance(value, str) and kind in ("dict", "list"):
            value = _parsed(value, kind)
        return self._wrap(value, self._key_of(name))

    def _wrap(self, value: t.Any, key: object = None) -> Given:
        if value is LATER or isinstance(value, Broken):
            return Given(value)
        if isinstance(value, collections.abc.Mapping):
            return Given(Entries(tuple(self._pairs(value))))
        if isinstance(value, (list, tuple)):
            inner = (self._evaluate(one) for one in value)
            return Given(tuple(self._wrap(one) for one in inner if one is not _OMITTED))
        return Given(value, self._sources.written(value, key))

    def _pairs(self, mapping: t.Mapping[t.Any, t.Any]) -> t.Iterator[tuple[Given, Given]]:
        for key, raw in mapping.items():
            value = self._evaluate(raw)
            if value is not _OMITTED:
                place = self._key_of(reference) if (reference := _reference(raw)) else key
                yield Given(key, self._sources.written_key(key, mapping)), self._wrap(value, place)

    def _key_of(self, name: str) -> object:
        """Return a variable's name as it stands in its file; that of what it refers to, where it does nothing else."""
        seen = set()
        while name not in seen:
            seen.add(name)
            reference = _reference(self._variables.get(name))
            if not reference or reference not in self._variables:
                break
            name = reference
        return self._keys.get(name)

    def _evaluate(self, raw: t.Any) -> t.Any:
        """Return the value of what may be a template."""
        if isinstance(raw, EncryptedString):
            return self._decrypted(raw)
        if not isinstance(raw, str) or not self._templar.is_template(raw):
            return raw
        if self._asks_a_lookup(raw, set()):
            return LATER
        try:
            return self._templar.template(raw)
        except AnsibleValueOmittedError:
            return _OMITTED
        except AnsibleError as error:
            return LATER if self._waits(raw, set()) else Broken(f"cannot be worked out: {_reason(error)}")

    def _decrypted(self, raw: t.Any) -> t.Any:
        try:
            return self._templar.template(raw)
        except AnsibleError:  # said by the task that needs it, and by nothing else
            return LATER

    def _asks_a_lookup(self, raw: t.Any, seen: set[str]) -> bool:
        return any(_LOOKUP.search(text) for text in self._reachable(raw, seen))

    def _waits(self, raw: t.Any, seen: set[str]) -> bool:
        """Return whether something is missing that the run itself will define."""
        names = {name for text in self._reachable(raw, seen) for name in _NAME.findall(text)}
        return any(name.startswith(self._later) and name not in self._variables for name in names)

    def _reachable(self, raw: t.Any, seen: set[str]) -> t.Iterator[str]:
        """Yield the texts of a template and of all variables it may look at."""
        if isinstance(raw, str):
            yield raw
            for name in _NAME.findall(raw):
                if name in self._variables and name not in seen:
                    seen.add(name)
                    yield from self._reachable(self._variables[name], seen)
        elif isinstance(raw, collections.abc.Mapping):
            for inner in raw.values():
                yield from self._reachable(inner, seen)
        elif isinstance(raw, (list, tuple)):
            for inner in raw:
                yield from self._reachable(inner, seen)


def _parsed(text: str, kind: str) -> t.Any:
    """Return the dictionary or list that a text from the command line means; the text itself where it means none."""
    try:
        return check_type_dict(text) if kind == "dict" else to_list(text)
    except (TypeError, ValueError):
        return text


def _reference(raw: t.Any) -> str | None:
    """Return the variable that a template stands for and nothing else."""
    match = _REFERENCE.fullmatch(raw.strip()) if isinstance(raw, str) else None
    return match[1] if match else None


def _reason(error: AnsibleError) -> str:
    """Return Ansible's own words in one line, without the places it adds."""
    return str(error).splitlines()[0].strip().rstrip(".")
