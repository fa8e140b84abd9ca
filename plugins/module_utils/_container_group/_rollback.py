# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change that does not come up is undone by the module that made it. Private to this collection.

What ran before is in Azure's own words in this process, and nowhere else: what a task returns may have been masked.
Secrets are those of the task, since Azure gives none back.
"""

from __future__ import annotations

import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import (
    _body,
    _gates,
    _health,
    _secrets,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._container_group._group import ContainerGroup
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _secret_digest
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError

Body = dict[str, t.Any]

NOTHING_CHANGED = "Nothing was changed."


def explain(ctx: Context, group: ContainerGroup, error: OperationsError) -> OperationsError:
    """Return an error with everything a report needs, after undoing what the task asks to undo.

    C(details) holds C(expected), C(answered), the state of the container, C(existed), C(wrote), and C(done).
    """
    error.details.setdefault("answered", f"{error.message}{f' ({error.code})' if error.code else ''}")
    error.details["done"] = NOTHING_CHANGED
    error.details["existed"] = group.before is not None
    error.details["wrote"] = False
    rollback = ctx.params["rollback"] and ctx.params["state"] == "present"
    if not group.planned or not (group.wrote or rollback):
        return error
    now, problem = _look(group)
    wrote = group.wrote or (not ctx.check_mode and not problem and _differs(group.before, now))
    error.details["wrote"] = wrote
    facts = _observe(group, now, wrote)
    if problem:
        facts["log_problem"] = problem
    remedy = facts.pop("remedy", "")
    if "cause" not in error.details and wrote and _ended(facts):
        error.remedy = remedy
    else:
        facts.pop("cause", None)
    for name, value in facts.items():
        error.details.setdefault(name, value)
    if wrote:
        error.details["done"] = _undo(ctx, group, now) if rollback else ""
    elif problem and error.status is None and not ctx.check_mode:
        error.details["done"] = "Whether anything was changed is not known: Azure gives no answer."
    return error


def _differs(before: Body | None, now: Body | None) -> bool:
    """Return whether a write arrived although its answer did not."""
    if now is None or before is None:
        return now is not before
    return _body.view(now) != _body.view(before) or now.get("tags") != before.get("tags")


def _look(group: ContainerGroup) -> tuple[Body | None, str]:
    """Return the group as it is now, or why it cannot be read: that is part of the report and not its subject."""
    try:
        return group.read(), ""
    except OperationsError as error:
        return None, f"{error.message}{f' ({error.code})' if error.code else ''}"


def _observe(group: ContainerGroup, now: Body | None, wrote: bool) -> dict[str, t.Any]:
    """Return the facts about the container that is worst off; the words of one that runs as before are no news."""
    containers = (now or {"properties": {}})["properties"].get("containers") or []
    if now is None or not containers:
        return {}
    names = [one["name"] for one in containers]
    worst = next((name for name in names if not _health.healthy(now, name)), names[0])
    facts = _health.observe(now, worst, group)
    return facts if wrote else {name: facts[name] for name in ("container", "state", "exit_code", "restart_count")}


def _ended(facts: dict[str, t.Any]) -> bool:
    """Return whether a container did not start, or has ended, which then is the reason for everything else."""
    return bool(facts.get("restart_count")) or facts.get("exit_code") is not None or facts.get("cause") == "pull"


def _undo(ctx: Context, group: ContainerGroup, now: Body | None) -> str:
    """Bring back what ran before; return what was done, one sentence."""
    name = ctx.params["name"]
    deadline = time.monotonic() + ctx.timeout
    if group.before is None:
        if not ctx.params["remove_failed"]:
            return "There was nothing to put back."
        try:
            group.remove(deadline)
        except OperationsError as error:
            return f"{name} could not be removed: {error}"
        return f"{name} was removed."
    body, lost = _restored(ctx, group.before)
    if now is not None and _body.view(now) == _body.view(body) and _succeeded(now) and not lost:
        return "Image and environment are as before; secrets cannot be read back, and are those of the inventory."
    image = ", ".join(one["properties"]["image"] for one in body["properties"]["containers"])
    without = f" Azure gives no secrets back, and none is known for: {', '.join(lost)}." if lost else ""
    try:
        group.put_back(body, deadline)
    except OperationsError as error:
        return f"What ran before could not be put back: {error}{without}"
    try:
        _gates.ask(ctx, group.read())
    except OperationsError as error:
        return (
            f"Put back {image}, which does not answer either: {error.details.get('answered', error.message)}.{without}"
        )
    return f"Put back {image}, which answers again.{without}"


def _restored(ctx: Context, before: Body) -> tuple[Body, list[str]]:
    """Return what to write, with the tag that remembers the secrets it holds."""
    body, lost = _body.restored(before, ctx.params)
    held = {
        _secrets.variable(container["name"], one["name"])
        for container in body["properties"].get("containers") or []
        for one in container["properties"]["environmentVariables"]
        if "secureValue" in one
    }
    given = _secrets.named(ctx.params)
    kept = {name: value for name, value in given.items() if name in held or not _secrets.is_variable(name)}
    tags = _secret_digest.without(before.get("tags"))
    if kept:
        tags[_secret_digest.TAG] = _secret_digest.remember(kept, ctx.params["secrets_key"])
    body["tags"] = tags
    return body, lost


def _succeeded(now: Body) -> bool:
    return str(now["properties"].get("provisioningState") or "Succeeded") == "Succeeded"
