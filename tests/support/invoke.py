"""A module's own code with the parameters of a task, without Ansible around it: fast enough for tables of cases."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import execute, invalid

CONNECTION = ("subscription_id", "tenant_id", "client_id", "client_secret", "cloud", "ca_path")


def invoke(
    module: str, params: dict[str, Any], *, check_mode: bool = False, cache: Path | None = None, host: str = ""
) -> dict[str, Any]:
    """Return the result of a module; `diff` is always in it.

    :param params: as in a task, with the connection.
    :param cache: the run's private folder; without one every call asks for a token of its own.
    :param host: the host the task is for; with one, what the run has read is kept for its other tasks.
    """
    code = importlib.import_module(f"ansible_collections.codexdominion.azure.plugins.modules.{module}")
    checked = code.SPEC.validate(params)
    if problems := code.SPEC.problems(checked):
        return invalid(problems)
    kept = RunCache(str(cache) if cache else None, host)
    ctx = Context(checked.validated_parameters, check_mode, kept, lambda _text: None)
    result = execute(code.run, ctx, diff_mode=True)
    if ctx.warnings:
        result["warnings"] = ctx.warnings
    return result


def problems(module: str, params: dict[str, Any]) -> list[str]:
    """Return what a module finds wrong with parameters before it sends anything."""
    code = importlib.import_module(f"ansible_collections.codexdominion.azure.plugins.modules.{module}")
    found: list[str] = code.SPEC.problems(code.SPEC.validate(params))
    return found
