# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The frontend of a stack: its variables, and what this machine has to have for it. Private to this collection."""

from __future__ import annotations

import pathlib
import typing as t
import urllib.parse

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _command, _served
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._kept_builds import PRODUCTION
from ansible_collections.codexdominion.azure.plugins.module_utils._frontend._project import Project
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _subject
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory._subject import Values
from ansible_collections.codexdominion.azure.plugins.module_utils._static_site import _spec

NEEDS = ("frontend", "frontend_build")
"""What a playbook may need: a stack with a frontend; and a project and a Node to build it with."""

_SITE = {
    "name": "frontend_name",
    "resource_group": "frontend_resource_group",
    "location": "frontend_location",
    "sku": "frontend_sku",
    "app_settings": "frontend_app_settings",
    "custom_domains": "frontend_custom_domains",
    "timeout": "frontend_timeout",
}


def problems(values: Values) -> t.Iterator[str]:
    """Yield what is wrong with the variables of the frontend."""
    absent = {
        option: value
        for option, value in {"resource_group": "rg", "name": "codex"}.items()
        if not values.get(_SITE[option])
    }
    yield from _subject.of_module(_spec.SPEC, _SITE, values, **absent)
    rules = {
        "frontend_environment": _served.problem_with_environment,
        "frontend_output": _served.problem_with_output,
        "frontend_api_url": problem_with_api,
    }
    yield from _subject.named(values, rules)
    if values.get("frontend_environment") == "":
        yield "frontend_environment: it is empty; what everybody sees is production"
    if values.get("frontend_preview_state") == "absent" and values.get("frontend_environment") == PRODUCTION:
        yield (
            "frontend_preview_state: absent is for a preview, which frontend_environment names; teardown_stack.yml "
            "removes the whole"
        )
    kept, load_time = values.get("frontend_keep_builds"), values.get("frontend_check_load_time")
    if kept is not None and int(kept) < 1:
        yield f"frontend_keep_builds: {kept} is less than 1"
    if load_time is not None and float(load_time) <= 0:
        yield f"frontend_check_load_time: {load_time} is not positive"


def problem_with_api(value: str) -> str | None:
    """Check the address of an API."""
    parts = urllib.parse.urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f"{value!r} is not an http or https URL"
    if parts.query or parts.fragment or parts.username:
        return f"{value!r} has more than scheme, host, port and path"
    return None


def missing_here(values: Values, needs: t.Collection[str], parts: t.Collection[str]) -> t.Iterator[str]:
    """Yield what a playbook needs of this stack and of this machine, and does not find.

    :param needs: of those in C(NEEDS).
    :param parts: the roles that are part of the stack.
    """
    if needs and "frontend" not in parts:
        yield "stack_frontend: it is false, and this playbook is about the frontend"
        return
    if "frontend_build" not in needs or not (folder := values.get("frontend_project")):
        return
    engines = None
    try:
        project = Project(pathlib.Path(folder).absolute(), values.get("frontend_output"))
        engines = project.engines
        project.require_build()
    except OperationsError as error:
        yield f"frontend_project: {error}"
    try:
        _command.find_node(values.get("frontend_node_directory") or None, engines)
    except OperationsError as error:
        yield f"frontend_node_directory: {error}"
