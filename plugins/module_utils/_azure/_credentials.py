# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the access token comes from: azure-identity, asked once per run. Private to this collection.

Sources: U(https://learn.microsoft.com/python/api/azure-identity/azure.identity) for the credential classes.
"""

from __future__ import annotations

import os
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._cloud import Cloud
from ansible_collections.codexdominion.azure.plugins.module_utils._azure._transport import PatientTransport
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError, from_sign_in

AUTH = ("auto", "cli", "service_principal", "workload_identity", "managed_identity")


class RunCredential:
    """A token credential as azure-core expects it; it asks the real one only when this run has no token yet.

    :param cloud: where to sign in.
    :param params: the connection options C(auth), C(tenant_id), C(client_id), C(client_secret), C(ca_path).
    :param transport: makes what the sign-in host is asked through: asking twice for a token does no harm.
    """

    def __init__(
        self,
        cloud: Cloud,
        params: t.Mapping[str, t.Any],
        cache: RunCache,
        transport: t.Callable[[], PatientTransport],
    ) -> None:
        self._cloud = cloud
        self._params = params
        self._cache = cache
        self._transport = transport

    def get_token(self, *scopes: str, **_options: t.Any) -> t.Any:
        """Return an azure-core AccessToken for C(scopes).

        :raises OperationsError: when no token can be had.
        """
        from azure.core.credentials import AccessToken

        who = [str(self._params.get(key)) for key in ("auth", "tenant_id", "client_id")]
        key = " ".join(["token", self._cloud.authority, *who, *scopes])
        entry = self._cache.get_or_make(key, lambda: self._ask(scopes))
        return AccessToken(entry["token"], entry["expires_on"])

    def _ask(self, scopes: tuple[str, ...]) -> dict[str, t.Any]:
        from azure.core.exceptions import AzureError

        try:
            token = self._credential().get_token(*scopes)
        except AzureError as exc:
            raise from_sign_in(exc) from exc
        except ValueError as exc:  # azure-identity refuses malformed tenants and authorities this way
            raise OperationsError(f"Signing in to Azure failed: {exc}", code="AuthenticationFailed") from exc
        return {"token": token.token, "expires_on": token.expires_on}

    def _credential(self) -> t.Any:
        from azure import identity

        tenant, client, secret = (
            str(self._params.get(key) or "") for key in ("tenant_id", "client_id", "client_secret")
        )
        token_file = os.environ.get("AZURE_FEDERATED_TOKEN_FILE")
        auth = self._params["auth"]
        common: dict[str, t.Any] = {"connection_verify": self._params.get("ca_path") or True}
        entra = {**common, "authority": self._cloud.authority, "disable_instance_discovery": not self._cloud.built_in}
        # The chain below probes addresses that need not exist, with limits of its own.
        patient: dict[str, t.Any] = {"transport": self._transport(), "retry_total": 0}
        if auth == "workload_identity" or (auth == "auto" and token_file and not secret):
            return identity.WorkloadIdentityCredential(
                tenant_id=tenant or None, client_id=client or None, **entra, **patient
            )
        if auth == "service_principal" or (auth == "auto" and secret):
            _need(auth, tenant_id=tenant, client_id=client, client_secret=secret)
            return identity.ClientSecretCredential(tenant, client, secret, **entra, **patient)
        if auth == "managed_identity":
            return identity.ManagedIdentityCredential(client_id=client or None, **common)
        if auth == "cli":
            return identity.AzureCliCredential(tenant_id=tenant)
        # Of the default chain only managed identity (which it probes before waiting for it) and Azure CLI remain.
        return identity.DefaultAzureCredential(
            exclude_environment_credential=True,
            exclude_workload_identity_credential=True,
            exclude_shared_token_cache_credential=True,
            exclude_visual_studio_code_credential=True,
            exclude_developer_cli_credential=True,
            exclude_powershell_credential=True,
            exclude_interactive_browser_credential=True,
            managed_identity_client_id=client or None,
            **entra,
        )


def _need(auth: str, **options: str) -> None:
    if missing := [name for name, value in options.items() if not value]:
        raise OperationsError(
            f"auth={auth} needs {', '.join(missing)}",
            code="CredentialIncomplete",
            remedy="Set the options, or " + ", ".join(f"AZURE_{name.upper()}" for name in missing) + ".",
        )
