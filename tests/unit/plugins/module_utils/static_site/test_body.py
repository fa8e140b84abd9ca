"""What a body says of a site that is written again."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._static_site import _body

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
    ("changes", "properties"),
    [
        ({}, KEPT),
        ({"tags": {"a": "b"}}, KEPT),
        ({"tags": {"a": "b"}, "properties": {}}, KEPT),
        ({"sku": {"name": "Standard", "tier": "Standard"}}, KEPT),
        ({"properties": {"stagingEnvironmentPolicy": "Enabled"}}, {**KEPT, "stagingEnvironmentPolicy": "Enabled"}),
    ],
)
def test_says_all_that_is_to_stay(changes: dict[str, Any], properties: dict[str, Any]) -> None:
    body = _body.changed(ACTUAL, changes)
    assert body == {"location": "East US 2", "sku": ACTUAL["sku"], **changes, "properties": properties}


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
    assert _body.changed({**ACTUAL, "identity": present}, {})["identity"] == kept
