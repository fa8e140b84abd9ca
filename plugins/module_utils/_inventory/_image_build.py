# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the image of the backend is built. Pure; private to this collection."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _subject
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory._subject import Values
from ansible_collections.codexdominion.azure.plugins.module_utils._registry import (
    _build_arguments,
    _image_kinds,
    _images,
)

_RULES: dict[str, _subject.Rule] = {
    "registry_build_repository": _images.problem_with_repository,
    "registry_build_platform": _image_kinds.problem_with_platform,
    "registry_build_tag": _images.problem_with_tag,
}


def problems(values: Values) -> t.Iterator[str]:
    """Yield what is wrong with the variables of a build, whether or not this run builds."""
    yield from _subject.named(values, _RULES)
    for number, tag in enumerate(values.get("registry_build_more_tags") or [], start=1):
        if problem := _images.problem_with_tag(str(tag)):
            yield f"registry_build_more_tags[{number}]: {problem}"
    method = values.get("registry_build")
    if method not in (None, "none") and values.get("registry_build_context") == "":
        yield f"registry_build_context: it is empty, and registry_build: {method} needs the directory to build from"
    dockerfile = values.get("registry_build_dockerfile")
    if dockerfile == "" or (dockerfile and pathlib.PurePath(str(dockerfile)).is_absolute()):
        yield "registry_build_dockerfile: it has to be a path inside of registry_build_context"


def secret_arguments(values: Values, secrets: t.Callable[[], t.Iterable[str]]) -> t.Iterator[str]:
    """Yield which build arguments are secrets.

    :param secrets: returns the values of the stack's secrets; asked only where there is something to compare.
    """
    if arguments := values.get("registry_build_arguments"):
        for problem in _build_arguments.problems(arguments, secrets()):
            yield f"registry_build_arguments: {problem}"
