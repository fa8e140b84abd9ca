# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the site of a stack, unless what is wanted is served or kept already. Private to this collection."""

from __future__ import annotations

import datetime
import pathlib
import subprocess
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import (
    _command,
    _export,
    _served,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._kept_builds import Build, KeptBuilds
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._project import Project
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._workshop import Workshop
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _text

WHEN = ("changed", "always")
_GIT_SECONDS = 30


def _variables(params: Params) -> t.Iterator[str]:
    yield from _served.environment_problems("build_environment", params["build_environment"])


SPEC = (
    _served.SPEC.merge(_served.PROGRAMS)
    .merge(_served.BUILDS)
    .merge(
        ArgumentSpec(
            options={
                "project": {"type": "path", "required": True},
                "build_environment": {"type": "dict", "default": {}},
                "output": {"type": "str"},
                "build": {"type": "str", "default": "changed", "choices": list(WHEN)},
            },
            rules={"output": _served.problem_with_output},
            checks=(_variables,),
        )
    )
)


def build(ctx: Context) -> dict[str, t.Any]:
    """Build, or find out that nothing has to be built.

    :returns: C(changed), and C(build) with C(deploy): whether it still has to get to the site.
    :raises OperationsError: whatever is wrong with Node, project, lock, or build; what is served is untouched.
    """
    params = ctx.params
    project = Project(pathlib.Path(params["project"]).absolute(), params["output"])
    project.require_build()
    node = _command.find_node(params["node_directory"], project.engines)
    environment = {name: _text.text(value) for name, value in params["build_environment"].items()}
    sources = project.digest(environment)
    served = _served.look(ctx)
    always = params["build"] == "always"
    if served.marker is not None and served.marker.sources == sources and not always:
        marker = served.marker
        return _result(False, "what is served was built from these sources", marker.release, sources, marker.content)
    kept = KeptBuilds(_served.builds_folder(params), params["name"])
    if not always and (
        known := next((one for one in kept.all(_served.environment_of(params)) if one.sources == sources), None)
    ):
        kept.content(known)
        message = f"{known.name} was built from these sources"
        return _result(False, message, known.name, sources, known.content, deploy=True)
    if ctx.check_mode:
        why = "it would be built anew" if always else "the sources have changed, and would be built"
        return _result(True, why, "", sources, "", deploy=True)
    with kept.exclusive():
        site = Workshop(ctx, kept.workshop, project, node, environment).build(params["output"])
        content = _export.read(site)
        _export.refuse_excess(content, served.sku)
        made = Build(
            name=kept.free_name(),
            environment=_served.environment_of(params),
            created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            sources=sources,
            content=content.digest,
            files=len(content.files),
            size_bytes=content.size_bytes,
            addresses=tuple(sorted({one for one in environment.values() if "://" in one})),
            node=node.version,
            commit=_commit(project.folder),
        )
        kept.keep(site, made)
    return _result(True, f"{made.name} was built", made.name, sources, made.content, deploy=True)


def _result(
    changed: bool, message: str, release: str, sources: str, content: str, *, deploy: bool = False
) -> dict[str, t.Any]:
    build = {"release": release, "sources": sources, "content": content, "deploy": deploy, "made": changed}
    return {"changed": changed, "impact": "none", "message": message, "build": build}


def _commit(folder: pathlib.Path) -> str:
    """Return the commit of the sources, with C(-dirty) where they differ from it; empty where git knows none."""

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True, timeout=_GIT_SECONDS
        )
        return done.stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("-dirty" if git("status", "--porcelain", "--", ".") else "")
    except (OSError, subprocess.SubprocessError):
        return ""
