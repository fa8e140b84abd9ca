# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a directory to an image in a registry, whoever builds it. Private to this collection.

The tag of a commit says what is in the image, so it is built once. What came of it, the registry says in the end.
"""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs, _names, _plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._registry import (
    _build_arguments,
    _build_source,
    _engine,
    _image_kinds,
    _images,
    _task_run,
)

METHODS = ("engine", "acr_task")
_SECONDS = 1800


def _problems(params: Params) -> t.Iterator[str]:
    for problem in _build_arguments.problems(params["build_arguments"] or {}, params["secrets"] or []):
        yield f"build_arguments: {problem}"
    for tag in params["more_tags"]:
        if wrong := _images.problem_with_tag(tag):
            yield f"more_tags: {wrong}"
    if pathlib.PurePath(params["dockerfile"]).is_absolute():
        yield f"dockerfile: {params['dockerfile']} has to be a path inside of the context"


SPEC = _common_specs.AZURE.merge(_common_specs.IMAGES).merge(
    ArgumentSpec(
        options={
            "method": {"type": "str", "required": True, "choices": list(METHODS)},
            "resource_group": {"type": "str"},
            "registry_name": {"type": "str"},
            "repository": {"type": "str"},
            "context": {"type": "path"},
            "local_image": {"type": "str"},
            "dockerfile": {"type": "str", "default": "Dockerfile"},
            "target": {"type": "str"},
            "platform": {"type": "str", "default": "linux/amd64"},
            "build_arguments": {"type": "dict"},
            "secrets": {"type": "list", "elements": "str", "no_log": True},
            "tag": {"type": "str"},
            "more_tags": {"type": "list", "elements": "str", "default": ["latest"]},
            "allow_dirty": {"type": "bool", "default": False},
            "always": {"type": "bool", "default": False},
            "pull": {"type": "bool", "default": False},
            "socket": {"type": "str"},
            "timeout": {"type": "int", "default": _SECONDS},
        },
        required_if=(("method", "acr_task", ["resource_group", "registry_name", "context"]),),
        required_one_of=(("context", "local_image"),),
        required_by={"context": "repository"},
        mutually_exclusive=(("context", "local_image"),),
        rules={
            "local_image": _images.problem_with,
            "tag": lambda tag: _images.problem_with_tag(tag) if tag else None,
            "platform": _image_kinds.problem_with_platform,
            "resource_group": _names.resource_group,
            "registry_name": _names.registry,
        },
        checks=(_problems, _common_specs.positive_timeout),
    )
)


class _Source(t.NamedTuple):
    """What is to be in the registry.

    :ivar folder: what is built; None where the engine has the image already.
    """

    folder: pathlib.Path | None
    revision: _build_source.Revision
    tag: _build_source.Tag
    repository: str


def _source(params: Params) -> _Source:
    """Return what is to be pushed.

    :raises OperationsError: where it is not there, or may not be built.
    """
    if params["local_image"]:
        named = _images.parse(params["local_image"])
        tag = _build_source.Tag(params["tag"] or named.tag, is_commit=False)
        return _Source(None, _build_source.Revision(""), tag, params["repository"] or named.repository)
    folder = _build_source.need(params["context"], params["dockerfile"])
    revision = _build_source.revision(folder)
    tag = _build_source.tag(revision, params["tag"] or "", params["context"], allow_dirty=params["allow_dirty"])
    return _Source(folder, revision, tag, params["repository"])


def run(ctx: Context) -> dict[str, t.Any]:
    """Build the image unless the registry has it, and let all its tags point to it."""
    params = ctx.params
    wanted = _source(params)
    source, tag, repository = wanted.revision, wanted.tag, wanted.repository
    registry = _images.Registry(ctx.session, params["registry"], params["username"], params["password"])
    tags = list(dict.fromkeys([tag.name, *params["more_tags"]]))
    before = {one: _digest(registry.find_tag(repository, one)) for one in tags}
    present = before[tag.name] if tag.is_commit and not params["always"] else None
    digest, builds = present, present is None
    details: dict[str, t.Any] = {"run_id": None}
    if builds:
        # Also under check mode: what would be missing is missing there already.
        details, digest = _make(ctx, wanted, registry, checks_only=ctx.check_mode)
    after = dict.fromkeys(tags, digest or _plan.NOT_KNOWN)
    plan = _plan.update(_plan.Change((one,), before[one], after[one]) for one in tags if before[one] != after[one])
    if digest:
        for one in tags if not ctx.check_mode else []:
            if _digest(registry.find_tag(repository, one)) != digest:
                registry.set_tag(repository, one, digest)
    return {
        "changed": plan.changed,
        "impact": str(plan.impact),
        "diff": plan.diff(),
        "built": builds and wanted.folder is not None,
        "commit": source.commit or None,
        "dirty": bool(source.changed),
        "tags": tags,
        "image": {
            "registry": registry.server,
            "repository": repository,
            "tag": tag.name,
            "digest": digest,
            "image": f"{registry.server}/{repository}@{digest}" if digest else None,
        },
        **details,
    }


def _make(
    ctx: Context, source: _Source, registry: _images.Registry, *, checks_only: bool
) -> tuple[dict[str, t.Any], str | None]:
    """Have the image built and pushed; return what is known of the run, and the digest that the registry has."""
    params = ctx.params
    repository, tag = source.repository, source.tag.name
    wanted = _engine.Build(
        f"{registry.server}/{repository}:{tag}",
        params["dockerfile"],
        params["target"] or "",
        params["platform"],
        {name: str(value) for name, value in (params["build_arguments"] or {}).items()},
        params["pull"],
    )
    details: dict[str, t.Any] = {"run_id": None}
    if params["method"] == "acr_task" and source.folder:
        if checks_only:
            return details, None
        with _build_source.pack(source.folder, params["dockerfile"], compressed=True) as archive:
            details["run_id"] = _task_run.build(ctx, archive, wanted, f"{repository}:{tag}")
    else:
        with _engine.Engine(_engine.socket(params["socket"] or ""), ctx.timeout) as engine:
            if checks_only:
                return details, None
            username, password = registry.login()
            engine.log_in(registry.server, username, password)
            if source.folder:
                with _build_source.pack(source.folder, params["dockerfile"], compressed=False) as archive:
                    engine.build(archive, wanted, ctx.say)
            else:
                engine.tag(params["local_image"], f"{registry.server}/{repository}", tag)
            engine.push(f"{registry.server}/{repository}", tag, username, password, ctx.say)
    if found := _digest(registry.find_tag(repository, tag)):
        return details, found
    raise OperationsError(
        f"{wanted.name} is not in the registry although it was pushed",
        code="ImageMissing",
        remedy="Look at the lines before, and run it again with -e registry_build_always=true (always).",
    )


def _digest(found: t.Mapping[str, t.Any] | None) -> str | None:
    return str(found["digest"]) if found else None
