# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do about an error, by Azure's error code. Private to this collection.

Sources: Azure Resource Manager's list of common errors, the troubleshooting page of Azure Container Instances and
Microsoft Entra's list of AADSTS codes.
"""

from __future__ import annotations

REMEDIES = {
    "AADSTS700016": "Check client_id (AZURE_CLIENT_ID) and that the application exists in this tenant.",
    "AADSTS7000215": "The client secret is wrong or was replaced: set client_secret (AZURE_CLIENT_SECRET) again.",
    "AADSTS7000222": "The client secret has expired: create a new one and set client_secret (AZURE_CLIENT_SECRET).",
    "AADSTS700213": "The federated credential's subject does not match this workload: compare both.",
    "AADSTS90002": "Check tenant_id (AZURE_TENANT_ID).",
    "AuthenticationFailed": "Check the credentials; `az login` or a service principal is needed.",
    "AuthorizationFailed": "Give the identity a role that allows the named action, at the named scope.",
    "CacheBusy": "Another operation is running on the cache: run again when it has ended.",
    "CacheCreationRetired": "No new caches of this kind here: create an Azure Managed Redis (managed_redis).",
    "CertificateNotTrusted": "Set ca_path (REQUESTS_CA_BUNDLE) to the certificate authority of this endpoint.",
    "ContainerGroupNotFound": "Create it first (state: present), or correct its name and resource group.",
    "ContainerGroupQuotaReached": "Delete unused container groups or ask for more quota in this region.",
    "ContainerGroupTransitioning": "Another operation is running on the group: run again when it has ended.",
    "DnsNameLabelNotAvailable": "Another group in this region holds the label: choose another dns_name_label.",
    "EndpointUnreachable": "Check the network, the proxy and the cloud option (AZURE_CLOUD_ENVIRONMENT).",
    "ExpiredAuthenticationToken": "The token has expired: run again, or `az login` again.",
    "InaccessibleImage": "Check that the image exists and that the group's credentials or identity may pull it.",
    "InternalServerError": "Azure does not say why: run again, and if it stays, ask its support with the request id.",
    "InvalidAuthenticationToken": "Check that tenant, cloud and credentials belong together.",
    "InvalidContainerGroupUpdate": "Set allow_recreate to true: Azure then has to delete and create the group.",
    "LocationNotAvailableForResourceType": "Choose one of the regions named by Azure.",
    "MANIFEST_UNKNOWN": "Push the image first, or name a tag that exists.",
    "MissingSubscriptionRegistration": "Register the resource provider: `az provider register --namespace NAME`.",
    "NAME_UNKNOWN": "Push the image first, or correct the repository's name.",
    "RegistryErrorResponse": "The registry refuses for now (often a pull limit): try again later.",
    "ResourceGroupBeingDeleted": "Wait until the resource group is gone, then run again.",
    "ResourceGroupNotFound": "Create the resource group first, or correct its name.",
    "ServerBusy": "Another operation is running on the server: run again when it has ended.",
    "ServerEditionIncompatibleWithSkuSize": "Name a sku of the tier its letter says, one that this region offers.",
    "ServerIsBusy": "Another operation is running on the server: run again when it has ended.",
    "ServerStoppedError": "Start the server first (state: started).",
    "ServiceUnavailable": "Azure has no capacity for this size in this region: try later, smaller, or elsewhere.",
    "SubscriptionNotFound": "Check subscription_id (AZURE_SUBSCRIPTION_ID) and the identity's access to it.",
    "SubscriptionRequestsThrottled": "Azure limits the request rate: try again later.",
    "TenantNotFound": "Check tenant_id (AZURE_TENANT_ID) and cloud (AZURE_CLOUD_ENVIRONMENT).",
    "TAG_UNKNOWN": "Push the image first, or name a tag that exists.",
    "TooManyRequests": "Azure limits the request rate: try again later.",
    "UNAUTHORIZED": "Check the registry's user name and password, or the identity's AcrPull role.",
}


def remedy_for(code: str) -> str:
    """Return the remedy for an error code, or an empty string where none is known."""
    return REMEDIES.get(code, "")
