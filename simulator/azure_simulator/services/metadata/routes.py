"""Routes a client asks first: `/metadata/endpoints`, subscriptions, tenants, locations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from azure_simulator.core.errors import ArmError
from azure_simulator.core.providers import REGIONS, region_name
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route
from azure_simulator.core.service import Service
from azure_simulator.services.key_vault.access import DNS_SUFFIX

CLOUD_NAME = "AzureSimulator"
_SUBSCRIPTIONS = frozenset(
    {
        "2016-06-01",
        "2018-06-01",
        "2019-06-01",
        "2019-11-01",
        "2020-01-01",
        "2021-01-01",
        "2021-04-01",
        "2022-09-01",
        "2022-12-01",
        "2024-11-01",
    }
)


class MetadataService(Service):
    """The cloud as clients discover it."""

    api_versions = _SUBSCRIPTIONS

    def routes(self) -> Iterable[Route]:
        anonymous = {"authenticated": False, "api_versions": frozenset()}
        return (
            self.route("GET", "/metadata/endpoints", self.endpoints, **anonymous),
            self.route("GET", "/subscriptions", self.list_subscriptions),
            self.route("GET", "/subscriptions/{subscription}", self.get_subscription),
            self.route("GET", "/subscriptions/{subscription}/locations", self.locations),
            self.route("GET", "/tenants", self.tenants),
        )

    async def endpoints(self, request: ArmRequest) -> ArmResponse:
        """A list of clouds for 2019-05-01 and without a version (what az reads), one object for the other versions."""
        version = request.api_version
        if version and version not in ("2015-01-01", "2018-05-01", "2019-05-01", "2020-06-01", "2022-09-01"):
            raise ArmError(400, "InvalidApiVersionParameter", f"The api-version '{version}' is invalid.", gateway=True)
        cloud = self._cloud(request.base_url)
        if version not in ("", "2019-05-01"):
            return ArmResponse(200, cloud)
        return ArmResponse(200, [cloud])

    def _cloud(self, url: str) -> dict[str, Any]:
        tenant = self.context.settings.account.tenant_id
        host = url.removeprefix("https://")
        return {
            "name": CLOUD_NAME,
            "portal": url,
            "authentication": {
                "loginEndpoint": url,
                "audiences": [url, f"{url}/"],
                "tenant": tenant,
                "identityProvider": "AAD",
            },
            "graphEndpoint": url,
            "graph": url,
            "graphAudience": url,
            "microsoftGraphResourceId": url,
            "media": url,
            "gallery": url,
            "batch": url,
            "resourceManager": f"{url}/",
            "vmImageAliasDoc": f"{url}/aliases.json",
            "sqlManagement": url,
            "activeDirectoryDataLake": url,
            "suffixes": {
                "acrLoginServer": host,
                "azureDataLakeAnalyticsCatalogAndJob": host,
                "azureDataLakeStoreFileSystem": host,
                "keyVaultDns": DNS_SUFFIX,
                "sqlServerHostname": host,
                "storage": host,
                "storageSyncEndpointSuffix": host,
                "mysqlServerEndpoint": host,
                "postgresqlServerEndpoint": host,
                "mariadbServerEndpoint": host,
                "synapseAnalytics": host,
                "mhsmDns": host,
            },
        }

    def _subscription(self) -> dict[str, Any]:
        account = self.context.settings.account
        return {
            "id": f"/subscriptions/{account.subscription_id}",
            "authorizationSource": "RoleBased",
            "managedByTenants": [],
            "subscriptionId": account.subscription_id,
            "tenantId": account.tenant_id,
            "displayName": "Rehearsal",
            "state": "Enabled",
            "subscriptionPolicies": {
                "locationPlacementId": "Public_2014-09-01",
                "quotaId": "PayAsYouGo_2014-09-01",
                "spendingLimit": "Off",
            },
        }

    async def list_subscriptions(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, {"value": [self._subscription()], "count": {"type": "Total", "value": 1}})

    async def get_subscription(self, request: ArmRequest) -> ArmResponse:
        return ArmResponse(200, self._subscription())

    async def locations(self, request: ArmRequest) -> ArmResponse:
        prefix = f"/subscriptions/{self.context.settings.account.subscription_id}/locations"
        value = [
            {
                "id": f"{prefix}/{region_name(region)}",
                "name": region_name(region),
                "type": "Region",
                "displayName": region,
                "regionalDisplayName": region,
                "metadata": {"regionType": "Physical", "regionCategory": "Recommended"},
            }
            for region in REGIONS
        ]
        return ArmResponse(200, {"value": value})

    async def tenants(self, request: ArmRequest) -> ArmResponse:
        tenant = self.context.settings.account.tenant_id
        body = {
            "id": f"/tenants/{tenant}",
            "tenantId": tenant,
            "countryCode": "US",
            "displayName": "Rehearsal",
            "domains": ["rehearsal.invalid"],
            "tenantCategory": "Home",
        }
        return ArmResponse(200, {"value": [body]})
