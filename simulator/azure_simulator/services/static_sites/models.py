"""Static web apps: their state, their settings and their deployment tokens. Names are unique in their group only."""

from __future__ import annotations

from typing import Any

from azure_simulator.core.collection import Collection
from azure_simulator.core.errors import ArmError, location_fixed
from azure_simulator.core.providers import region_name
from azure_simulator.core.store import Document, Store
from azure_simulator.services.resources.models import check_tags
from azure_simulator.services.static_sites import names, rules, schema

KIND = "staticSites"
RESERVED = "reservedStaticSiteNames"
_CHANGEABLE = (
    "stagingEnvironmentPolicy",
    "allowConfigFileUpdates",
    "publicNetworkAccess",
    "provider",
    "repositoryUrl",
    "branch",
)
_UNTIL_2019 = (
    "defaultHostname",
    "repositoryUrl",
    "branch",
    "provider",
    "customDomains",
    "privateEndpointConnections",
    "contentDistributionEndpoint",
)


class Sites(Collection):
    """The static web apps of the subscription."""

    def __init__(self, store: Store, subscription_id: str) -> None:
        super().__init__(store, subscription_id, KIND, rules.TYPE, RESERVED)

    def check_put(self, group: str, name: str, body: dict[str, Any], domains: int) -> None:
        """Everything that can refuse a PUT, before an address is allocated.

        :param domains: how many custom domains the site has.
        """
        schema.SITE.check(body)
        location = rules.check_region(body["location"])
        check_tags(body.get("tags"))
        rules.check_name(name)
        rules.check_properties(body.get("properties") or {})
        old = self.find(group, name)
        sku = rules.check_sku(body.get("sku"), old.body["sku"]["name"] if old else None)
        if old is not None and old.body["location"] != location:
            raise location_fixed(name, group, region_name(old.body["location"]), region_name(location))
        if old is None and sku == "Free" and self._free_sites() >= rules.MOST_FREE_SITES:
            message = f"The subscription has the maximum number of free static web apps, {rules.MOST_FREE_SITES}."
            raise ArmError(409, "QuotaExceeded", message)
        if domains > rules.PLANS[sku].domains:
            raise rules.too_many_domains(rules.PLANS[sku])

    def _free_sites(self) -> int:
        return sum(document.body["sku"]["name"] == "Free" for document in self.list())

    def put(self, group: str, name: str, body: dict[str, Any], host: str, content_url: str) -> tuple[Document, bool]:
        """Create or replace; the site and whether it is new.

        :param host: where its content is served.
        :param content_url: where content is uploaded to.
        """
        old = self.find(group, name)
        location = rules.check_region(body["location"])
        sku = rules.check_sku(body.get("sku"), old.body["sku"]["name"] if old else None)
        site: dict[str, Any] = {
            "id": old.id if old else self.id_of(group, name),
            "name": old.body["name"] if old else name,
            "type": rules.TYPE,
            "location": location,
            "properties": _properties(body.get("properties") or {}, host, content_url),
            "sku": {"name": sku, "tier": sku},
        }
        if body.get("tags") is not None:
            site["tags"] = check_tags(body["tags"])
        private = None
        if old is None:
            private = {"token": names.deployment_token(location), "settings": {}}
        return self._store.put(KIND, site["id"], site, private), old is None

    def patch(self, group: str, name: str, body: dict[str, Any], domains: int) -> Document:
        """Change what a body names.

        :param domains: how many custom domains the site has.
        """
        schema.PATCH.check(body)
        document = self.get(group, name)
        given = {key: value for key, value in (body.get("properties") or {}).items() if value is not None}
        rules.check_properties(given)
        sku = rules.check_sku(body.get("sku"), document.body["sku"]["name"])
        if domains > rules.PLANS[sku].domains:
            raise rules.too_many_domains(rules.PLANS[sku])
        document.body["properties"] |= {key: given[key] for key in _CHANGEABLE if key in given}
        document.body["sku"] = {"name": sku, "tier": sku}
        if body.get("tags") is not None:
            document.body["tags"] = check_tags(body["tags"])
        return self._store.put(KIND, document.id, document.body)

    def detach(self, group: str, name: str) -> None:
        """Let go of the repository."""
        document = self.get(group, name)
        document.body["properties"] |= {"repositoryUrl": None, "branch": None, "provider": "None"}
        self._store.put(KIND, document.id, document.body)

    def delete(self, document: Document) -> None:
        self._store.delete(KIND, document.id)

    # -- what the list verbs show ------------------------------------------------------------------------------------

    def settings(self, group: str, name: str) -> dict[str, Any]:
        document = self.get(group, name)
        return _child(document, "config/appsettings", "appsettings", "config", document.private["settings"])

    def write_settings(self, group: str, name: str, body: dict[str, Any]) -> None:
        """Replace all of them."""
        schema.SETTINGS.check(body)
        document = self.get(group, name)
        document.private["settings"] = dict(body.get("properties") or {})
        self._store.put(KIND, document.id, document.body, document.private)

    def secrets(self, group: str, name: str) -> dict[str, Any]:
        document = self.get(group, name)
        return _child(document, "secrets", "secrets", "secrets", {"apiKey": document.private["token"]})

    def reset_token(self, group: str, name: str, body: dict[str, Any]) -> None:
        """A new deployment token; the old one is worth nothing from now on."""
        schema.RESET.check(body)
        document = self.get(group, name)
        document.private["token"] = names.deployment_token(document.body["location"])
        self._store.put(KIND, document.id, document.body, document.private)

    def by_token(self, token: str) -> Document | None:
        """The site a deployment token is of."""
        return next((document for document in self.list() if document.private["token"] == token), None)


def shown(body: dict[str, Any], api_version: str) -> dict[str, Any]:
    """A site as a version shows it."""
    if api_version > "2019-08-01":
        return body
    properties = {name: body["properties"][name] for name in _UNTIL_2019}
    return {**body, "properties": properties}


def _child(site: Document, path: str, name: str, kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{site.id}/{path}",
        "name": name,
        "type": f"{rules.TYPE}/{kind}",
        "location": site.body["location"],
        "properties": properties,
    }


def _properties(wanted: dict[str, Any], host: str, content_url: str) -> dict[str, Any]:
    """All properties; what is never shown again (a repository's token, how it is built) is not kept."""
    repository = wanted.get("repositoryUrl")
    given = wanted.get("provider")
    return {
        "defaultHostname": host,
        "repositoryUrl": repository,
        "branch": wanted.get("branch"),
        "customDomains": [],
        "stableInboundIP": host.partition(":")[0],
        "privateEndpointConnections": [],
        "stagingEnvironmentPolicy": wanted.get("stagingEnvironmentPolicy") or "Enabled",
        "allowConfigFileUpdates": wanted.get("allowConfigFileUpdates") is not False,
        "contentDistributionEndpoint": content_url,
        "keyVaultReferenceIdentity": "SystemAssigned",
        "userProvidedFunctionApps": None,
        "linkedBackends": [],
        "provider": given or ("GitHub" if repository else "None"),
        "enterpriseGradeCdnStatus": "Disabled",
        "publicNetworkAccess": wanted.get("publicNetworkAccess"),
        "databaseConnections": [],
        "trafficSplitting": {"environmentDistribution": {"default": 100}},
        "areStaticSitesDistributedBackendsEnabled": False,
        "prettyNameStatus": None,
        "prettyName": None,
        "prettyNameHostname": None,
        "targetResourceGroupResourceId": None,
        "trialExpirationTimeUtc": None,
    }
