# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a specification and a function to a module: the one place where errors become a result. Private."""

from __future__ import annotations

import os
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.parameters import remove_values

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _run_guard
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import (
    ENVIRONMENT_VARIABLE,
    HOST_VARIABLE,
    RunCache,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _impact_limit
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._masking import Hidden, mask
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, describe

Result = dict[str, t.Any]
Body = t.Callable[[Context], Result]


def invalid(problems: t.Sequence[str]) -> Result:
    """Return the result for input that was refused before any request."""
    error = OperationsError(
        describe(problems), code="InvalidParameters", remedy="", details={"problems": list(problems)}
    )
    return {"failed": True, "changed": False, "msg": describe(problems), "failure": error.failure()}


def execute(body: Body, ctx: Context, diff_mode: bool) -> Result:
    """Run a module's function; its errors become a failed result with a structured C(failure)."""
    if not ctx.check_mode:
        _run_guard.end_with_run()
    try:
        result = body(ctx)
    except OperationsError as error:
        result = {"failed": True, "changed": False, "msg": str(error), "failure": error.failure()}
    if ctx.retries:
        result["retries"] = ctx.retries
    if not diff_mode:
        result.pop("diff", None)
    return result


class _Module(AnsibleModule):
    """An AnsibleModule that names every problem of its input at once, and hides secrets in text only."""

    spec: t.ClassVar[ArgumentSpec]

    def exit_json(self, **kwargs: t.Any) -> t.NoReturn:
        super().exit_json(**self._masked(kwargs))

    def fail_json(self, msg: str, **kwargs: t.Any) -> t.NoReturn:
        refused = getattr(self, "validation_result", None)
        if refused is not None and refused.errors.errors and "failure" not in kwargs:
            result = invalid(self.spec.problems(refused))
            msg, kwargs = result["msg"], {"changed": False, "failure": result["failure"]}
        super().fail_json(**self._masked({"msg": str(msg), **kwargs}))

    def _masked(self, result: Result) -> Result:
        """Return a result with its secrets hidden, and leave Ansible none to hide: it would do so everywhere."""
        secrets = set(self.no_log_values)
        invocation = remove_values({"module_args": self.params}, secrets)
        self.no_log_values.clear()
        return {**mask(result, secrets), "invocation": invocation}


def run_module(spec: ArgumentSpec, body: Body) -> None:
    """Run as an ordinary Ansible module, in a process of its own."""
    _Module.spec = spec
    module = _Module(supports_check_mode=True, **spec.to_kwargs())
    if problems := spec.problems(module.validation_result):
        module.fail_json(**invalid(problems))
    cache = RunCache(os.environ.get(ENVIRONMENT_VARIABLE), os.environ.get(HOST_VARIABLE, ""))
    ctx = Context(module.params, module.check_mode, cache, module.debug)
    ctx.max_impact = _impact_limit.parse(os.environ.get(_impact_limit.ENVIRONMENT_VARIABLE, _impact_limit.NO_LIMIT))
    result = execute(body, ctx, bool(module._diff))
    hidden = Hidden(module.no_log_values)
    for warning in ctx.warnings:
        module.warn(hidden.text(warning))
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)
