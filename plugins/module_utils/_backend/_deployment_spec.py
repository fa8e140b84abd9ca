# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of M(codexdominion.azure.backend_deployment), and what they are for its parts. Pure; private.

The parts are those of other modules, which check what they are given by rules of their own; so all of it is checked
before the first request.
"""

from __future__ import annotations

import hashlib
import json
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _look
from ansible_collections.codexdominion.azure.plugins.module_utils._backend._state import BLUE_GREEN, profile_name
from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import _spec as _group_spec
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params, describe
from ansible_collections.codexdominion.azure.plugins.module_utils._http import _check as _http
from ansible_collections.codexdominion.azure.plugins.module_utils._traffic import _task as _traffic

CHANGES = ("everything", "environment", "restart")

_PROBES = {"interval_seconds": 10, "timeout_seconds": 5, "tolerated_failures": 3}
"""How Traffic Manager asks the backend: as often as it can for that price."""


def _together(params: Params) -> t.Iterator[str]:
    """Yield what cannot work with the strategy, or is missing for it."""
    if params["pull"] == "admin" and params["registry"] and not params["registry_password"]:
        yield "registry_password: needed with pull admin"
    if params["change"] == "everything" and not params["image"]:
        yield "image: needed with change everything"
    for option in ("ready_timeout", "bake_seconds", "drain_seconds", "traffic_ttl"):
        if params[option] < 0:
            yield f"{option}: {params[option]} is negative"
    if params["strategy"] != BLUE_GREEN:
        return
    if params["drain_seconds"] < params["traffic_ttl"]:
        yield f"drain_seconds: {params['drain_seconds']} is less than traffic_ttl, for which clients keep an address"
    if not params["wait"]:
        yield "wait: strategy blue_green needs true"
    if not params["readiness_path"]:
        yield "readiness_path: strategy blue_green needs it"
    if params["ip_address"] not in (None, "Public"):
        yield f"ip_address: strategy blue_green needs Public, not {params['ip_address']}"


def _parts(params: Params) -> t.Iterator[str]:
    """Yield what the rules of a container group find wrong."""
    if params["change"] != "restart":
        yield from problems(_group_spec.SPEC, group(params, params["name"], params["image"] or "image"))


SPEC = (
    _look.BACKEND.merge(_common_specs.wait(timeout=1800))
    .merge(_common_specs.SECRETS_KEY)
    .merge(_common_specs.LOCATION)
    .merge(
        ArgumentSpec(
            options={
                "change": {"type": "str", "default": "everything", "choices": list(CHANGES)},
                "image": {"type": "str"},
                "group_names": {"type": "list", "elements": "str"},
                "serving_image": {"type": "str"},
                "cpu": {"type": "float"},
                "memory": {"type": "float"},
                "port": {"type": "int", "default": 8001},
                "ip_address": {"type": "str", "choices": ["Public", "Private", "None"]},
                "dns_label": {"type": "str", "default": ""},
                "dns_label_scope": {
                    "type": "str",
                    "choices": _group_spec.OPTIONS["dns_name_label_scope"]["choices"],
                },
                "environment": {"type": "dict"},
                "secret_environment": {"type": "dict", "no_log": True},
                "command": {"type": "list", "elements": "str"},
                "liveness_path": {"type": "str", "default": ""},
                "readiness_path": {"type": "str", "default": ""},
                "health_path": {"type": "str", "default": ""},
                "restart_policy": {"type": "str", "choices": ["Always", "OnFailure", "Never"]},
                "tags": {"type": "dict"},
                "pull": {"type": "str", "default": "identity", "choices": ["identity", "admin"]},
                "registry": {"type": "str"},
                "registry_username": {"type": "str"},
                "registry_password": {"type": "str", "no_log": True},
                "identity": {"type": "str"},
                "image_access_timeout": {"type": "int", "default": 300},
                "allow_recreate": {"type": "bool", "default": False},
                "stable_seconds": {"type": "int", "default": 10},
                "ready_timeout": {"type": "int", "default": 120},
                "traffic_name": {"type": "str"},
                "traffic_ttl": {"type": "int", "default": 30},
                "bake_seconds": {"type": "int", "default": 60},
                "keep_previous": {"type": "bool", "default": False},
                "allowed_site": {"type": "str"},
                "allowed_site_resource_group": {"type": "str"},
                "allowed_site_is_planned": {"type": "bool", "default": False},
                "hide": {"type": "list", "elements": "str", "default": [], "no_log": True},
            },
            checks=(_together, _parts),
        )
    )
)


def problems(spec: ArgumentSpec, params: Params) -> list[str]:
    """Return what a specification finds wrong."""
    found: list[str] = spec.problems(spec.validate(params))
    return found


def validated(spec: ArgumentSpec, params: Params) -> Params:
    """Return parameters with the defaults of their specification.

    :raises OperationsError: naming everything that is wrong.
    """
    found = spec.validate(params)
    if wrong := spec.problems(found):
        raise OperationsError(describe(wrong), code="InvalidParameters", remedy="", details={"problems": wrong})
    return t.cast("Params", found.validated_parameters)


def environment_digest(params: Params) -> str:
    """Return what tells one environment from another: its plain variables, and the names of its secrets."""
    plain, secret = params["environment"] or {}, params["secret_environment"] or {}
    named = sorted(plain.items(), key=lambda item: str(item[0]).lower())
    text = json.dumps([named, sorted(secret, key=lambda name: str(name).lower())])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def gates(params: Params) -> list[Params]:
    """Return the pages that have to answer before a change is done."""
    paths = [params["readiness_path"], params["health_path"]] if params["wait"] else []
    return [{"path": one, "port": params["port"], "timeout": params["ready_timeout"]} for one in paths if one]


def credentials(params: Params) -> list[Params] | None:
    """Return how Azure logs in to the registry; None as long as its address is not known, under check mode."""
    if not params["registry"]:
        return None
    if params["pull"] == "admin":
        return [
            {
                "server": params["registry"],
                "username": params["registry_username"],
                "password": params["registry_password"],
            }
        ]
    return [{"server": params["registry"], "identity": params["identity"]}]


def group(
    params: Params,
    name: str,
    image: str,
    *,
    label: str | None = None,
    allow_recreate: bool = False,
    rollback: bool = False,
    remove_failed: bool = False,
) -> Params:
    """Return what a whole container group of the backend is, for M(codexdominion.azure.container_group).

    :param label: of its host name, if that is not the backend's.
    """
    label = params["dns_label"] if label is None else label
    public = params["ip_address"] == "Public"
    container = {
        **environment(params),
        "image": image,
        "cpu": params["cpu"],
        "memory": params["memory"],
        "ports": [str(params["port"])],
        "command": params["command"],
        "liveness_probe": _probe(params["liveness_path"], params["port"]),
        "readiness_probe": _probe(params["readiness_path"], params["port"]),
    }
    wanted = {
        **_common(params, name),
        "location": params["location"],
        "tags": params["tags"],
        "containers": [_named(container)],
        "ip_address": params["ip_address"],
        "dns_name_label": label if public else None,
        "dns_name_label_scope": params["dns_label_scope"] if public and label else None,
        "restart_policy": params["restart_policy"],
        "registry_credentials": credentials(params),
        "allow_recreate": allow_recreate,
        "rollback": rollback and params["wait"],
        "remove_failed": remove_failed,
        "image_access_timeout": params["image_access_timeout"],
    }
    return _named(wanted)


def environment(params: Params) -> Params:
    """Return the environment of the backend's container, and nothing else of it."""
    return {
        "name": params["name"],
        "environment": params["environment"],
        "secret_environment": params["secret_environment"],
    }


def environment_of_group(params: Params, name: str) -> Params:
    """Return a container group of which only the environment is named: what a task does not name is kept."""
    by_admin = params["pull"] == "admin"
    return {
        **_common(params, name),
        "containers": [environment(params)],
        # Azure takes the password to pull with again in each write, and never gives it back.
        "registry_credentials": credentials(params) if by_admin else None,
        "rollback": params["wait"],
    }


def action_on_group(params: Params, name: str, state: str) -> Params:
    """Return a container group that is acted on as it is."""
    if state == "restarted":
        return {**_common(params, name), "secrets_key": None, "state": state}
    return {**connection(params), "name": name, "state": state, "timeout": params["timeout"]}


def connection(params: Params) -> Params:
    """Return where Azure is, who we are there, and the resource group."""
    return {name: params[name] for name in (*_common_specs.AZURE.options, "resource_group")}


def profile(params: Params, **options: t.Any) -> Params:
    """Return the Traffic Manager profile with what a step changes of it."""
    return validated(_traffic.SPEC, {**connection(params), "name": profile_name(params["name"]), **options})


def whole_profile(params: Params) -> Params:
    """Return the Traffic Manager profile as it has to be, whoever serves."""
    return profile(
        params,
        relative_name=params["traffic_name"] or params["dns_label"] or params["name"],
        ttl=params["traffic_ttl"],
        monitor={"port": params["port"], "path": params["readiness_path"], **_PROBES},
        tags=params["tags"],
    )


def watch(params: Params, host: str, duration: int) -> Params:
    """Return how the readiness page is watched."""
    url = f"http://{host}:{params['port']}{params['readiness_path']}"
    return validated(_http.SPEC, {"url": url, "duration": duration, "hide": hidden(params)})


def hidden(params: Params) -> list[str]:
    """Return the secrets that no answer and no log line may show."""
    return [*params["hide"], *(str(one) for one in (params["secret_environment"] or {}).values())]


def _common(params: Params, name: str) -> Params:
    return {
        **connection(params),
        "name": name,
        "secrets_key": params["secrets_key"],
        "stable_seconds": params["stable_seconds"],
        "gates": gates(params),
        "wait": params["wait"],
        "timeout": params["timeout"],
    }


def _probe(path: str, port: int) -> Params:
    return {"http_get": {"path": path, "port": port}} if path else {}


def _named(options: Params) -> Params:
    return {name: value for name, value in options.items() if value is not None}
