# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do about an error, by Azure's error code. Private to this collection.

They are the operator's words: inventory variables and playbooks, with the module's option in brackets where somebody
may use the module alone. A test checks that everything they name exists, and that a code which every service uses gets
no remedy that fits one of them.

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
    "AnotherOperationInProgress": "Another operation is running there: run again when it has ended.",
    "AnswerIncomplete": "Something between here and Azure cuts answers: check the proxy, then run again.",
    "AuthenticationFailed": "Check the credentials; `az login` or a service principal is needed.",
    "AuthorizationFailed": "Give the identity a role that allows the named action, at the named scope.",
    "CacheBusy": "Another operation is running on the cache: run again when it has ended.",
    "CacheCreationRetired": "No new caches of this kind here: create an Azure Managed Redis (redis_service: managed, "
    "module managed_redis).",
    "CertificateNotTrusted": "Set ca_path in azure (REQUESTS_CA_BUNDLE) to the certificate authority of this endpoint.",
    "ConnectionLost": "Check the network and the proxy, then run again: it goes on where this run stopped.",
    "ContainerGroupNotFound": "Create it first (setup_stack, redeploy_backend), or correct backend_name (name) and "
    "stack_resource_group (resource_group).",
    "ContainerGroupQuotaReached": "Delete unused container groups or ask for more quota in this region.",
    "ContainerGroupTransitioning": "Another operation is running on the group: run again when it has ended.",
    "DnsNameLabelNotAvailable": "Another group in this region holds the label: choose another backend_dns_label "
    "(dns_name_label).",
    "EndpointTimedOut": "Check that the network and the proxy let requests to this host through, then run again.",
    "EndpointUnreachable": "Check the network, the proxy and cloud in azure (AZURE_CLOUD_ENVIRONMENT).",
    "ExpiredAuthenticationToken": "The token has expired: run again, or `az login` again.",
    "GeoBackupsNotAvailable": "There is no copy in the other region yet, or none is kept: restore from a backup of "
    "this region (restore_database).",
    "HostNotFound": "Check the name, cloud in azure (AZURE_CLOUD_ENVIRONMENT), and that this machine resolves names.",
    "InaccessibleImage": "Check that the image exists and that the group's credentials or identity may pull it.",
    "InternalServerError": "Azure does not say why: run again, and if it stays, ask its support with the request id.",
    "InvalidAuthenticationToken": "Check that tenant, cloud and credentials belong together.",
    "InvalidContainerGroupUpdate": "Set backend_allow_recreate (allow_recreate) to true: Azure then has to delete and "
    "create the group.",
    "LocationIsOfferRestricted": "This subscription may not create servers in this region: set database_location "
    "(location) to another one, or ask Azure's support for it, with an issue of the type 'Service and subscription "
    "limits'.",
    "LocationNotAvailableForResourceType": "Choose one of the regions named by Azure (stack_location).",
    "MANIFEST_UNKNOWN": "Push the image first, or name a tag that exists.",
    "MissingSubscriptionRegistration": "Register the resource provider: `az provider register --namespace NAME`.",
    "NAME_UNKNOWN": "Push the image first, or correct backend_image_repository (repository).",
    "NameNotAvailable": "Somebody else has the name, which is unique in all of Azure: choose another one.",
    "OperationIdNotFound": "Azure has forgotten the operation: run again, and it is seen what came of it.",
    "ParameterOutOfRange": "Set what Azure names to a value that it lists; an empty list means that this subscription "
    "may not create servers in this region: then set database_location (location) to another one.",
    "ProxyFailed": "Check HTTPS_PROXY and NO_PROXY, and that the proxy admits this host.",
    "QuotaExceeded": "The quota of this subscription is used up in this region: ask Azure for more of it, ask for "
    "less, or choose another region.",
    "ReadReplicaServersExistForSourceServer": "Delete or promote the replicas of the server first, then run again.",
    "RegistryErrorResponse": "The registry refuses for now (often a pull limit): try again later.",
    "ResourceGroupBeingDeleted": "Wait until the resource group is gone, then run again.",
    "ResourceGroupNotFound": "Create the resource group first (setup_stack), or correct stack_resource_group.",
    "ServerAlreadyExists": "There is a server of this name already: choose another name, or delete that one first.",
    "ServerBusy": "Another operation is running on the server: run again when it has ended.",
    "ServerEditionIncompatibleWithSkuSize": "Set database_sku (sku) to a size of the tier its letter says, one that "
    "this region offers.",
    "ServerIsBusy": "Another operation is running on the server: run again when it has ended.",
    "ServerNameAlreadyExists": "The name belongs to another server, of whatever customer: set database_server_name "
    "(name) to another one; the name of a server that was deleted is free after a while.",
    "ServerStoppedError": "Start the server first (postgresql_server with state started).",
    "ServiceUnavailable": "The service does not answer for now: run again, it goes on where this run stopped.",
    "SignInAnswerIncomplete": "Something between here and the sign-in host cuts answers: check the proxy.",
    "SignInCertificateNotTrusted": "Set ca_path in azure (REQUESTS_CA_BUNDLE) to the certificate authority of the "
    "sign-in host; a proxy that opens TLS has one of its own.",
    "SignInConnectionLost": "Check the network and the proxy on the way to the sign-in host, then run again.",
    "SignInEndpointTimedOut": "Check that the network and the proxy let requests to the sign-in host through.",
    "SignInEndpointUnreachable": "Check the network, the proxy and cloud in azure (AZURE_CLOUD_ENVIRONMENT): the "
    "credentials were not even sent.",
    "SignInHostNotFound": "Check that this machine resolves the sign-in host's name, and cloud in azure "
    "(AZURE_CLOUD_ENVIRONMENT): the credentials were not even sent.",
    "SignInProxyFailed": "Check HTTPS_PROXY and NO_PROXY, and that the proxy admits the sign-in host.",
    "SignInUnavailable": "The sign-in host does not work for now: run again later.",
    "SkuNotAvailable": "This region does not offer to this subscription what Azure names: choose something else of its "
    "kind, or another region.",
    "SubscriptionNotFound": "Check subscription_id (AZURE_SUBSCRIPTION_ID) and the identity's access to it.",
    "SubscriptionRequestsThrottled": "Azure limits the request rate: try again later.",
    "TenantNotFound": "Check tenant_id (AZURE_TENANT_ID) and cloud in azure (AZURE_CLOUD_ENVIRONMENT).",
    "TAG_UNKNOWN": "Push the image first, or name a tag that exists.",
    "TooManyRequests": "Azure limits the request rate: try again later.",
    "UNAUTHORIZED": "Check the registry's user name and password, or the identity's AcrPull role.",
}

_CAPACITY = (
    "Azure has no capacity for this size in this region: try later, with a smaller backend_cpu or backend_memory, or "
    "in another stack_location."
)


def remedy_for(code: str, status: int | None = None, message: str = "") -> str:
    """Return the remedy for an error code, or an empty string where none is known.

    :param status: of the answer; a container group is refused for want of capacity with the code of a service that does
        not answer, and with another status.
    """
    if code == "ServiceUnavailable" and status == 409 and "container group" in message.lower():
        return _CAPACITY
    return REMEDIES.get(code, "")
