# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a task's options to the body of a PUT, and from a body to the operator's words. Pure; private.

A PUT replaces the whole group, and Azure resets what is left out. So the body starts from the group as it is, and the
task's
options are laid over it. Shapes: API version 2023-05-01 of Microsoft.ContainerInstance.
"""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._container_group._spec import port
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import SECRET_UNCHANGED
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _text

Body = dict[str, t.Any]
Params = t.Mapping[str, t.Any]

DEFAULT_CPU, DEFAULT_MEMORY = 1.0, 1.5

_READ_ONLY = ("provisioningState", "instanceView", "provisioningTimeoutInSeconds", "isCustomProvisioningTimeout")


def build(params: Params, actual: Body | None, images: t.Mapping[str, str]) -> Body:
    """Return the body of the PUT.

    :param actual: the group as Azure has it, or None.
    :param images: the image to deploy by the reference the task names.
    """
    body = _writable(actual) if actual else _new(params)
    properties = body["properties"]
    for option, key in (("restart_policy", "restartPolicy"), ("os_type", "osType")):
        if params[option]:
            properties[key] = params[option]
    if params["subnet_ids"] is not None:
        properties["subnetIds"] = [{"id": one} for one in params["subnet_ids"]]
    if params["containers"] is not None:
        present = {one["name"]: one for one in properties.get("containers") or []}
        properties["containers"] = [_container(one, present.get(one["name"]), images) for one in params["containers"]]
    if params["registry_credentials"] is not None:
        properties["imageRegistryCredentials"] = [_credential(one) for one in params["registry_credentials"]]
    if params["volumes"] is not None:
        properties["volumes"] = [_volume(one) for one in params["volumes"]]
    if params["log_analytics"]:
        workspace = params["log_analytics"]
        properties["diagnostics"] = {
            "logAnalytics": {"workspaceId": workspace["workspace_id"], "workspaceKey": workspace["workspace_key"]}
        }
    _address(params, properties)
    _identity(params, body)
    return body


def summary(before: Body | None) -> dict[str, t.Any] | None:
    """Return what a later task may know of a group as it was: nothing of its environment."""
    if before is None:
        return None
    containers = before["properties"].get("containers") or []
    return {"name": before.get("name"), "images": [one["properties"]["image"] for one in containers]}


def restored(before: Body, params: Params) -> tuple[Body, list[str]]:
    """Return the body of the PUT that brings back a group as it was, and the secrets that it has to go without.

    Azure returns no secret, so they are those of the task.
    """
    body = _writable(before)
    properties, lost = body["properties"], []
    given = {one["name"]: one["secret_environment"] or {} for one in params["containers"] or []}
    for container in properties.get("containers") or []:
        kept = []
        for one in container["properties"].get("environmentVariables") or []:
            if one.get("value") is not None:
                kept.append({"name": one["name"], "value": one["value"]})
            elif one["name"] in given.get(container["name"], {}):
                kept.append({"name": one["name"], "secureValue": _text.text(given[container["name"]][one["name"]])})
            else:
                lost.append(one["name"])
        container["properties"]["environmentVariables"] = kept
    credentials = {one["server"]: _credential(one) for one in params["registry_credentials"] or []}
    for number, one in enumerate(properties.get("imageRegistryCredentials") or []):
        if not one.get("identity"):
            properties["imageRegistryCredentials"][number] = {**one, **credentials.get(one["server"], {})}
    volumes = {one["name"]: _volume(one) for one in params["volumes"] or []}
    for number, one in enumerate(properties.get("volumes") or []):
        if one.get("secret") is not None or one.get("azureFile"):
            properties["volumes"][number] = volumes.get(one["name"], one)
    if params["log_analytics"] and (properties.get("diagnostics") or {}).get("logAnalytics"):
        properties["diagnostics"]["logAnalytics"]["workspaceKey"] = params["log_analytics"]["workspace_key"]
    return body, lost


def view(body: Body) -> dict[str, t.Any]:
    """Return a body in the operator's words, without secret values, for comparison and for diffs."""
    properties = body["properties"]
    address = properties.get("ipAddress") or {}
    seen = {
        "os_type": properties.get("osType"),
        "restart_policy": properties.get("restartPolicy") or "Always",
        "subnet_ids": [one["id"].lower() for one in properties.get("subnetIds") or []],
        "ip_address": address.get("type") or "None",
        "ports": sorted(_port_text(one) for one in address.get("ports") or []),
        "dns_name_label": address.get("dnsNameLabel"),
        "dns_name_label_scope": address.get("autoGeneratedDomainNameLabelScope") or "Unsecure",
        "identities": sorted(one.lower() for one in (body.get("identity") or {}).get("userAssignedIdentities") or {}),
        "registry_credentials": {
            one["server"]: one.get("identity", "").lower() or one.get("username")
            for one in properties.get("imageRegistryCredentials") or []
        },
        "log_analytics": ((properties.get("diagnostics") or {}).get("logAnalytics") or {}).get("workspaceId"),
        "volumes": {one["name"]: _volume_view(one) for one in properties.get("volumes") or []},
        "containers": {one["name"]: _container_view(one["properties"]) for one in properties.get("containers") or []},
    }
    return {key: value for key, value in seen.items() if value not in (None, [], {})}


def _new(params: Params) -> Body:
    return {
        "location": params["location"],
        "properties": {"osType": params["os_type"] or "Linux", "containers": []},
    }


def _writable(actual: Body) -> Body:
    """Return what of a GET belongs into a PUT."""
    body: Body = {key: copy.deepcopy(actual[key]) for key in ("location", "tags", "zones", "identity") if key in actual}
    properties = {key: copy.deepcopy(value) for key, value in actual["properties"].items() if key not in _READ_ONLY}
    for container in (*(properties.get("containers") or []), *(properties.get("initContainers") or [])):
        container["properties"].pop("instanceView", None)
    if address := properties.get("ipAddress"):
        for key in ("ip", "fqdn"):
            address.pop(key, None)
    if identity := body.get("identity"):
        body["identity"] = {"type": identity["type"]}
        if identities := identity.get("userAssignedIdentities"):
            body["identity"]["userAssignedIdentities"] = {one: {} for one in identities}
    return {**body, "properties": properties}


def _container(wanted: Params, present: Body | None, images: t.Mapping[str, str]) -> Body:
    properties: Body = dict(present["properties"]) if present else {}
    if wanted["image"]:
        properties["image"] = images[wanted["image"]]
    requests = dict((properties.get("resources") or {}).get("requests") or {})
    requests["cpu"] = wanted["cpu"] or requests.get("cpu") or DEFAULT_CPU
    requests["memoryInGB"] = wanted["memory"] or requests.get("memoryInGB") or DEFAULT_MEMORY
    properties["resources"] = {**(properties.get("resources") or {}), "requests": requests}
    if wanted["ports"] is not None:
        properties["ports"] = [_port_body(one) for one in wanted["ports"]]
    if wanted["command"]:
        properties["command"] = list(wanted["command"])
    elif wanted["command"] is not None:
        properties.pop("command", None)
    properties["environmentVariables"] = _environment(wanted, properties.get("environmentVariables") or [])
    for option, key in (("liveness_probe", "livenessProbe"), ("readiness_probe", "readinessProbe")):
        probe = wanted[option]
        if probe and (probe["http_get"] or probe["command"]):
            properties[key] = _probe(probe)
        elif probe is not None:
            properties.pop(key, None)
    if wanted["volume_mounts"] is not None:
        properties["volumeMounts"] = [
            {"name": one["name"], "mountPath": one["mount_path"], "readOnly": one["read_only"]}
            for one in wanted["volume_mounts"]
        ]
    return {"name": wanted["name"], "properties": properties}


def _environment(wanted: Params, present: list[Body]) -> list[Body]:
    """Return all variables: those of the kind (plain or secret) the task names from the task, the others as they are.

    A secret one that is kept has no value here; such a body is never sent, see _secrets.withheld().
    """
    plain, secret = wanted["environment"], wanted["secret_environment"]
    taken = {*(plain or {}), *(secret or {})}
    kept = [one for one in present if one["name"] not in taken]
    variables = [one for one in kept if (plain if one.get("value") is not None else secret) is None]
    variables += [{"name": name, "value": _text.text(value)} for name, value in (plain or {}).items()]
    variables += [{"name": name, "secureValue": _text.text(value)} for name, value in (secret or {}).items()]
    return variables


def _probe(wanted: Params) -> Body:
    body: Body = {}
    if wanted["http_get"]:
        body["httpGet"] = dict(wanted["http_get"])
    else:
        body["exec"] = {"command": list(wanted["command"])}
    for option, key in _PROBE_NUMBERS.items():
        if wanted[option] is not None:
            body[key] = wanted[option]
    return body


_PROBE_NUMBERS = {
    "initial_delay_seconds": "initialDelaySeconds",
    "period_seconds": "periodSeconds",
    "failure_threshold": "failureThreshold",
    "success_threshold": "successThreshold",
    "timeout_seconds": "timeoutSeconds",
}


def _credential(wanted: Params) -> Body:
    if wanted["identity"]:
        return {"server": wanted["server"], "identity": wanted["identity"]}
    return {"server": wanted["server"], "username": wanted["username"], "password": wanted["password"]}


def _volume(wanted: Params) -> Body:
    body: Body = {"name": wanted["name"]}
    if wanted["secret"]:
        body["secret"] = {key: _base64(_text.text(value)) for key, value in wanted["secret"].items()}
    elif wanted["azure_file"]:
        share = wanted["azure_file"]
        body["azureFile"] = {
            "shareName": share["share_name"],
            "storageAccountName": share["storage_account_name"],
            "storageAccountKey": share["storage_account_key"],
            "readOnly": share["read_only"],
        }
    elif wanted["git_repo"]:
        body["gitRepo"] = {key: value for key, value in wanted["git_repo"].items() if value is not None}
    else:
        body["emptyDir"] = {}
    return body


def _base64(text: str) -> str:
    import base64

    return base64.b64encode(text.encode()).decode()


def _address(params: Params, properties: Body) -> None:
    """Set address, ports and DNS label, when the task names any of them."""
    present = properties.get("ipAddress") or {}
    kind = params["ip_address"] or present.get("type") or ("Public" if params["dns_name_label"] else "None")
    if kind == "None":
        properties.pop("ipAddress", None)
        return
    if params["ports"] is not None:
        ports = [_port_body(one) for one in params["ports"]]
    elif params["containers"] is not None or not present:
        ports = [one for container in properties["containers"] for one in container["properties"].get("ports") or []]
    else:
        ports = present["ports"]
    address = {**present, "type": kind, "ports": ports}
    if params["dns_name_label"]:
        address["dnsNameLabel"] = params["dns_name_label"]
    elif params["dns_name_label"] is not None:  # an empty one gives the name up, and with it who may take it
        for key in ("dnsNameLabel", "autoGeneratedDomainNameLabelScope", "dnsNameLabelReusePolicy"):
            address.pop(key, None)
    if params["dns_name_label_scope"]:
        address["autoGeneratedDomainNameLabelScope"] = params["dns_name_label_scope"]
    properties["ipAddress"] = address


def _identity(params: Params, body: Body) -> None:
    """Add the identities that the registry credentials name to those of the group: Azure wants them in both places."""
    present = body.get("identity") or {}
    pulling = [one["identity"] for one in params["registry_credentials"] or [] if one["identity"]]
    if params["identities"] is None and not pulling:
        return
    keep = list(present.get("userAssignedIdentities") or {}) if params["identities"] is None else params["identities"]
    ids = {one.lower(): one for one in (*pulling, *keep)}
    system = "SystemAssigned" in present.get("type", "")
    if not ids:
        body["identity"] = {"type": "SystemAssigned" if system else "None"}
        return
    kind = "SystemAssigned, UserAssigned" if system else "UserAssigned"
    body["identity"] = {"type": kind, "userAssignedIdentities": {one: {} for one in ids.values()}}


def _port_body(text: str) -> Body:
    number, protocol = t.cast("tuple[int, str]", port(text))
    return {"port": number, "protocol": protocol}


def _port_text(one: Body) -> str:
    return f"{one['port']}/{(one.get('protocol') or 'TCP').lower()}"


def _container_view(properties: Body) -> dict[str, t.Any]:
    requests = properties["resources"]["requests"]
    variables = properties.get("environmentVariables") or []
    seen = {
        "image": properties["image"],
        "cpu": float(requests["cpu"]),
        "memory": float(requests["memoryInGB"]),
        "ports": sorted(_port_text(one) for one in properties.get("ports") or []),
        "command": properties.get("command"),
        "environment": {one["name"]: one["value"] for one in variables if one.get("value") is not None},
        "secret_environment": {one["name"]: SECRET_UNCHANGED for one in variables if one.get("value") is None},
        "liveness_probe": _probe_view(properties.get("livenessProbe")),
        "readiness_probe": _probe_view(properties.get("readinessProbe")),
        "volume_mounts": {
            one["name"]: f"{one['mountPath']}{' (read-only)' if one.get('readOnly') else ''}"
            for one in properties.get("volumeMounts") or []
        },
    }
    return {key: value for key, value in seen.items() if value not in (None, [], {})}


# What Azure fills in for the numbers a probe leaves out; a probe that names them is the same probe.
_PROBE_DEFAULTS = {
    "initialDelaySeconds": 0,
    "periodSeconds": 10,
    "failureThreshold": 3,
    "successThreshold": 1,
    "timeoutSeconds": 1,
}


def _probe_view(probe: Body | None) -> dict[str, t.Any] | None:
    if not probe:
        return None
    numbers = {option: probe.get(key) or _PROBE_DEFAULTS[key] for option, key in _PROBE_NUMBERS.items()}
    if http := probe.get("httpGet"):
        where = {
            "path": http.get("path") or "/",
            "port": http["port"],
            "scheme": (http.get("scheme") or "http").lower(),
        }
        return {"http_get": where, **numbers}
    return {"command": (probe.get("exec") or {}).get("command"), **numbers}


def _volume_view(volume: Body) -> str:
    if volume.get("secret") is not None:
        return "secret"
    if share := volume.get("azureFile"):
        mode = " (read-only)" if share.get("readOnly") else ""
        return f"azure_file {share['storageAccountName']}/{share['shareName']}{mode}"
    if source := volume.get("gitRepo"):
        return f"git_repo {source['repository']} {source.get('directory') or ''} {source.get('revision') or ''}".strip()
    return "empty_dir"
