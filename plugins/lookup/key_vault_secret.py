# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The key_vault_secret lookup."""

from __future__ import annotations

DOCUMENTATION = r"""
name: key_vault_secret
version_added: 0.1.0
short_description: Read secrets from an Azure Key Vault
description:
  - Returns the values of secrets, read at the moment they are needed. A variable that refers to a secret asks for
    nothing until something uses it, so a playbook that does not need the secret needs no access to it either.
  - Values are kept in memory only, as long as the process that read them, which is that of one task on one host. There
    each secret is read once. Only the access token is kept for the whole run, in its private temporary folder.
  - The identity needs the role C(Key Vault Secrets User) on the vault or on the secret. Owner and Contributor may not
    read secrets.
  - A lookup does not take part in C(module_defaults). Each connection option is taken from the lookup itself, otherwise
    from the inventory variable C(azure), a dictionary of the same names, and otherwise from the environment of the
    controller.
  - Follows API version 2026-04-01 of Azure Key Vault, see U(https://learn.microsoft.com/rest/api/keyvault/).
author:
  - codexdominion.azure contributors (@codexdominion)
requirements:
  - azure-identity
  - azure-keyvault-secrets
options:
  _terms:
    description:
      - The secrets, by name, or by name and version as in V(backend-secret-key/0123456789abcdef0123456789abcdef).
      - Without a version it is the current one.
    type: list
    elements: str
    required: true
  vault_url:
    description: The URL of the vault, such as V(https://kv-codex.vault.azure.net).
    type: str
    required: true
  tenant_id:
    description:
      - The Microsoft Entra tenant to sign in to, which must be the vault's.
      - Otherwise C(azure.tenant_id), E(AZURE_TENANT_ID) or E(AZURE_TENANT).
    type: str
  client_id:
    description:
      - The application (client) id of a service principal, or the client id of a managed identity.
      - Otherwise C(azure.client_id) or E(AZURE_CLIENT_ID).
    type: str
  client_secret:
    description:
      - The client secret of a service principal.
      - Otherwise C(azure.client_secret), E(AZURE_CLIENT_SECRET) or E(AZURE_SECRET).
    type: str
  auth:
    description:
      - How to sign in; the choices are those of every module of this collection.
      - Otherwise C(azure.auth).
    type: str
    choices: [auto, cli, service_principal, workload_identity, managed_identity]
    default: auto
  cloud:
    description:
      - V(AzureCloud), V(AzureUSGovernment), V(AzureChinaCloud), or the https URL of an Azure Resource Manager endpoint.
      - In the clouds of Microsoft the vault has to be below their own domain. Elsewhere a token is requested only for
        the key vaults that the endpoint describes as C(keyVaultDns).
      - Otherwise C(azure.cloud) or E(AZURE_CLOUD_ENVIRONMENT).
    type: str
    default: AzureCloud
  ca_path:
    description:
      - A file with the certificate authorities to trust.
      - Otherwise C(azure.ca_path) or E(REQUESTS_CA_BUNDLE).
    type: path
seealso:
  - module: codexdominion.azure.container_group
"""

EXAMPLES = r"""
# In group_vars, with all three kinds of reference side by side.
- name: Bring the backend up with secrets from three places
  ansible.builtin.import_role:
    name: codexdominion.azure.backend
  vars:
    backend_secret_environment:
      # From an Azure Key Vault, at the moment the container group is compared.
      SECRET_KEY: "{{ lookup('codexdominion.azure.key_vault_secret', 'backend-secret-key',
                             vault_url='https://kv-codex.vault.azure.net') }}"
      # From a file encrypted by Ansible Vault.
      PAYMENT_TOKEN: "{{ vault_backend_payment_token }}"
      # From the environment of ansible-playbook, as in CI.
      MAIL_PASSWORD: "{{ lookup('ansible.builtin.env', 'MAIL_PASSWORD', default=undef('set MAIL_PASSWORD')) }}"

- name: Use a fixed version, read by another identity
  ansible.builtin.set_fact:
    signing_key: "{{ lookup('codexdominion.azure.key_vault_secret', 'signing-key/0123456789abcdef0123456789abcdef',
                            vault_url=vault_url, auth='managed_identity') }}"
  no_log: true

- name: Read several with one call
  ansible.builtin.set_fact:
    passwords: "{{ query('codexdominion.azure.key_vault_secret', 'database-password', 'cache-password',
                         vault_url=vault_url) }}"
  no_log: true
"""

RETURN = r"""
_raw:
  description: The values, in the order of the names.
  type: list
  elements: str
"""

import typing as t

from ansible import constants as C
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import describe
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords import _key_vault


class LookupModule(LookupBase):
    """The values of secrets."""

    def run(self, terms: list[t.Any], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[str]:
        checked = _key_vault.SPEC.validate({**self._connection(variables or {}), **kwargs})
        problems = _key_vault.SPEC.problems(checked)
        problems += [problem for term in terms if (problem := _key_vault.problem_with_reference(str(term)))]
        if problems:
            raise AnsibleLookupError(describe(problems))
        vault = _key_vault.open_vault(checked.validated_parameters, RunCache(str(vars(C)["DEFAULT_LOCAL_TMP"])))
        try:
            return [vault.secret(str(term)) for term in terms]
        except OperationsError as error:
            # Azure's own exception would add its pages of text, and the whole exchange to a traceback.
            raise AnsibleLookupError(str(error)) from None

    def _connection(self, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        """Return what the inventory says about Azure, for the options that are not given here."""
        templar: t.Any = self._templar
        azure = templar.template(variables.get("azure") or {})
        return {name: azure[name] for name in _key_vault.CONNECTION if name in azure}
