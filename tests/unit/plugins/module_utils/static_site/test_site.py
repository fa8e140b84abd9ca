"""What a body says of a site that is written again."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._static_site import _site

ACTUAL: dict[str, Any] = {
    "id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Web/staticSites/site",
    "name": "site",
    "location": "East US 2",
    "sku": {"name": "Free", "tier": "Free"},
    "properties": {
        "defaultHostname": "jolly-mud-0.4.azurestaticapps.net",
        "repositoryUrl": "https://github.com/o/r",
        "branch": "main",
        "provider": "GitHub",
        "stagingEnvironmentPolicy": "Disabled",
        "allowConfigFileUpdates": False,
        "publicNetworkAccess": None,
        "customDomains": ["a.com"],
    },
}
KEPT = {
    "repositoryUrl": "https://github.com/o/r",
    "branch": "main",
    "provider": "GitHub",
    "stagingEnvironmentPolicy": "Disabled",
    "allowConfigFileUpdates": False,
}


@pytest.mark.parametrize(
    ("named", "more", "properties"),
    [
        ({}, {}, KEPT),
        ({"tags": {"a": "b"}}, {"tags": {"a": "b"}}, KEPT),
        ({"sku": "Standard"}, {"sku": {"name": "Standard", "tier": "Standard"}}, KEPT),
        ({"staging_environments": True}, {}, {**KEPT, "stagingEnvironmentPolicy": "Enabled"}),
    ],
)
def test_says_all_that_is_to_stay(named: dict[str, Any], more: dict[str, Any], properties: dict[str, Any]) -> None:
    body = {**_site._kept(ACTUAL), **_site._body(named, ACTUAL)}
    assert body == {"location": "East US 2", "sku": ACTUAL["sku"], **more, "properties": properties}


@pytest.mark.parametrize(
    ("present", "kept"),
    [
        ({"type": "SystemAssigned", "principalId": "p", "tenantId": "t"}, {"type": "SystemAssigned"}),
        (
            {"type": "UserAssigned", "userAssignedIdentities": {"/id": {"principalId": "p", "clientId": "c"}}},
            {"type": "UserAssigned", "userAssignedIdentities": {"/id": {}}},
        ),
    ],
)
def test_keeps_its_identity(present: dict[str, Any], kept: dict[str, Any]) -> None:
    """What Azure says of an identity cannot be said to Azure."""
    assert _site._kept({**ACTUAL, "identity": present})["identity"] == kept
