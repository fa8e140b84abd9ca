# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module's code inside the controller's worker instead of starting a new Python for every task. Private.

The result is the same as that of the ordinary module (a test runs the same cases through both); what differs is the
cost. The
ordinary module takes over with C(async), privilege escalation, a connection other than local, a missing SDK package, or
C(CODEX_IN_PROCESS=0).
"""

from __future__ import annotations

import collections
import contextlib
import gc
import importlib
import os
import sys
import time
import typing as t

from ansible import constants as C
from ansible.module_utils.common.arg_spec import ValidationResult
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import filter_loader, test_loader
from ansible.utils.display import Display

from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import (
    ENVIRONMENT_VARIABLE,
    HOST_VARIABLE,
    RunCache,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _impact_limit
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._masking import Hidden, mask
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import Body, execute, invalid
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Impact
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec
from ansible_collections.codexdominion.azure.plugins.plugin_utils import _task_arguments
from ansible_collections.codexdominion.azure.plugins.plugin_utils._yaml_source import Sources

display = Display()

# The linear strategy loads action plugins before it forks, so this is the terminal of ansible-playbook itself; a worker
# has none. Where a plugin is loaded in the worker instead, progress falls back to whole lines.
_INTERACTIVE = sys.stdout.isatty()
_LINE_SECONDS = 60.0


# Every worker would look its filters and tests up on disk; found here, they are found for all forks. That is worth
# 10 ms of each task.
for _loader in (filter_loader, test_loader):
    collections.deque(_loader.all(), maxlen=0)
# Who looks for one filter of a collection reads the files of all: that is 40 ms of each task that uses one.
filter_loader.get("codexdominion.azure.words")
# A fork whose collector walks through what it has inherited copies every page of it: that is a tenth of a run's time.
gc.freeze()


def _run_folder() -> str:
    """Return Ansible's private temporary folder, which exists as long as this run."""
    return str(vars(C)["DEFAULT_LOCAL_TMP"])


def _host(variables: dict[str, t.Any] | None) -> str:
    """Return the host of the inventory that a task is for."""
    return str((variables or {}).get("inventory_hostname") or "")


def preload(*packages: str) -> bool:
    """Import SDK packages in the parent, once for all forks; return whether all are there."""
    try:
        for package in packages:
            importlib.import_module(package)
        # azure-core loads its transport at the first request, which would be once in every fork.
        importlib.import_module("azure.core.pipeline.transport").RequestsTransport  # noqa: B018
    except ImportError:
        return False
    gc.freeze()
    return True


class InProcessAction(ActionBase):
    """Base of every action plugin of the collection."""

    SPEC: t.ClassVar[ArgumentSpec]
    BODY: t.ClassVar[Body]
    AVAILABLE: t.ClassVar[bool]
    HAS_IMPACT: t.ClassVar[bool] = False
    """Whether the module says what it does to running things: only that can be held to a limit."""

    _supports_async = True
    _max_impact = _impact_limit.NO_LIMIT

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        if changed := list(_task_arguments.problems(self.SPEC.options, arguments, Sources(self._loader))):
            return {**result, **self._refuse(changed, self.SPEC.validate(arguments))}
        return {**result, **self._perform_within_limit(task_vars)}

    def _perform_within_limit(self, task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        """Look first at what would be done, where not everything may be; what is refused has written nothing."""
        try:
            limit = self._limit(task_vars or {})
        except OperationsError as error:
            return {"failed": True, "changed": False, "msg": str(error), "failure": error.failure()}
        self._max_impact = limit
        if limit is _impact_limit.NO_LIMIT or not self.HAS_IMPACT:
            return self._perform(task_vars)
        with self._only_looking():
            planned = self._perform(task_vars)
        looks_only = self._task.check_mode and not (task_vars or {}).get("ansible_check_mode")
        if planned.get("failed") or looks_only:
            return planned
        arguments = dict(self._task.args)
        if excess := _impact_limit.excess(self._task.action, arguments, planned.get("impact"), limit):
            secrets = self.SPEC.validate(arguments)._no_log_values
            refused = {"msg": str(excess), "failure": excess.failure()}
            return {**mask(refused, secrets), "failed": True, "changed": False, "impact": planned["impact"]}
        return planned if self._task.check_mode else self._perform(task_vars)

    def _limit(self, variables: dict[str, t.Any]) -> Impact:
        """Return what the inventory says of the impact that a module may have."""
        counts = self._task.get_vars().get(
            _impact_limit.EXEMPTION, True
        )  # a task says so, no inventory or command line
        if _impact_limit.VARIABLE not in variables or not boolean(self._templar.template(counts)):
            return _impact_limit.NO_LIMIT
        return _impact_limit.parse(self._templar.template(variables[_impact_limit.VARIABLE]))

    @contextlib.contextmanager
    def _only_looking(self) -> t.Iterator[None]:
        """Have the task run under check mode, and wait for it."""
        before = self._task.check_mode, self._task.async_val
        self._task.check_mode, self._task.async_val = True, 0
        try:
            yield
        finally:
            self._task.check_mode, self._task.async_val = before

    def _perform(self, task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        if self._must_be_a_process():
            return self._run_as_module(task_vars)
        with self._environment():
            return self._run_in_process(_host(task_vars))

    def _refuse(self, problems: list[str], checked: ValidationResult) -> dict[str, t.Any]:
        refused = invalid([*problems, *self.SPEC.problems(checked)])
        return t.cast("dict[str, t.Any]", remove_values(refused, checked._no_log_values))

    def _must_be_a_process(self) -> bool:
        return bool(
            self._task.async_val
            or os.environ.get("CODEX_IN_PROCESS") == "0"
            or self._connection.transport != "local"
            or self._connection.become
            or not self.AVAILABLE
        )

    def _body(self) -> Body:
        """Return what this task runs in process."""
        return type(self).BODY

    def _run_as_module(self, task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        if self._connection.transport == "local" and not self._connection.become:
            # The run's private folder is this machine's and this user's: the module may use it too.
            shared = {ENVIRONMENT_VARIABLE: _run_folder(), HOST_VARIABLE: _host(task_vars)}
            self._task.environment = [*(self._task.environment or []), shared]
        limit = {_impact_limit.ENVIRONMENT_VARIABLE: str(self._max_impact)}
        self._task.environment = [*(self._task.environment or []), limit]
        result = self._execute_module(task_vars=task_vars, wrap_async=self._task.async_val)
        return t.cast("dict[str, t.Any]", result)

    def _run_in_process(self, host: str) -> dict[str, t.Any]:
        checked = self.SPEC.validate(dict(self._task.args))
        params = checked.validated_parameters
        if problems := self.SPEC.problems(checked):
            result = invalid(problems)
        else:
            with _Progress() as progress:
                ctx = Context(params, self._task.check_mode, RunCache(_run_folder(), host), progress.show)
                ctx.max_impact = self._max_impact
                hidden = Hidden(checked._no_log_values)
                ctx.say = lambda line: progress.say(hidden.text(line))
                result = execute(self._body(), ctx, self._task.diff)
                if ctx.warnings:
                    result["warnings"] = ctx.warnings
        secrets = checked._no_log_values
        return {**mask(result, secrets), "invocation": remove_values({"module_args": params}, secrets)}

    @contextlib.contextmanager
    def _environment(self) -> t.Iterator[None]:
        """Apply the C(environment) keyword, as a process of its own would have it."""
        wanted: dict[str, t.Any] = {}
        self._compute_environment_string(wanted)
        before = dict(os.environ)
        os.environ.update({name: str(value) for name, value in wanted.items()})
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def action_of(name: str) -> type[InProcessAction]:
    """Return the action plugin that runs the module of the same name.

    :param name: of the plugin's Python module; that of the module ends alike, and says in C(PACKAGES) what SDK packages
        it needs.
    """
    package, _dot, own = name.rpartition(".")
    module = importlib.import_module(f"{package.rpartition('.')[0]}.modules.{own}")
    packages = getattr(module, "PACKAGES", ())
    members = {
        "SPEC": module.SPEC,
        "BODY": module.run,
        "AVAILABLE": not packages or preload(*packages),
        "HAS_IMPACT": "\nimpact:" in module.RETURN,
    }
    return type("ActionModule", (InProcessAction,), {"__module__": name, "__doc__": module.__doc__, **members})


class _Progress:
    """Progress of a wait: a live line on a terminal, otherwise a line when a minute has passed."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._live = False

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._live:
            display.display("\r\x1b[K", newline=False, screen_only=True)

    def show(self, message: str) -> None:
        if _INTERACTIVE:
            self._live = True
            display.display(f"\r\x1b[K{message}", newline=False, screen_only=True)
        elif time.monotonic() - self._last >= _LINE_SECONDS:
            self._last = time.monotonic()
            display.display(message)

    def say(self, line: str) -> None:
        """Show a line that stays."""
        display.display(f"\r\x1b[K{line}" if self._live else line)
        self._live = False
