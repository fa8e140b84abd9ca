"""The rules Azure checks before it accepts a container group, and what it fills in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from azure_simulator.containers.probes import Probe, ProbeError
from azure_simulator.core.providers import check_location
from azure_simulator.services.container_instance import exceptions
from azure_simulator.services.container_instance.schema import CONTAINER_GROUP, check

RESOURCE_TYPE = "Microsoft.ContainerInstance/containerGroups"
MOST_PORTS, MOST_CONTAINERS, MOST_VOLUMES = 5, 60, 20
# Standard SKU, Linux, as the capabilities of a region list them.
MOST_CPU, MOST_MEMORY_GB = 4.0, 16.0

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_DNS_LABEL = re.compile(r"[a-z][a-z0-9-]{3,61}[a-z0-9]")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHARE = re.compile(r"[a-z0-9](?:-?[a-z0-9]){2,62}")
_STORAGE_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
_SECRET_KEY = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,253}")
_VOLUME_KINDS = ("azureFile", "emptyDir", "secret", "gitRepo")
# Members Azure has and no part of the simulator stands behind.
_NOT_SIMULATED = {
    "subnetIds": "container groups in a virtual network",
    "dnsConfig": "DNS settings of groups in a virtual network",
    "encryptionProperties": "customer-managed keys",
    "extensions": "deployment extensions",
    "confidentialComputeProperties": "confidential containers",
}


@dataclass(frozen=True)
class GroupRequest:
    """A checked PUT body. `properties` is complete, secrets included."""

    location: str
    tags: dict[str, str] | None
    zones: list[str] | None
    identity: dict[str, Any] | None
    properties: dict[str, Any]


def parse(name: str, body: dict[str, Any]) -> GroupRequest:
    """Check a PUT body. Raises the ArmError Azure would answer."""
    location = check_location(body.get("location"), "containerGroups")
    checked = check(body, CONTAINER_GROUP)
    if not _NAME.fullmatch(name):
        raise exceptions.invalid(
            f"The container group name '{name}' is invalid. It can contain only lowercase letters, numbers and "
            "hyphens, "
            "must begin and end with a letter or number, and be at most 63 characters long."
        )
    properties = checked.get("properties")
    if properties is None:
        raise exceptions.invalid(f"The properties of container group '{name}' are not specified.")
    _check_group(name, properties, checked.get("identity") or {})
    return GroupRequest(location, checked.get("tags"), checked.get("zones"), checked.get("identity"), properties)


def _check_group(name: str, properties: dict[str, Any], identity: dict[str, Any]) -> None:
    for member, feature in _NOT_SIMULATED.items():
        if properties.get(member):
            raise exceptions.not_simulated(feature)
    if properties.get("sku", "Standard") != "Standard":
        raise exceptions.not_simulated(f"the {properties['sku']} SKU of container groups")
    _check_os_type(name, properties)
    containers = properties.get("containers") or []
    init_containers = properties.setdefault("initContainers", [])
    if not containers:
        raise exceptions.invalid(f"The container group '{name}' has no containers.")
    if len(containers) + len(init_containers) > MOST_CONTAINERS:
        raise exceptions.invalid(f"The container group '{name}' has more than {MOST_CONTAINERS} containers.")
    volumes = _check_volumes(name, properties.get("volumes") or [])
    for container in (*containers, *init_containers):
        _check_container(name, container, volumes)
    for container in containers:
        _check_resources(name, container)
        _check_probes(container)
        container["properties"].setdefault("ports", [])
        _check_ports(f"container '{container['name']}'", container["properties"]["ports"])
    _unique((container["name"] for container in (*containers, *init_containers)), "container name", name)
    # The containers of a group share its address, so a port can have one owner.
    every_port = [_port_key(port) for container in containers for port in container["properties"]["ports"]]
    _unique(every_port, "port", name)
    _check_address(name, properties, set(every_port))
    _check_credentials(name, properties.get("imageRegistryCredentials") or [], identity)
    _check_diagnostics(name, properties.get("diagnostics"))


def _check_os_type(name: str, properties: dict[str, Any]) -> None:
    system = str(properties.get("osType", "")).lower()
    if system not in ("linux", "windows"):
        raise exceptions.invalid_os_type(name, properties.get("osType"))
    if system == "windows":
        raise exceptions.not_simulated("Windows containers")
    properties["osType"] = "Linux"


def _check_container(name: str, container: dict[str, Any], volumes: dict[str, Any]) -> None:
    label = container.get("name", "")
    if not _NAME.fullmatch(label):
        raise exceptions.invalid(
            f"The container name '{label}' in container group '{name}' is invalid. It can contain only lowercase "
            "letters, "
            "numbers and hyphens, must begin and end with a letter or number, and be at most 63 characters long."
        )
    properties = container.get("properties")
    if not properties or not str(properties.get("image", "")).strip():
        raise exceptions.invalid(f"The image of container '{label}' in container group '{name}' is not specified.")
    properties.setdefault("environmentVariables", [])
    for variable in properties["environmentVariables"]:
        variable_name = variable.get("name", "")
        if not _VARIABLE.fullmatch(variable_name):
            raise exceptions.invalid(
                f"The environment variable name '{variable_name}' in container '{label}' of container group '{name}' "
                "is "
                "invalid. It can contain only letters, numbers and underscores and must not begin with a number."
            )
        if "value" in variable and "secureValue" in variable:
            raise exceptions.invalid(
                f"The environment variable '{variable_name}' in container '{label}' of container group '{name}' has "
                "both "
                "a value and a secure value."
            )
    _unique((variable["name"] for variable in properties["environmentVariables"]), "environment variable", name)
    for mount in properties.get("volumeMounts") or []:
        if mount.get("name") not in volumes:
            raise exceptions.invalid(
                f"The volume '{mount.get('name')}' mounted by container '{label}' is not found in container group "
                f"'{name}'."
            )
        path = mount.get("mountPath", "")
        if not path.startswith("/") or path.strip("/") == "" or ":" in path:
            raise exceptions.invalid(
                f"The mount path '{path}' in container '{label}' of container group '{name}' is invalid. It must be "
                "absolute, not the root, and without colons."
            )
    _unique((mount["mountPath"] for mount in properties.get("volumeMounts") or []), "mount path", name)


def _check_resources(name: str, container: dict[str, Any]) -> None:
    resources = container["properties"].get("resources") or {}
    requests = resources.get("requests") or {}
    if "cpu" not in requests or "memoryInGB" not in requests:
        raise exceptions.requests_not_specified(container["name"], name)
    if requests.get("gpu") or (resources.get("limits") or {}).get("gpu"):
        raise exceptions.not_simulated("GPUs in container groups")
    for kind, text in (("cpu", "CPU"), ("memoryInGB", "memory")):
        if requests[kind] <= 0:
            raise exceptions.invalid(
                f"The {text} request '{requests[kind]:g}' of container '{container['name']}' in container group "
                f"'{name}' "
                "must be greater than 0."
            )
        limit = (resources.get("limits") or {}).get(kind)
        if limit is not None and limit < requests[kind]:
            raise exceptions.invalid(
                f"The {text} limit '{limit:g}' of container '{container['name']}' in container group '{name}' is "
                "smaller "
                f"than its request '{requests[kind]:g}'."
            )
    if abs(requests["memoryInGB"] * 10 - round(requests["memoryInGB"] * 10)) > 1e-6:
        raise exceptions.invalid(
            f"The memory request '{requests['memoryInGB']:g}' of container '{container['name']}' in container group "
            f"'{name}' must be a multiple of 0.1 GB."
        )


def _check_probes(container: dict[str, Any]) -> None:
    for kind in ("livenessProbe", "readinessProbe"):
        body = container["properties"].get(kind)
        if body is None:
            continue
        where = f"The {kind} of container '{container['name']}'"
        if bool(body.get("exec")) == bool(body.get("httpGet")):
            raise exceptions.invalid(f"{where} must have exactly one of exec and httpGet.")
        if body.get("httpGet") is not None and not 0 < body["httpGet"].get("port", 0) < 65536:
            raise exceptions.invalid(f"{where} must have a port between 1 and 65535.")
        for member in ("periodSeconds", "failureThreshold", "successThreshold", "timeoutSeconds"):
            if body.get(member, 1) < 1:
                raise exceptions.invalid(f"{where} must have a {member} of at least 1.")
        if body.get("initialDelaySeconds", 0) < 0:
            raise exceptions.invalid(f"{where} must not have a negative initialDelaySeconds.")
        if kind == "livenessProbe" and body.get("successThreshold", 1) != 1:
            raise exceptions.invalid(f"{where} must have a successThreshold of 1.")
        try:
            Probe.parse(body)
        except ProbeError as error:
            raise exceptions.invalid(f"{where} is invalid: {error}.") from error


def _check_ports(owner: str, ports: list[dict[str, Any]]) -> None:
    for port in ports:
        if not 0 < port.get("port", 0) < 65536:
            raise exceptions.invalid(
                f"The port '{port.get('port')}' of {owner} is invalid. It must be between 1 and 65535."
            )
        port.setdefault("protocol", "TCP")


def _check_address(name: str, properties: dict[str, Any], container_ports: set[str]) -> None:
    address = properties.get("ipAddress")
    if address is None:
        return
    if address.get("type", "Public") != "Public":
        raise exceptions.not_simulated("private addresses of container groups")
    address["type"] = "Public"
    ports = address.get("ports") or []
    if not ports:
        raise exceptions.invalid(f"The ports of the IP address of container group '{name}' are not specified.")
    if len(ports) > MOST_PORTS:
        raise exceptions.invalid(f"The IP address of container group '{name}' has more than {MOST_PORTS} ports.")
    _check_ports(f"container group '{name}'", ports)
    _unique((_port_key(port) for port in ports), "port", name)
    for port in ports:
        if _port_key(port) not in container_ports:
            raise exceptions.invalid(
                f"The port '{port['port']}' of the IP address of container group '{name}' is exposed by none of its "
                "containers."
            )
    label = address.get("dnsNameLabel")
    if label is None:
        address.pop("autoGeneratedDomainNameLabelScope", None)
        return
    address.setdefault("autoGeneratedDomainNameLabelScope", "Unsecure")
    if not _DNS_LABEL.fullmatch(label):
        raise exceptions.invalid(
            f"The DNS name label '{label}' in container group '{name}' is invalid. It can contain only lowercase "
            "letters, "
            "numbers and hyphens. The first character must be a letter. The last character must be a letter or number. "
            "The value must be between 5 and 63 characters long."
        )


def _check_volumes(name: str, volumes: list[dict[str, Any]]) -> dict[str, Any]:
    if len(volumes) > MOST_VOLUMES:
        raise exceptions.invalid(f"The container group '{name}' has more than {MOST_VOLUMES} volumes.")
    for volume in volumes:
        if not _NAME.fullmatch(volume.get("name", "")):
            raise exceptions.invalid(f"The volume name '{volume.get('name')}' in container group '{name}' is invalid.")
        if len([kind for kind in _VOLUME_KINDS if kind in volume]) != 1:
            raise exceptions.invalid(
                f"The volume '{volume['name']}' in container group '{name}' must be exactly one of "
                f"{', '.join(_VOLUME_KINDS)}."
            )
        for member, pattern in (("shareName", _SHARE), ("storageAccountName", _STORAGE_ACCOUNT)):
            if "azureFile" in volume and not pattern.fullmatch(volume["azureFile"].get(member, "")):
                raise exceptions.invalid(
                    f"The {member} of volume '{volume['name']}' in container group '{name}' is missing or invalid."
                )
        if "gitRepo" in volume and not volume["gitRepo"].get("repository"):
            raise exceptions.invalid(f"The volume '{volume['name']}' in container group '{name}' has no repository.")
        for key in volume.get("secret", {}):
            if not _SECRET_KEY.fullmatch(key):
                raise exceptions.invalid(
                    f"The key '{key}' of secret volume '{volume['name']}' in container group '{name}' is no file name."
                )
    _unique((volume["name"] for volume in volumes), "volume name", name)
    return {volume["name"]: volume for volume in volumes}


def _check_credentials(name: str, credentials: list[dict[str, Any]], identity: dict[str, Any]) -> None:
    assigned = {key.lower() for key in identity.get("userAssignedIdentities") or {}}
    for credential in credentials:
        server = credential.get("server", "")
        if not server:
            raise exceptions.invalid(f"The image registry credentials of container group '{name}' have no server.")
        if "identity" in credential:
            if credential["identity"].lower() not in assigned:
                raise exceptions.invalid(
                    f"The identity '{credential['identity']}' for registry '{server}' is not assigned to container "
                    "group "
                    f"'{name}'."
                )
        elif not credential.get("username") or not credential.get("password"):
            raise exceptions.invalid(
                f"The user name or password for registry '{server}' in container group '{name}' is not specified."
            )
    _unique((credential["server"].lower() for credential in credentials), "image registry server", name)


def _check_diagnostics(name: str, diagnostics: dict[str, Any] | None) -> None:
    analytics = (diagnostics or {}).get("logAnalytics")
    if analytics is not None and not (analytics.get("workspaceId") and analytics.get("workspaceKey")):
        raise exceptions.invalid(
            f"The log analytics of container group '{name}' need a workspaceId and a workspaceKey."
        )


def _port_key(port: dict[str, Any]) -> str:
    return f"{port['protocol']}/{port['port']}"


def _unique(values: Iterable[str], what: str, name: str) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise exceptions.invalid(f"The {what} '{value}' in container group '{name}' is used more than once.")
        seen.add(value)


def amounts(properties: dict[str, Any]) -> tuple[float, float]:
    """CPU and memory in GB all containers request together."""
    requests = [container["properties"]["resources"]["requests"] for container in properties["containers"]]
    return sum(item["cpu"] for item in requests), sum(item["memoryInGB"] for item in requests)


def forbidden_changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What of an update Azure does only after a delete, each with its old and new value."""
    changes = []

    def compare(what: str, before: object, after: object) -> None:
        if before != after:
            changes.append(f'{what} (old "{before}", new "{after}")')

    compare("RestartPolicy", old.get("restartPolicy", "Always"), new.get("restartPolicy", "Always"))
    before = {item["name"]: item["properties"]["resources"]["requests"] for item in old["containers"]}
    after = {item["name"]: item["properties"]["resources"]["requests"] for item in new["containers"]}
    for name in before.keys() & after.keys():
        compare(f"CPU of container '{name}'", f"{before[name]['cpu']:g}", f"{after[name]['cpu']:g}")
        compare(f"memory of container '{name}'", f"{before[name]['memoryInGB']:g}", f"{after[name]['memoryInGB']:g}")
    if before.keys() != after.keys():
        (old_cpu, old_memory), (new_cpu, new_memory) = amounts(old), amounts(new)
        compare("CPU", f"{old_cpu:g}", f"{new_cpu:g}")
        compare("memory", f"{old_memory:g}", f"{new_memory:g}")
    return changes
