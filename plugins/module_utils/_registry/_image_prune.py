# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tags and images of a repository are old enough to go. Private to this collection."""

from __future__ import annotations

import dataclasses
import datetime
import re
import typing as t
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Change, Impact
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import Params
from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _image_kinds as kinds
from ansible_collections.codexdominion.azure.plugins.module_utils._registry._images import Registry, missing

_AT_ONCE = 8


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
            registry.forget_manifest(repository, digest)
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
    """Return the creation time by digest for the images that may go, in the order in which they do."""
    if days is None:
        return {}
    found = registry.manifests(repository)
    limit = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
    manifests = [
        Manifest(
            one["digest"],
            tuple(one["tags"]),
            one["digest"] in keep_digests,
            datetime.datetime.fromisoformat(one["last_updated"]) < limit,
        )
        for one in found
    ]
    if not any(one.may_go for one in manifests):
        return {}
    # What belongs to what stands in the manifests only, and what stays may point at anything: so all are read.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        contents = list(pool.map(lambda one: _content(registry, repository, one["digest"]), found))
    created = {one["digest"]: str(one["created"]) for one in found}
    read = {one.digest: content for one, content in zip(manifests, contents, strict=True) if content is not None}
    return {digest: created[digest] for digest in removable(manifests, read)}


def _content(registry: Registry, repository: str, digest: str) -> kinds.Content | None:
    """Return what a manifest says, None if it has gone meanwhile."""
    try:
        return registry.content(repository, digest)
    except OperationsError as error:
        if missing(error):
            return None
        raise


@dataclasses.dataclass(frozen=True)
class Manifest:
    """What a registry lists of one manifest, and what it means here.

    :ivar named: whether the task names it as one to keep.
    :ivar old: whether it has been there long enough to go.
    """

    digest: str
    tags: tuple[str, ...]
    named: bool
    old: bool

    @property
    def attached_to(self) -> set[str]:
        """What its tags say it belongs to; empty if one of them is a name of its own."""
        said = [kinds.signed_by_tag(tag) for tag in self.tags]
        return set() if None in said else {one for one in said if one}

    @property
    def has_name(self) -> bool:
        """Whether it stays for its own sake: the task names it, or a tag that does not say it belongs to another."""
        return self.named or (bool(self.tags) and not self.attached_to)

    @property
    def may_go(self) -> bool:
        """Whether it goes unless something that stays holds it."""
        return self.old and not self.has_name


def removable(manifests: t.Sequence[Manifest], contents: t.Mapping[str, kinds.Content]) -> list[str]:
    """Return the digests that may go: what belongs to others first, then lists, then what they list.

    What stays holds what it lists and what it belongs to, and is followed by what belongs to it: signatures stay and go
    with what they sign, whatever their own age and tags.
    """
    there = {one.digest for one in manifests}
    owners = {one.digest: _owners(one, contents.get(one.digest, {})) & there for one in manifests}
    belongings: dict[str, set[str]] = {digest: set() for digest in there}
    for digest, of in owners.items():
        for owner in of:
            belongings[owner].add(digest)
    # What belongs to something stays for its sake only; if that has gone already, it stays until it is old.
    waiting = [one.digest for one in manifests if one.has_name or not (one.old or owners[one.digest])]
    stays: set[str] = set()
    while waiting:
        digest = waiting.pop()
        if digest not in stays:
            stays.add(digest)
            listed = there.intersection(kinds.children(contents.get(digest, {})))
            waiting += [*listed, *owners[digest], *belongings[digest]]
    gone = there - stays
    depth = {digest: _depth(digest, owners, contents, frozenset()) for digest in gone}
    order = {one.digest: number for number, one in enumerate(manifests)}
    return sorted(gone, key=lambda digest: (-depth[digest], order[digest]))


def _owners(manifest: Manifest, content: kinds.Content) -> set[str]:
    said = {kinds.subject(content)} | manifest.attached_to
    return {one for one in said if one}


def _depth(
    digest: str, owners: t.Mapping[str, set[str]], contents: t.Mapping[str, kinds.Content], above: frozenset[str]
) -> int:
    """Return after how many others something goes at the earliest: what nothing points at any more goes last.

    An interrupted run then leaves no signature without what it signs, and no list without what it lists.
    """
    if digest in above:
        return 0
    below = (owners.get(digest, set()) | set(kinds.children(contents.get(digest, {})))) & owners.keys()
    return 1 + max((_depth(one, owners, contents, above | {digest}) for one in below), default=0)
