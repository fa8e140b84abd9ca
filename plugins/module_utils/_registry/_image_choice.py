# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which image of a repository to run: the one that is named, or the newest that can be run at all. Private."""

from __future__ import annotations

import re
import typing as t
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _image_kinds as kinds
from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _image_prune, _images
from ansible_collections.codexdominion.azure.plugins.module_utils._registry._images import Registry, missing

# An index may list indexes; nobody nests them deeper.
_DEPTH = 4
# Usually the newest tag is an image, so it is looked at alone; what comes after it in one go.
_AT_ONCE = 8
_NAMED = 3

Described = dict[str, t.Any]


class Choice(t.NamedTuple):
    """What was chosen, or why nothing was.

    :ivar chosen: as the registry describes it, None where there is none to run.
    :ivar passed_over: what was looked at before, each with its C(reason).
    :ivar problem: one line; empty when an image was chosen.
    """

    chosen: Described | None
    passed_over: list[Described]
    problem: str


SPEC = ArgumentSpec(
    options={
        "tag": {"type": "str"},
        "digest": {"type": "str"},
        "choose": {"type": "bool", "default": False},
        "platform": {"type": "str", "default": "linux/amd64"},
        "ignore_tags": {"type": "str"},
    },
    mutually_exclusive=(("tag", "digest"),),
    rules={
        "tag": _images.problem_with_tag,
        "digest": _images.problem_with_digest,
        "platform": kinds.problem_with_platform,
        "ignore_tags": _image_prune.problem_with_pattern,
    },
)


def look_up(registry: Registry, params: Params) -> dict[str, t.Any]:
    """Return what a registry says of a tag, a digest, or of all tags."""
    repository = params["repository"]
    try:
        if params["tag"]:
            images = [registry.tag(repository, params["tag"])]
        elif params["digest"]:
            images = [registry.manifest(repository, params["digest"])]
        else:
            images = registry.tags(repository)
    except OperationsError as error:
        if not missing(error):
            raise
        images = []
    return {"exists": bool(images), "images": images}


def choose(registry: Registry, params: Params) -> dict[str, t.Any]:
    """Return all tags, and the image to run: of the digest or the tag that is given, else the newest.

    A digest needs no tag, so it is not looked for among them only.
    """
    repository, digest, tag = params["repository"], params["digest"], params["tag"]
    tags = look_up(registry, {**params, "tag": None, "digest": None})["images"]
    chooser = Chooser(registry, repository, kinds.platform(params["platform"]))
    name = f"{registry.server}/{repository}"
    if digest:
        tagged = next((one for one in tags if one["digest"] == digest), None)
        choice = chooser.named(tagged or registry.find_manifest(repository, digest), f"{name}@{digest}")
    elif tag:
        choice = chooser.named(next((one for one in tags if one["tag"] == tag), None), f"{name}:{tag}")
    else:
        choice = chooser.newest(tags, params["ignore_tags"])
    return {"exists": choice.chosen is not None, "images": tags, **choice._asdict()}


class Chooser:
    """Looks at manifests of one repository, each at most once."""

    def __init__(self, registry: Registry, repository: str, platform: kinds.Platform) -> None:
        self._registry = registry
        self._repository = repository
        self._platform = platform
        self._known: dict[str, str | None] = {}

    def named(self, found: Described | None, name: str) -> Choice:
        """Choose what was asked for by tag or digest, if it can be run. :param found: None where there is no such."""
        if found is None:
            return Choice(None, [], f"The registry has no image {name}.")
        reason = self._unfit(found["digest"])
        if reason is None:
            return Choice(found, [], "")
        return Choice(None, [{**found, "reason": reason}], f"{name} cannot be run: it is {reason}.")

    def newest(self, tags: list[Described], ignore: str | None) -> Choice:
        """Choose the first of the tags (the most recently changed) that is an image for the platform.

        :param ignore: a regular expression for the beginning of names that are no choice.
        """
        candidates = [one for one in tags if not (ignore and re.match(ignore, one["tag"]))]
        passed_over: list[Described] = []
        size = 1
        while candidates:
            batch, candidates = candidates[:size], candidates[size:]
            self._look(batch)
            for one in batch:
                reason = self._known[one["digest"]]
                if reason is None:
                    return Choice(one, passed_over, "")
                passed_over.append({**one, "reason": reason})
            size = _AT_ONCE
        return Choice(None, passed_over, self._nothing(passed_over))

    def _nothing(self, passed_over: list[Described]) -> str:
        name = f"{self._registry.server}/{self._repository}"
        if not passed_over:
            return f"The registry has no image {name} with any tag."
        told = [f"{one['tag']} is {one['reason']}" for one in passed_over[:_NAMED]]
        if more := len(passed_over) - _NAMED:
            told += [f"and {more} more"] if more > 0 else []
        return f"The registry has no image {name} for {self._platform}: {', '.join(told)}."

    def _look(self, batch: list[Described]) -> None:
        digests = list({one["digest"] for one in batch} - self._known.keys())
        if not digests:
            return
        with ThreadPoolExecutor(len(digests)) as pool:
            self._known.update(zip(digests, pool.map(self._unfit, digests), strict=True))

    def _unfit(self, digest: str, depth: int = _DEPTH) -> str | None:
        """Return in words what a manifest is if it is no image for the platform, else None."""
        with ThreadPoolExecutor(1) as pool:
            # Of most manifests both are needed, and each takes a round trip.
            told = pool.submit(self._registry.platform, self._repository, digest)
            try:
                manifest = self._registry.content(self._repository, digest)
            except OperationsError as error:
                if missing(error):
                    return "not there any more"
                raise
        if words := kinds.beside(manifest):
            return words
        if kinds.is_index(manifest):
            return self._unfit_index(kinds.parts(manifest), depth)
        found = told.result() or self._registry.built_for(self._repository, manifest)
        return None if found == self._platform else f"an image for {found or 'no platform it names'}"

    def _unfit_index(self, parts: list[kinds.Part], depth: int) -> str | None:
        if any(one.platform == self._platform for one in parts):
            return None
        untold = [one.digest for one in parts if one.platform is None] if depth else []
        reasons = [self._unfit(digest, depth - 1) for digest in untold]
        if None in reasons:
            return None
        platforms = sorted({str(one.platform) for one in parts if one.platform})
        return f"an image for {', '.join(platforms)}" if platforms else "a list without an image"
