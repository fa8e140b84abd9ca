"""Bodies of Microsoft.Web/staticSites, and its api-versions."""

from __future__ import annotations

from azure_simulator.core.body import Anything, Boolean, MapOf, Object, String

API_VERSIONS = (
    "2019-08-01",
    "2020-06-01",
    "2020-09-01",
    "2020-10-01",
    "2020-12-01",
    "2021-01-01",
    "2021-01-15",
    "2021-02-01",
    "2021-03-01",
    "2022-03-01",
    "2022-09-01",
    "2023-01-01",
    "2023-12-01",
    "2024-04-01",
    "2024-11-01",
    "2025-03-01",
    "2025-05-01",
)
# The version at which operations are asked for, whatever the caller's.
OPERATIONS_VERSION = "2019-01-01"

# Where Azure has the service: it is no regional one, the region is that of its APIs and environments.
REGIONS = ("West US 2", "Central US", "East US 2", "West Europe", "East Asia")

SKUS = ("Free", "Standard")
POLICIES = ("Enabled", "Disabled")
CNAME, TXT = "cname-delegation", "dns-txt-token"

_BUILD = Object(
    {
        "appLocation": String(),
        "apiLocation": String(),
        "appArtifactLocation": String(),
        "outputLocation": String(),
        "appBuildCommand": String(),
        "apiBuildCommand": String(),
        "githubActionSecretNameOverride": String(),
        "skipGithubActionWorkflowGeneration": Boolean(),
    },
    name="StaticSiteBuildProperties",
)
# What a client got and may send back with what it changes.
_READ_ONLY = (
    "defaultHostname",
    "customDomains",
    "privateEndpointConnections",
    "contentDistributionEndpoint",
    "keyVaultReferenceIdentity",
    "userProvidedFunctionApps",
    "linkedBackends",
    "databaseConnections",
    "stableInboundIP",
    "trafficSplitting",
    "areStaticSitesDistributedBackendsEnabled",
    "prettyNameStatus",
    "prettyName",
    "prettyNameHostname",
    "targetResourceGroupResourceId",
    "trialExpirationTimeUtc",
)
_PROPERTIES = Object(
    {
        "repositoryUrl": String(),
        "branch": String(),
        "repositoryToken": String(),
        "buildProperties": _BUILD,
        "templateProperties": Anything(),
        "stagingEnvironmentPolicy": String(POLICIES),
        "allowConfigFileUpdates": Boolean(),
        "provider": String(),
        "enterpriseGradeCdnStatus": String(("Enabled", "Enabling", "Disabled", "Disabling")),
        "publicNetworkAccess": String(("Enabled", "Disabled", "")),
        **{name: Anything() for name in _READ_ONLY},
    },
    name="StaticSite",
)
_SKU = Object(
    {
        "name": String(),
        "tier": String(),
        "size": Anything(),
        "family": Anything(),
        "capacity": Anything(),
        "skuCapacity": Anything(),
        "locations": Anything(),
        "capabilities": Anything(),
    },
    name="SkuDescription",
)
# What every answer holds, and some clients send back.
_PROXY = {name: Anything() for name in ("id", "name", "type", "kind", "location", "systemData")}
_RESOURCE = {"tags": MapOf(String()), "sku": _SKU, "identity": Anything(), "properties": _PROPERTIES}
SITE = Object(
    {
        **_PROXY,
        **_RESOURCE,
        "location": String(),
    },
    required=("location",),
    name="StaticSiteARMResource",
)
# Azure's own command line changes the plan and the tags by a PATCH, whatever the specification has in one.
PATCH = Object({**_PROXY, **_RESOURCE}, name="StaticSitePatchResource")
SETTINGS = Object({**_PROXY, "properties": MapOf(String())}, name="StringDictionary")
DOMAIN = Object(
    {**_PROXY, "properties": Object({"validationMethod": String((CNAME, TXT))}, name="CustomDomainProperties")},
    name="StaticSiteCustomDomainRequestPropertiesARMResource",
)
RESET = Object(
    {
        **_PROXY,
        "properties": Object(
            {"repositoryToken": String(), "shouldUpdateRepository": Boolean()}, name="StaticSiteResetProperties"
        ),
    },
    name="StaticSiteResetPropertiesARMResource",
)
