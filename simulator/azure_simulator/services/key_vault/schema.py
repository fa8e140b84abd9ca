"""Bodies of Microsoft.KeyVault/vaults and of a vault's secrets, and the api-versions of both."""

from __future__ import annotations

from azure_simulator.core.body import Anything, Array, Boolean, Integer, MapOf, Object, String

VAULT_VERSIONS = (
    "2015-06-01",
    "2016-10-01",
    "2018-02-14-preview",
    "2018-02-14",
    "2019-09-01",
    "2020-04-01-preview",
    "2021-04-01-preview",
    "2021-06-01-preview",
    "2021-10-01",
    "2021-11-01-preview",
    "2022-02-01-preview",
    "2022-07-01",
    "2022-11-01",
    "2023-02-01",
    "2023-07-01",
    "2024-04-01-preview",
    "2024-11-01",
    "2024-12-01-preview",
    "2025-05-01",
    "2026-02-01",
    "2026-05-15",
)
# From here on a new vault is in RBAC mode unless it says otherwise:
# https://learn.microsoft.com/azure/key-vault/general/access-control-default
RBAC_BY_DEFAULT = "2026-02-01"

SECRET_VERSIONS = ("2016-10-01", "7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01", "2026-04-01")

SKUS = ("standard", "premium")
_ACTION = String(("Allow", "Deny"))
_NETWORK = Object(
    {
        "bypass": String(("AzureServices", "None")),
        "defaultAction": _ACTION,
        "ipRules": Array(Object({"value": String()}, required=("value",), name="IPRule")),
        "virtualNetworkRules": Array(Anything()),
    },
    name="NetworkRuleSet",
)
_PROPERTIES = Object(
    {
        "tenantId": String(),
        "sku": Object(
            {"family": String(("A",)), "name": String(SKUS)},
            required=("family", "name"),
            name="Sku",
        ),
        # Ignored by a vault in RBAC mode, in Azure as here.
        "accessPolicies": Array(Anything()),
        "enabledForDeployment": Boolean(),
        "enabledForDiskEncryption": Boolean(),
        "enabledForTemplateDeployment": Boolean(),
        "enableSoftDelete": Boolean(),
        "softDeleteRetentionInDays": Integer(7, 90),
        "enableRbacAuthorization": Boolean(),
        "createMode": String(("default", "recover")),
        "enablePurgeProtection": Boolean(),
        "networkAcls": _NETWORK,
        "publicNetworkAccess": String(("Enabled", "Disabled")),
        # read-only: what a client got and sends back
        "vaultUri": Anything(),
        "hsmPoolResourceId": Anything(),
        "provisioningState": Anything(),
        "privateEndpointConnections": Anything(),
    },
    required=("tenantId", "sku"),
    name="VaultProperties",
)
VAULT = Object(
    {
        "location": String(),
        "tags": MapOf(String()),
        "properties": _PROPERTIES,
        "id": Anything(),
        "name": Anything(),
        "type": Anything(),
        "systemData": Anything(),
    },
    required=("location", "properties"),
    name="VaultCreateOrUpdateParameters",
)

_ATTRIBUTES = Object(
    {
        "enabled": Boolean(),
        "nbf": Integer(0),
        "exp": Integer(0),
        "created": Anything(),
        "updated": Anything(),
        "recoveryLevel": Anything(),
        "recoverableDays": Anything(),
    },
    name="SecretAttributes",
)
_CHANGEABLE = {"contentType": String(), "attributes": _ATTRIBUTES, "tags": MapOf(String())}
SET_SECRET = Object({"value": String(), **_CHANGEABLE}, required=("value",), name="SecretSetParameters")
UPDATE_SECRET = Object(_CHANGEABLE, name="SecretUpdateParameters")
