# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tags and images of a repository are old enough to go. Private to this collection."""

from __future__ import annotations

import datetime
import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils import _plan
from ansible_collections.codexdominion.azure.plugins.module_utils._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._images import Registry
from ansible_collections.codexdominion.azure.plugins.module_utils._plan import Change, Impact
from ansible_collections.codexdominion.azure.plugins.module_utils._spec import Params


def problem_with_pattern(value: str) -> str | None:
    """Return what is wrong with a regular expression, or None."""
    try:
        re.compile(value)
    except re.error as exc:
        return f"{value!r} is not a regular expression: {exc}"
    return None


def problems(params: Params) -> t.Iterator[str]:
    """Yield what is wrong with the options together."""
    if params["keep"] < 1:
        yield f"keep: {params['keep']} is less than 1; there would be nothing to go back to"
    if params["untagged_days"] is not None and params["untagged_days"] < 1:
        yield f"untagged_days: {params['untagged_days']} is less than 1"


def prune(ctx: Context, registry: Registry) -> dict[str, t.Any]:
    """Remove old tags and untagged images, or in check mode say which.

    :raises OperationsError: when the registry cannot be read completely; then nothing has been removed.
    """
    params = ctx.params
    repository = params["repository"]
    keep_digests = set(params["keep_digests"])
    tags = _old_tags(registry.tags(repository), params["tag_pattern"], params["keep"], keep_digests)
    manifests = _old_manifests(registry, repository, params["untagged_days"], keep_digests)
    changes = [Change(("tags", tag), digest, None, Impact.DATA_LOSS) for tag, digest in tags.items()]
    changes += [Change(("manifests", digest), created, None, Impact.DATA_LOSS) for digest, created in manifests.items()]
    plan = _plan.update(changes)
    if not ctx.check_mode:
        for tag in tags:
            registry.delete_tag(repository, tag)
        for digest in manifests:
            registry.delete_manifest(repository, digest)
    return {
        "changed": plan.changed,
        "impact": str(plan.impact),
        "diff": plan.diff(),
        "tags": list(tags),
        "manifests": list(manifests),
    }


def _old_tags(tags: list[dict[str, t.Any]], pattern: str | None, keep: int, keep_digests: set[str]) -> dict[str, str]:
    """Return digest by tag for the tags that may go, the newest first."""
    if pattern is None:
        return {}
    matching = [one for one in tags if re.fullmatch(pattern, one["tag"])]
    return {one["tag"]: one["digest"] for one in matching[keep:] if one["digest"] not in keep_digests}


def _old_manifests(registry: Registry, repository: str, days: int | None, keep_digests: set[str]) -> dict[str, str]:
    """Return the creation time by digest for the untagged images that may go."""
    if days is None:
        return {}
    manifests = registry.manifests(repository)
    parts = {
        part
        for one in manifests
        if one["tags"] or one["digest"] in keep_digests
        for part in registry.parts(repository, one["digest"])
    }
    limit = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
    return {
        one["digest"]: one["created"]
        for one in manifests
        if not one["tags"]
        and one["digest"] not in keep_digests | parts
        and datetime.datetime.fromisoformat(one["last_updated"]) < limit
    }
