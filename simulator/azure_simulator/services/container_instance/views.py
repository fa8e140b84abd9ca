"""Container groups as answers show them: in Azure's order, without secrets."""

from __future__ import annotations

import copy
from typing import Any

_PROPERTIES_ORDER = (
    "containers", "initContainers", "imageRegistryCredentials", "restartPolicy", "ipAddress", "osType", "volumes",
    "instanceView", "diagnostics", "priority",
)  # fmt: skip
_CONTAINER_ORDER = (
    "image", "command", "ports", "environmentVariables", "instanceView", "resources", "volumeMounts", "livenessProbe",
    "readinessProbe", "securityContext", "configMap",
)  # fmt: skip
# Answers before this version have neither.
_TIMEOUTS_SINCE = "2023-05-01"
_STANDBY_POOLS_SINCE = "2024-05-01-preview"


def without_secrets(properties: dict[str, Any]) -> dict[str, Any]:
    """The properties as Azure returns them: the names of secrets stay, their values do not."""
    public = copy.deepcopy(properties)
    for container in (*public["containers"], *public.get("initContainers", [])):
        for variable in container["properties"]["environmentVariables"]:
            variable.pop("secureValue", None)
    for credential in public.get("imageRegistryCredentials", []):
        credential.pop("password", None)
    for volume in public.get("volumes", []):
        if "secret" in volume:
            volume["secret"] = {}
        if "azureFile" in volume:
            volume["azureFile"].pop("storageAccountKey", None)
    if analytics := (public.get("diagnostics") or {}).get("logAnalytics"):
        analytics.pop("workspaceKey", None)
    return public


def render(
    body: dict[str, Any],
    api_version: str,
    *,
    state: str | None = None,
    containers: dict[str, dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """A stored group as a response body.

    `state`: the group's instance view (None: left out, as in lists); `containers`: instance views by container name.
    """
    stored = body["properties"]
    properties: dict[str, Any] = {"sku": "Standard", "provisioningState": stored["provisioningState"]}
    if api_version >= _TIMEOUTS_SINCE:
        properties |= {"provisioningTimeoutInSeconds": 1800, "isCustomProvisioningTimeout": False}
    if api_version >= _STANDBY_POOLS_SINCE:
        properties["isCreatedFromStandbyPool"] = False
    values = {
        **stored,
        "containers": [_container(item, containers or {}, api_version) for item in stored["containers"]],
        "initContainers": [_container(item, containers or {}, "") for item in stored["initContainers"]],
    }
    if state is not None:
        values["instanceView"] = {"events": [], "state": state}
    properties |= {name: values[name] for name in _PROPERTIES_ORDER if name in values}
    answer: dict[str, Any] = {"properties": properties}
    for name in ("identity", "id", "name", "type", "location", "zones", "tags"):
        if name in body:
            answer[name] = body[name]
    return answer


def _container(item: dict[str, Any], views: dict[str, dict[str, Any]], api_version: str) -> dict[str, Any]:
    values = dict(item["properties"])
    if item["name"] in views:
        values["instanceView"] = views[item["name"]]
    if api_version >= _STANDBY_POOLS_SINCE:
        values["configMap"] = {"keyValuePairs": {}}
    return {"name": item["name"], "properties": {name: values[name] for name in _CONTAINER_ORDER if name in values}}
