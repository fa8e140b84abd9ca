# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a backend, with everything that does not need something else at once. Private to this collection."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import load
from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _releases, _report
from ansible_collections.codexdominion.azure.plugins.module_utils._backend._state import (
    STRATEGIES,
    Backend,
    digest_of,
    host_of,
    image_of,
    missing,
    profile_name,
    switch_of_strategy,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._container_group._group import find_groups
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs, _names, _plan
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import ExplainedError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec
from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _image_choice, _images
from ansible_collections.codexdominion.azure.plugins.module_utils._traffic._profile import find_profile

Facts = dict[str, t.Any]
Answer = t.TypeVar("Answer")
Seen = t.TypeVar("Seen")

BACKEND = _common_specs.AZURE.merge(_common_specs.IN_GROUP).merge(
    ArgumentSpec(
        options={
            "name": {"type": "str", "required": True},
            "strategy": {"type": "str", "default": "in_place", "choices": list(STRATEGIES)},
            "drain_seconds": {"type": "int", "default": 60},
        },
        rules={"name": _names.container},
    )
)
"""Which backend, and how changes get into service."""

SPEC = BACKEND.merge(
    ArgumentSpec(
        options={
            "inside": {"type": "bool", "default": False},
            "required": {"type": "bool", "default": False},
            "change": {"type": "str", "choices": ["everything", "environment"]},
            "allow_recreate": {"type": "bool", "default": False},
            "pull": {"type": "str", "default": "identity", "choices": ["identity", "admin"]},
            "choose": {"type": "str", "choices": ["deploy", "rollback"]},
            "image_tag": {"type": "str"},
            "image_digest": {"type": "str"},
            "release": {"type": "str"},
            "release_prefix": {"type": "str", "default": "release"},
            "registry": {"type": "str"},
            "registry_name": {"type": "str"},
            "repository": {"type": "str"},
            "username": {"type": "str"},
            "password": {"type": "str", "no_log": True},
            "stack": {"type": "str"},
            "host": {"type": "str"},
            "action": {"type": "str", "default": ""},
        },
        required_together=(("username", "password"),),
        required_by={"choose": "repository"},
        rules={
            "image_tag": lambda tag: _images.problem_with_tag(tag) if tag else None,
            "image_digest": lambda digest: _images.problem_with_digest(digest) if digest else None,
            "repository": _images.problem_with_repository,
        },
    )
)


def look(ctx: Context) -> Backend:
    """Return the backend a task names.

    :param ctx: with C(resource_group), C(name) and C(strategy).
    """
    params = ctx.params
    name = str(params["name"])
    backend = Backend(name, find_groups(ctx.part({**params, "name": None})))
    if backend.has_profile(params["strategy"]):
        found = find_profile(ctx.part({**params, "name": profile_name(name)}))
        backend = Backend(name, backend.groups, found[0] if found else None)
    return backend


def beside(ask: t.Callable[[], Answer] | None, look_here: t.Callable[[], Seen]) -> tuple[Answer | None, Seen]:
    """Ask something in a thread of its own, and meanwhile something else here.

    What is read of Azure Resource Manager is read ahead, see _azure/_ahead.py, so one thread is enough for that.
    """
    if ask is None:
        return None, look_here()
    with ThreadPoolExecutor(1) as pool:
        # Packages that import each other must not be imported for the first time by two threads at once.
        load("azure.mgmt.containerinstance", "ContainerInstanceManagementClient")
        load("azure.containerregistry", "ContainerRegistryClient")
        asked = pool.submit(ask)
        seen = look_here()
    return asked.result(), seen


def info(ctx: Context) -> Facts:
    """Return the backend a task names, what is decided about it, and what there is to run.

    :raises ExplainedError: where what is required or chosen is not there, with what brings it.
    """
    params = ctx.params
    name = params["name"]
    has_images = params["repository"] and params["registry"]
    found, backend = beside((lambda: _look_at_images(ctx)) if has_images else None, lambda: look(ctx))
    images = found or {}
    lacking = missing(backend, params["resource_group"], params["stack"] or params["host"] or "", params["host"] or "")
    if params["required"] and lacking:
        raise ExplainedError(lacking, code="BackendMissing")
    inside = []
    if params["inside"] and backend.serving is not None:
        inside = find_groups(ctx.part({**params, "name": backend.serving_name}))
    serving_image = image_of(backend.serving)
    releases = _releases.of(images.get("images") or [], params["release_prefix"], serving_image)
    image = _choose(ctx, backend, images, releases)
    if params["change"]:
        _refuse(params, backend)
    return {
        "name": name,
        "serving_name": backend.serving_name,
        "serving": _serving(backend, inside[0] if inside else None),
        "host": backend.host,
        "missing": lacking,
        "group_names": backend.group_names,
        "traffic": backend.ranked,
        "has_profile": backend.has_profile(params["strategy"]),
        "strategy_change": switch_of_strategy(backend, params["strategy"], params["drain_seconds"]),
        "resource_names": backend.resources(params["strategy"]),
        "deployed_digests": backend.deployed_digests,
        "releases": releases,
        "image": image,
        "serving_image": serving_image,
        "replaces_image": bool(image and serving_image and image != serving_image),
    }


def _refuse(params: t.Mapping[str, t.Any], backend: Backend) -> None:
    """Refuse what a deployment cannot do, or may not, before anything is written."""
    host = params["host"] or ""
    if params["pull"] == "admin" and not params["password"]:
        raise ExplainedError(
            f"The inventory says backend_pull: admin, but the registry {params['registry_name']} has no admin user, or"
            " its password was not asked for. Set registry_admin_user_enabled: true, then:"
            f" ansible-playbook playbooks/setup_stack.yml --limit {host}",
            code="RegistryUserMissing",
        )
    meaning = switch_of_strategy(backend, params["strategy"], params["drain_seconds"])
    redeploy = f"ansible-playbook playbooks/redeploy_backend.yml --limit {host}"
    if meaning and params["change"] == "environment":
        raise ExplainedError(f"{meaning} Do it first: {redeploy}", code="AnotherStrategy")
    if meaning and not params["allow_recreate"]:
        text = f"{meaning} To do it: -e backend_allow_recreate=true, with {redeploy}"
        raise ExplainedError(text, code="AnotherStrategy")


def _serving(backend: Backend, inside: Facts | None) -> Facts | None:
    group = backend.serving
    if group is None:
        return None
    containers = (inside or {}).get("containers") or [{}]
    view = containers[0].get("instance_view") or {}
    return {
        "name": group["name"],
        "colour": backend.colour,
        "host": host_of(group),
        "image": image_of(group),
        "digest": digest_of(image_of(group)),
        "tags": group.get("tags") or {},
        "state": (view.get("current_state") or {}).get("state") or "Unknown",
        "restart_count": view.get("restart_count") or 0,
        "instance_view": view,
    }


def _look_at_images(ctx: Context) -> Facts:
    """Return all tags of the repository, and the one to deploy where that is asked for."""
    params = ctx.params
    wanted = {
        **params,
        "tag": (params["image_tag"] or None) if not params["image_digest"] else None,
        "digest": params["image_digest"] or None,
        "platform": _image_choice.SPEC.options["platform"]["default"],
        "ignore_tags": _releases.pattern_of_any(params["release_prefix"]),
    }
    login = registry_login({"credentials": params}, params["pull"])
    session = ctx.part(params).session
    registry = _images.Registry(session, params["registry"], login.get("username"), login.get("password"))
    if params["choose"] == "deploy":
        return _image_choice.choose(registry, wanted)
    return _image_choice.look_up(registry, {**wanted, "tag": None, "digest": None})


def registry_login(registry: t.Mapping[str, t.Any], pull: str) -> Facts:
    """Return how we ourselves log in to the registry: as its admin user where that pulls too, else by our identity.

    :param registry: with its C(credentials); under check mode the password of a new admin user is not known.
    """
    found = registry.get("credentials") or {}
    if pull != "admin" or not found.get("password") or found["password"] == _plan.NOT_KNOWN:
        return {}
    return {"username": found["username"], "password": found["password"]}


def _choose(ctx: Context, backend: Backend, images: Facts, releases: t.Sequence[Facts]) -> str:
    params = ctx.params
    if params["choose"] == "rollback":
        wanted, running = params["release"] or "", digest_of(image_of(backend.serving))
        if found := _releases.before(releases, running, wanted):
            return str(found[0]["image"])
        text = _releases.none_to_go_back_to(releases, backend.name, wanted, params["host"] or "")
        raise ExplainedError(text, code="ReleaseMissing")
    if params["choose"] != "deploy":
        return ""
    if images.get("chosen"):
        repository = f"{params['registry']}/{params['repository']}"
        return f"{repository}@{images['chosen']['digest']}"
    raise ExplainedError(no_image(params, images), code="ImageMissing")


def no_image(params: t.Mapping[str, t.Any], images: t.Mapping[str, t.Any]) -> str:
    """Return why there is no image to deploy, and how to bring one."""
    repository = f"{params['registry'] or params['registry_name']}/{params['repository']}"
    digest, tag = params["image_digest"], params["image_tag"]
    wanted = f"{repository}@{digest}" if digest else f"{repository}:{tag}" if tag else repository
    problem = images.get("problem") or f"The registry has no image {wanted}."
    push = "Push it"
    if images.get("passed_over"):
        push = "Push an image, or name one with backend_image_tag or backend_image_digest"
    host = params["host"] or ""
    text = (
        f"{problem} {push}, then run this again, for example: docker push {repository}:{tag or 'TAG'};"
        f" {_report.again(params['action'], host)}"
    )
    if params["registry"]:
        return text
    return (
        f"{text}. The registry is new, and its address not known before it is there:"
        f" ansible-playbook playbooks/setup_stack.yml --tags registry --limit {host}"
    )
