# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Azure is and who we are."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of every module that talks to Azure."""

    DOCUMENTATION = r"""
options:
  subscription_id:
    description:
      - The subscription to work in.
      - If not set, the environment variable E(AZURE_SUBSCRIPTION_ID) is used.
    type: str
  tenant_id:
    description:
      - The Microsoft Entra tenant to sign in to.
      - If not set, the environment variable E(AZURE_TENANT_ID) or E(AZURE_TENANT) is used.
    type: str
  client_id:
    description:
      - The application (client) id of a service principal, or the client id of a managed identity.
      - If not set, the environment variable E(AZURE_CLIENT_ID) is used.
    type: str
  client_secret:
    description:
      - The client secret of a service principal.
      - If not set, the environment variable E(AZURE_CLIENT_SECRET) or E(AZURE_SECRET) is used.
    type: str
  auth:
    description:
      - How to sign in. One token is requested per playbook run and kept only in the run's private temporary folder.
      - V(auto) takes the first of these that applies. A service principal, if O(client_secret) is set. Workload
        identity, if the
        environment variable E(AZURE_FEDERATED_TOKEN_FILE) is set. The managed identity of the machine, if it has one.
        The login of
        Azure CLI.
      - V(cli) uses the login of Azure CLI.
      - V(service_principal) needs O(tenant_id), O(client_id), and O(client_secret).
      - V(workload_identity) exchanges the token in the file named by E(AZURE_FEDERATED_TOKEN_FILE).
      - V(managed_identity) uses the identity of the machine; O(client_id) chooses among several.
    type: str
    choices: [auto, cli, service_principal, workload_identity, managed_identity]
    default: auto
  cloud:
    description:
      - V(AzureCloud), V(AzureUSGovernment), V(AzureChinaCloud), or the https URL of an Azure Resource Manager endpoint
        that
        describes itself under C(/metadata/endpoints).
      - If not set, the environment variable E(AZURE_CLOUD_ENVIRONMENT) is used.
    type: str
    default: AzureCloud
  ca_path:
    description:
      - A file with the certificate authorities to trust, instead of those that the Python package C(certifi) brings.
      - Needed behind a proxy that inspects TLS, and for private clouds.
      - If not set, the environment variable E(REQUESTS_CA_BUNDLE) is used.
    type: path
requirements:
  - azure-identity
  - azure-mgmt-core
"""
