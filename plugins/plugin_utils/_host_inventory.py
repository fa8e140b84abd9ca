# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host of the inventory as the rules want it: its inputs, and what the roles add to them. Private."""

from __future__ import annotations

import collections.abc
import functools
import os
import pathlib
import typing as t

from ansible.parsing.dataloader import DataLoader

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._ahead import Read
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import (
    _frontend,
    _given,
    _hosts,
    _image_build,
    _kinds,
    _problems,
    _run_tags,
    _stack_reads,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory._given import Broken, Given
from ansible_collections.codexdominion.azure.plugins.plugin_utils import _role_inputs
from ansible_collections.codexdominion.azure.plugins.plugin_utils._raw_variables import RawVariables
from ansible_collections.codexdominion.azure.plugins.plugin_utils._yaml_source import Sources

Variables = t.Mapping[str, t.Any]

_LATER = (*(f"{role}_" for role in _role_inputs.names()), "__", "ansible_")
"""How the names begin that the roles themselves define in the course of a run."""


@functools.cache
def _defaults(role: str) -> dict[str, t.Any]:
    path = _role_inputs.defaults_path(role)
    loaded = DataLoader().load_from_file(path, trusted_as_template=True)
    # Here the role whose task this is has another path than the one whose defaults these are.
    own = str(pathlib.Path(path).parents[1])
    return {
        name: value.replace("{{ role_path }}", own) if isinstance(value, str) and "role_path" in value else value
        for name, value in (loaded or {}).items()
    }


def preload() -> None:
    """Read what does not depend on the host, once for all forks."""
    for role in _role_inputs.names():
        _role_inputs.options(role)
        _defaults(role)


class HostInventory:
    """The variables of one host.

    :param variables: raw, by name.
    """

    def __init__(self, variables: Variables, templar: t.Any, sources: Sources) -> None:
        self._variables = variables
        self._templar = templar
        self._sources = sources
        self._known: dict[tuple[str, ...], RawVariables] = {}
        stack = self._effective(("stack",), {})
        self.parts = _problems.roles(stack["stack_profile"], stack["stack_frontend"])

    def problems(self, needs: t.Collection[str] = ()) -> list[str]:
        """Return everything that is wrong with the inputs of the stack's roles.

        :param needs: what the playbook works with beside what every stack has; that is looked for here.
        """
        raw, options = self._raw(self.parts), _options(self.parts)
        given = {}
        for name, option in options.items():
            if name in self._variables and (found := raw.given(name, option)) is not None:
                given[name] = found
        single = _problems.single(options, given)
        values = self._effective(self.parts, {name: given.get(name) for name in single})
        wrong = [problem for problems in single.values() for problem in problems]
        public = _image_build.secret_arguments(values, lambda: self._secrets(values, options))
        missing = _frontend.missing_here(values, needs, self.parts)
        return [*self._connection(raw), *wrong, *_problems.together(self.parts, values), *public, *missing]

    def _secrets(self, values: Variables, options: _problems.Options) -> list[str]:
        """Return the values of every input that is secret, and of the secret we sign in with."""
        found = [values[name] for name, option in options.items() if option.get("no_log")]
        azure = self._raw(("stack",)).given("azure", {"type": "dict"})
        if azure and isinstance(azure.value, _given.Entries):
            found.append(_given.plain(azure).get("client_secret"))
        return [text for one in found for text in _texts(one)]

    def claims(self) -> _hosts.Claims:
        """Return what of Azure this host describes."""
        return _hosts.claims(self._effective(self.parts, {}), self._subscription(), self.parts)

    def reads(self) -> list[Read]:
        """Return what of Azure the tasks of this host look at."""
        return _stack_reads.of_stack(self._effective(self.parts, {}), self._subscription(), self.parts)

    def name(self) -> str:
        """Return what the stack is called in messages."""
        return str(self._effective(("stack",), {})["stack_name"] or self._variables.get("inventory_hostname"))

    def _connection(self, raw: RawVariables) -> t.Iterator[str]:
        kind = raw.given("ansible_connection", {}) or Given("ssh")
        if kind.value != "local":
            yield f"ansible_connection: it is {_given.plain(kind)}, and has to be local: nothing is logged in to"
        azure = raw.given("azure", {"type": "dict"})
        if azure is None:
            yield "azure: the connection options are missing; see inventories/production for an example"
        elif isinstance(azure.value, Broken):
            yield f"azure: {azure.value.why}"
        elif not isinstance(azure.value, (_given.Entries, type(_given.LATER))):
            yield "azure: the connection options are no dictionary; see inventories/production for an example"
        elif isinstance(azure.value, _given.Entries):
            for key, inner in azure.value.pairs:
                if isinstance(inner.value, Broken):
                    yield f"azure.{key.value}: {inner.value.why}"

    def _subscription(self) -> str:
        azure = self._raw(("stack",)).given("azure", {"type": "dict"})
        options = _given.plain(azure) if azure and isinstance(azure.value, _given.Entries) else {}
        return str(options.get("subscription_id") or os.environ.get("AZURE_SUBSCRIPTION_ID") or "")

    def _effective(self, parts: tuple[str, ...], wrong: t.Mapping[str, object]) -> Effective:
        return Effective(self._raw(parts).bare(), _options(parts), frozenset(wrong))

    def _raw(self, parts: tuple[str, ...]) -> RawVariables:
        if parts not in self._known:
            self._known[parts] = self._with_defaults(parts)
        return self._known[parts]

    def _with_defaults(self, parts: tuple[str, ...]) -> RawVariables:
        defaults = {name: value for part in parts for name, value in _defaults(part).items()}
        # A name is known by where it stands: in the inventory, where that has it.
        variables = {
            **{name: value for name, value in defaults.items() if name not in self._variables},
            **self._variables,
        }
        templar = self._templar.copy_with_new_env(available_variables=variables)
        return RawVariables(variables, templar, self._sources, _LATER)


def _texts(value: object) -> t.Iterator[str]:
    """Yield what a secret input consists of: itself, or the values of a dictionary or a list."""
    if isinstance(value, collections.abc.Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value


class Effective(collections.abc.Mapping[str, t.Any]):
    """The bare values of inputs, with the defaults of the roles; each is worked out when it is asked for.

    :param wrong: those that a rule must not see: they have a problem by themselves.
    """

    def __init__(self, raw: RawVariables, options: _problems.Options, wrong: frozenset[str]) -> None:
        self._raw = raw
        self._options = options
        self._wrong = wrong
        self._known: dict[str, t.Any] = {}

    def __getitem__(self, name: str) -> t.Any:
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, name: str) -> t.Any:
        option = self._options.get(name)
        found = None if option is None or name in self._wrong else self._raw.given(name, option)
        # A default may follow from what is wrong with another variable, and that is said there.
        if option is None or found is None or list(_kinds.problems(name, found, option)):
            return None
        return _given.plain(found)

    def __iter__(self) -> t.Iterator[str]:
        return iter(self._options)

    def __len__(self) -> int:
        return len(self._options)


def tag_problems(variables: Variables, known: t.Sequence[str]) -> list[str]:
    """Return why the tags of the command line select nothing."""
    wanted = variables.get("ansible_run_tags") or ["all"]
    skipped = variables.get("ansible_skip_tags") or []
    return list(_run_tags.problems(known, [str(one) for one in wanted], [str(one) for one in skipped]))


def command_line_problems(variables: Variables) -> list[str]:
    """Return why the command line does not say what was meant by it.

    Ansible splits C(-e) at spaces, and puts words that are no C(name=value) where nothing looks for them: of
    C(-e 'backend_command=python -m app') only C(python) would arrive. They may be secret, so they are not shown.
    """
    if not variables.get("_raw_params"):
        return []
    return [
        "the command line: -e ends a value at the first space outside quotes, and words are left over; quote the value "
        """inside as well, -e "name='two words'", or give all of it as JSON, -e '{"name": "two words"}'"""
    ]


@functools.cache
def _options(parts: tuple[str, ...]) -> dict[str, _role_inputs.Option]:
    return {name: option for part in parts for name, option in _role_inputs.options(part).items()}
