# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of M(codexdominion.azure.container_group) and every rule about them. Private to this collection.

Limits: U(https://learn.microsoft.com/azure/container-instances/container-instances-resource-and-quota-limits).
"""

from __future__ import annotations

import math
import re
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import _gates, _liveness, _secrets
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _common_specs, _names, _secret_digest
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _text
from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _images

MOST_PORTS = 5
MOST_CONTAINERS = 60
MOST_VOLUMES = 20
_PORT = re.compile(r"(\d{1,5})(?:/(tcp|udp))?", re.IGNORECASE)

ACTIONS = ("restarted", "started", "stopped")
"""States that act on a group as it is and change nothing of it."""

PROBE: dict[str, t.Any] = {
    "type": "dict",
    "options": {
        "http_get": {
            "type": "dict",
            "options": {
                "path": {"type": "str", "default": "/"},
                "port": {"type": "int", "required": True},
                "scheme": {"type": "str", "choices": ["http", "https"], "default": "http"},
            },
        },
        "command": {"type": "list", "elements": "str"},
        "initial_delay_seconds": {"type": "int"},
        "period_seconds": {"type": "int"},
        "failure_threshold": {"type": "int"},
        "success_threshold": {"type": "int"},
        "timeout_seconds": {"type": "int"},
    },
    "mutually_exclusive": [["http_get", "command"]],
}
"""A probe; an empty one takes the probe of a container away."""

CONTAINER: dict[str, t.Any] = {
    "name": {"type": "str", "required": True},
    "image": {"type": "str"},
    "cpu": {"type": "float"},
    "memory": {"type": "float"},
    "ports": {"type": "list", "elements": "str"},
    "environment": {"type": "dict"},
    "secret_environment": {"type": "dict", "no_log": True},
    "command": {"type": "list", "elements": "str"},
    "liveness_probe": PROBE,
    "readiness_probe": PROBE,
    "volume_mounts": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "mount_path": {"type": "str", "required": True},
            "read_only": {"type": "bool", "default": False},
        },
    },
}

VOLUME: dict[str, t.Any] = {
    "name": {"type": "str", "required": True},
    "empty_dir": {"type": "bool"},
    "secret": {"type": "dict", "no_log": True},
    "azure_file": {
        "type": "dict",
        "options": {
            "share_name": {"type": "str", "required": True},
            "storage_account_name": {"type": "str", "required": True},
            "storage_account_key": {"type": "str", "required": True, "no_log": True},
            "read_only": {"type": "bool", "default": False},
        },
    },
    "git_repo": {
        "type": "dict",
        "options": {
            "repository": {"type": "str", "required": True},
            "directory": {"type": "str"},
            "revision": {"type": "str"},
        },
    },
}

OPTIONS: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "default": "present", "choices": ["present", "absent", *ACTIONS]},
    "containers": {"type": "list", "elements": "dict", "options": CONTAINER},
    "ip_address": {"type": "str", "choices": ["Public", "Private", "None"]},
    "ports": {"type": "list", "elements": "str"},
    "dns_name_label": {"type": "str"},
    "dns_name_label_scope": {
        "type": "str",
        "choices": ["Unsecure", "TenantReuse", "SubscriptionReuse", "ResourceGroupReuse", "Noreuse"],
    },
    "subnet_ids": {"type": "list", "elements": "str"},
    "os_type": {"type": "str", "choices": ["Linux", "Windows"]},
    "restart_policy": {"type": "str", "choices": ["Always", "OnFailure", "Never"]},
    "registry_credentials": {
        "type": "list",
        "elements": "dict",
        "no_log": False,
        "options": {
            "server": {"type": "str", "required": True},
            "identity": {"type": "str"},
            "username": {"type": "str"},
            "password": {"type": "str", "no_log": True},
        },
        "mutually_exclusive": [["identity", "username"]],
        "required_one_of": [["identity", "username"]],
        "required_together": [["username", "password"]],
    },
    "identities": {"type": "list", "elements": "str"},
    "log_analytics": {
        "type": "dict",
        "options": {
            "workspace_id": {"type": "str", "required": True},
            "workspace_key": {"type": "str", "required": True, "no_log": True},
        },
    },
    "volumes": {
        "type": "list",
        "elements": "dict",
        "options": VOLUME,
        "mutually_exclusive": [["empty_dir", "secret", "azure_file", "git_repo"]],
        "required_one_of": [["empty_dir", "secret", "azure_file", "git_repo"]],
    },
    "resolve_digest": {"type": "bool", "default": True},
    "allow_recreate": {"type": "bool", "default": False},
    "planned": {"type": "bool", "default": False},
    "stable_seconds": {"type": "int", "default": 10},
    "image_access_timeout": {"type": "int", "default": 300},
    "gates": _gates.OPTION,
    "rollback": {"type": "bool", "default": False},
    "remove_failed": {"type": "bool", "default": False},
}


def port(value: str) -> tuple[int, str] | None:
    """Return number and protocol of C(8001) or C(53/udp), or None where it is neither."""
    match = _PORT.fullmatch(value)
    if not match or not 1 <= int(match.group(1)) <= 65535:
        return None
    return int(match.group(1)), (match.group(2) or "tcp").upper()


def _containers(params: Params) -> t.Iterator[str]:
    containers = params["containers"]
    if containers is None:
        return
    if not 1 <= len(containers) <= MOST_CONTAINERS:
        yield f"containers: {len(containers)} containers, a group has 1 to {MOST_CONTAINERS}"
    yield from _duplicates("containers", [one["name"] for one in containers])
    for one in containers:
        where = f"containers.{one['name']}"
        if problem := _names.container(one["name"]):
            yield f"{where}.name: {problem}"
        if one["image"] and (problem := _images.problem_with(one["image"])):
            yield f"{where}.image: {problem}"
        for size, unit in (("cpu", "cores"), ("memory", "GB")):
            if one[size] is not None and not 0 < one[size] < math.inf:
                yield f"{where}.{size}: {one[size]:g} is not a positive number of {unit}"
        yield from _ports(f"{where}.ports", one["ports"])
        yield from _environment(where, one)
        for option in ("liveness_probe", "readiness_probe"):
            probe = {name: value for name, value in (one[option] or {}).items() if value is not None}
            if probe and not {"http_get", "command"} & set(probe):
                yield f"{where}.{option}: {', '.join(sorted(probe))} without http_get or command"
            if probe.get("http_get") and (problem := _names.url_path(probe["http_get"]["path"])):
                yield f"{where}.{option}.path: {problem}"
            if probe.get("http_get") and not 1 <= probe["http_get"]["port"] <= 65535:
                yield f"{where}.{option}.port: {probe['http_get']['port']} is not a port from 1 to 65535"


def _environment(where: str, container: Params) -> t.Iterator[str]:
    plain, secret = container["environment"] or {}, container["secret_environment"] or {}
    for name in (name for name in (*plain, *secret) if isinstance(name, str)):
        if problem := _names.environment_variable(name):
            yield f"{where}: environment variable {problem}"
    for name in sorted({str(name) for name in plain} & {str(name) for name in secret}):
        yield f"{where}: {name} is in both environment and secret_environment"
    yield from (f"{where}.environment{problem}" for problem in _text.problems(plain))
    yield from (f"{where}.secret_environment{problem}" for problem in _text.problems(secret, secret=True))


def _ports(where: str, ports: t.Sequence[str] | None) -> t.Iterator[str]:
    parsed = [(one, port(one)) for one in ports or []]
    for one in (one for one, found in parsed if found is None):
        yield f"{where}: {one!r} is not a port from 1 to 65535, such as 8001 or 53/udp"
    yield from _duplicates(where, [f"{found[0]}/{found[1].lower()}" for _one, found in parsed if found])


def _group(params: Params) -> t.Iterator[str]:
    yield from _ports("ports", params["ports"])
    if len(params["ports"] or []) > MOST_PORTS:
        yield f"ports: {len(params['ports'])} ports, a group has at most {MOST_PORTS}"
    if params["dns_name_label"] == "" and params["dns_name_label_scope"]:
        yield "dns_name_label_scope: needs a dns_name_label, which is empty"
    if params["dns_name_label"] and params["ip_address"] in ("Private", "None"):
        yield f"dns_name_label: needs a public address, but ip_address is {params['ip_address']}"
    if params["ip_address"] == "Private" and not params["subnet_ids"]:
        yield "subnet_ids: needed with ip_address Private"
    volumes = params["volumes"]
    if volumes is not None:
        if len(volumes) > MOST_VOLUMES:
            yield f"volumes: {len(volumes)} volumes, a group has at most {MOST_VOLUMES}"
        yield from _duplicates("volumes", [one["name"] for one in volumes])
        known = {one["name"] for one in volumes}
        for container in params["containers"] or []:
            for mount in container["volume_mounts"] or []:
                if mount["name"] not in known:
                    yield f"containers.{container['name']}.volume_mounts: there is no volume {mount['name']!r}"
    yield from _duplicates("registry_credentials", [one["server"] for one in params["registry_credentials"] or []])
    if (number := len(_secrets.named(params))) > _secret_digest.MOST:
        yield f"{number} secrets, at most {_secret_digest.MOST} are supported in one group"
    for option in ("stable_seconds", "image_access_timeout"):
        if params[option] < 0:
            yield f"{option}: {params[option]} is negative"
    yield from _gates.problems(params)
    yield from _waits(params)


def _waits(params: Params) -> t.Iterator[str]:
    """Yield what cannot be seen to run, or to fail, within the timeout of the task."""
    if not params["wait"]:
        for option in ("gates", "rollback"):
            if params[option]:
                yield f"{option}: needs wait, since nothing is seen of a change that is not waited for"
        return
    if params["stable_seconds"] > params["timeout"]:
        yield f"stable_seconds: {params['stable_seconds']} is longer than timeout ({params['timeout']})"
    for container in params["containers"] or []:
        probe = container["liveness_probe"] or {}
        if not probe.get("http_get") and not probe.get("command"):
            continue
        needed = _liveness.horizon(
            {
                "initialDelaySeconds": probe["initial_delay_seconds"],
                "periodSeconds": probe["period_seconds"],
                "failureThreshold": probe["failure_threshold"],
                "timeoutSeconds": probe["timeout_seconds"],
            }
        )
        if needed > params["timeout"]:
            yield (
                f"containers.{container['name']}.liveness_probe: fails only after {needed:g} s, which is longer than"
                f" timeout ({params['timeout']})"
            )


def _duplicates(where: str, names: t.Sequence[str]) -> t.Iterator[str]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{where}: {name!r} is there more than once"


SPEC = (
    _common_specs.tracked(timeout=1800)
    .merge(_common_specs.SECRETS_KEY)
    .merge(_common_specs.LOCATION)
    .merge(
        ArgumentSpec(
            options=OPTIONS,
            required_by={"dns_name_label_scope": "dns_name_label"},
            rules={
                "name": _names.container,
                "dns_name_label": lambda label: _names.dns_label(label) if label else None,
            },
            checks=(_containers, _group),
        )
    )
)
