"""What a container group's body may look like: names and types of every member, api-version 2023-05-01.

A member that is not here is refused: a misspelt setting must not be lost in silence. Members Azure itself fills in
(`ReadOnly`) are accepted, since clients send back what they read, and dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_simulator.core.body import Anything, Array, Boolean, Integer, Kind, MapOf, Number, Object, String


class ReadOnly(Anything):
    """Filled in by Azure."""


def _object(name: str, members: Mapping[str, Kind]) -> Object:
    return Object(members, name=name)


_PORT = _object("Port", {"protocol": String(("TCP", "UDP")), "port": Integer()})
_PROBE = _object(
    "ContainerProbe",
    {
        "exec": _object("ContainerExec", {"command": Array(String())}),
        "httpGet": _object(
            "ContainerHttpGet",
            {
                "path": String(),
                "port": Integer(),
                "scheme": String(("http", "https")),
                "httpHeaders": Array(_object("HttpHeader", {"name": String(), "value": String()})),
            },
        ),
        "initialDelaySeconds": Integer(),
        "periodSeconds": Integer(),
        "failureThreshold": Integer(),
        "successThreshold": Integer(),
        "timeoutSeconds": Integer(),
    },
)
_ENVIRONMENT = Array(_object("EnvironmentVariable", {"name": String(), "value": String(), "secureValue": String()}))
_MOUNTS = Array(_object("VolumeMount", {"name": String(), "mountPath": String(), "readOnly": Boolean()}))
_GPU = _object("GpuResource", {"count": Integer(), "sku": String(("K80", "P100", "V100"))})
_AMOUNTS = {"memoryInGB": Number(), "cpu": Number(), "gpu": _GPU}
_SECURITY = _object(
    "SecurityContextDefinition",
    {
        "privileged": Boolean(),
        "allowPrivilegeEscalation": Boolean(),
        "capabilities": _object("SecurityContextCapabilities", {"add": Array(String()), "drop": Array(String())}),
        "runAsGroup": Integer(),
        "runAsUser": Integer(),
        "seccompProfile": String(),
    },
)
_CONTAINER = _object(
    "Container",
    {
        "name": String(),
        "properties": _object(
            "ContainerProperties",
            {
                "image": String(),
                "command": Array(String()),
                "ports": Array(_PORT),
                "environmentVariables": _ENVIRONMENT,
                "instanceView": ReadOnly(),
                "resources": _object(
                    "ResourceRequirements",
                    {"requests": _object("ResourceRequests", _AMOUNTS), "limits": _object("ResourceLimits", _AMOUNTS)},
                ),
                "volumeMounts": _MOUNTS,
                "livenessProbe": _PROBE,
                "readinessProbe": _PROBE,
                "securityContext": _SECURITY,
                "configMap": ReadOnly(),
            },
        ),
    },
)
_INIT_CONTAINER = _object(
    "InitContainerDefinition",
    {
        "name": String(),
        "properties": _object(
            "InitContainerPropertiesDefinition",
            {
                "image": String(),
                "command": Array(String()),
                "environmentVariables": _ENVIRONMENT,
                "instanceView": ReadOnly(),
                "volumeMounts": _MOUNTS,
                "securityContext": _SECURITY,
            },
        ),
    },
)
_VOLUME = _object(
    "Volume",
    {
        "name": String(),
        "azureFile": _object(
            "AzureFileVolume",
            {
                "shareName": String(),
                "readOnly": Boolean(),
                "storageAccountName": String(),
                "storageAccountKey": String(),
            },
        ),
        "emptyDir": Anything(),
        "secret": MapOf(String()),
        "gitRepo": _object("GitRepoVolume", {"directory": String(), "repository": String(), "revision": String()}),
    },
)
_LOG_ANALYTICS = _object(
    "LogAnalytics",
    {
        "workspaceId": String(),
        "workspaceKey": String(),
        "logType": String(("ContainerInsights", "ContainerInstanceLogs")),
        "metadata": MapOf(String()),
        "workspaceResourceId": String(),
    },
)
_SCOPES = ("Unsecure", "TenantReuse", "SubscriptionReuse", "ResourceGroupReuse", "Noreuse")
_PROPERTIES = _object(
    "ContainerGroupProperties",
    {
        "provisioningState": ReadOnly(),
        "provisioningTimeoutInSeconds": ReadOnly(),
        "isCustomProvisioningTimeout": ReadOnly(),
        "isCreatedFromStandbyPool": ReadOnly(),
        "containers": Array(_CONTAINER),
        "imageRegistryCredentials": Array(
            _object(
                "ImageRegistryCredential",
                {
                    "server": String(),
                    "username": String(),
                    "password": String(),
                    "identity": String(),
                    "identityUrl": String(),
                },
            )
        ),
        "restartPolicy": String(("Always", "OnFailure", "Never")),
        "ipAddress": _object(
            "IpAddress",
            {
                "ports": Array(_PORT),
                "type": String(("Public", "Private")),
                "ip": String(),
                "dnsNameLabel": String(),
                "autoGeneratedDomainNameLabelScope": String(_SCOPES),
                "fqdn": ReadOnly(),
            },
        ),
        "osType": String(),
        "volumes": Array(_VOLUME),
        "instanceView": ReadOnly(),
        "diagnostics": _object("ContainerGroupDiagnostics", {"logAnalytics": _LOG_ANALYTICS}),
        "subnetIds": Array(_object("ContainerGroupSubnetId", {"id": String(), "name": String()})),
        "dnsConfig": _object(
            "DnsConfiguration", {"nameServers": Array(String()), "searchDomains": String(), "options": String()}
        ),
        "sku": String(("Standard", "Dedicated", "Confidential")),
        "encryptionProperties": _object(
            "EncryptionProperties",
            {"vaultBaseUrl": String(), "keyName": String(), "keyVersion": String(), "identity": String()},
        ),
        "initContainers": Array(_INIT_CONTAINER),
        "extensions": Array(
            _object(
                "DeploymentExtensionSpec",
                {
                    "name": String(),
                    "properties": _object(
                        "DeploymentExtensionSpecProperties",
                        {
                            "extensionType": String(),
                            "version": String(),
                            "settings": Anything(),
                            "protectedSettings": Anything(),
                        },
                    ),
                },
            )
        ),
        "confidentialComputeProperties": _object("ConfidentialComputeProperties", {"ccePolicy": String()}),
        "priority": String(("Regular", "Spot")),
    },
)
CONTAINER_GROUP = _object(
    "ContainerGroup",
    {
        "id": ReadOnly(),
        "name": ReadOnly(),
        "type": ReadOnly(),
        "location": String(),
        "tags": MapOf(String()),
        "zones": Array(String()),
        "identity": _object(
            "ContainerGroupIdentity",
            {
                "principalId": ReadOnly(),
                "tenantId": ReadOnly(),
                "type": String(("SystemAssigned", "UserAssigned", "SystemAssigned, UserAssigned", "None")),
                "userAssignedIdentities": MapOf(Anything()),
            },
        ),
        "properties": _PROPERTIES,
    },
)
TAGS = _object("Resource", {"tags": MapOf(String()), "location": String(), "zones": Array(String())})


def check(value: Any, schema: Object) -> dict[str, Any]:
    """The checked body: without read-only members and nulls, values in Azure's spelling, numbers as Azure writes them.

    Raises 400 InvalidRequestContent.
    """
    schema.check(value)
    cleaned: dict[str, Any] = _clean(value, schema)
    return cleaned


def _clean(value: Any, kind: Kind) -> Any:
    match kind:
        case Object(members=members):
            return {
                name: _clean(item, members[name])
                for name, item in value.items()
                if item is not None and not isinstance(members[name], ReadOnly)
            }
        case MapOf(of=of):
            return {name: _clean(item, of) for name, item in value.items()}
        case Array(of=of):
            return [_clean(item, of) for item in value]
        case String(values=values):
            return next((allowed for allowed in values if allowed.lower() == value.lower()), value)
        case Number():
            return float(value)
        case _:
            return value
