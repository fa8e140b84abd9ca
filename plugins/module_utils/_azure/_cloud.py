# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Azure: the public and sovereign clouds by name, any other by the URL of its ARM endpoint. Private.

A custom endpoint describes itself under C(/metadata/endpoints), as Azure Stack and every built-in cloud do:
U(https://learn.microsoft.com/azure-stack/user/azure-stack-rest-api-use).
"""

from __future__ import annotations

import dataclasses
import typing as t
import urllib.parse

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._transport import PatientTransport
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError, from_azure

NAMES = ("AzureCloud", "AzureUSGovernment", "AzureChinaCloud")

# Authority, ARM endpoint, audience of ARM tokens, domain of key vaults. Kept as data because the SDK's own tables cost
# the import of two packages; a unit test compares both.
_BUILT_IN = {
    "AzureCloud": (
        "https://login.microsoftonline.com",
        "https://management.azure.com",
        "https://management.azure.com",
        "vault.azure.net",
    ),
    "AzureUSGovernment": (
        "https://login.microsoftonline.us",
        "https://management.usgovcloudapi.net",
        "https://management.core.usgovcloudapi.net",
        "vault.usgovcloudapi.net",
    ),
    "AzureChinaCloud": (
        "https://login.chinacloudapi.cn",
        "https://management.chinacloudapi.cn",
        "https://management.chinacloudapi.cn",
        "vault.azure.cn",
    ),
}


@dataclasses.dataclass(frozen=True)
class Cloud:
    """Where to sign in and where to send requests; URLs without a final slash."""

    authority: str
    resource_manager: str
    audience: str
    key_vault_domain: str
    built_in: bool

    @property
    def scope(self) -> str:
        """The scope of tokens for Azure Resource Manager."""
        return f"{self.audience.rstrip('/')}/.default"

    @property
    def key_vault_scope(self) -> str:
        """The scope of tokens for key vaults: the domain below which they are, as in every cloud of Microsoft's."""
        return f"https://{self.key_vault_domain}/.default"


def problem_with(value: str) -> str | None:
    """Return what is wrong with the value of the C(cloud) option, or None."""
    if value in NAMES:
        return None
    parts = urllib.parse.urlsplit(value)
    if parts.scheme == "https" and parts.netloc:
        return None
    return f"{value!r} is neither one of {', '.join(NAMES)} nor an https URL"


def resolve(value: str, cache: RunCache, transport: t.Callable[[], PatientTransport]) -> Cloud:
    """Return the cloud of that name or URL.

    :param transport: makes what a custom endpoint is asked through.
    :raises OperationsError: when a custom endpoint does not answer, or not with metadata.
    """
    if value in _BUILT_IN:
        return Cloud(*_BUILT_IN[value], built_in=True)
    endpoint = value.rstrip("/")
    known = cache.get_or_make(f"cloud {endpoint}", lambda: _discover(endpoint, transport()))
    return Cloud(**known)


def _discover(endpoint: str, transport: PatientTransport) -> dict[str, t.Any]:
    from azure.core import PipelineClient
    from azure.core.exceptions import AzureError
    from azure.core.rest import HttpRequest

    url = f"{endpoint}/metadata/endpoints?api-version=2022-09-01"
    try:
        client: PipelineClient[t.Any, t.Any] = PipelineClient(endpoint, policies=[], transport=transport)
        with client:
            response = client.send_request(HttpRequest("GET", url))
            response.raise_for_status()
            body = response.json()
    except AzureError as exc:
        raise from_azure(exc, f"Reading the endpoints of {endpoint}") from exc
    except ValueError as exc:
        raise OperationsError(f"{endpoint} did not answer with cloud metadata", code="NotAnAzureCloud") from exc
    found = body[0] if isinstance(body, list) else body
    try:
        authentication = found["authentication"]
        return {
            "authority": authentication["loginEndpoint"].rstrip("/"),
            "resource_manager": str(found.get("resourceManager") or endpoint).rstrip("/"),
            "audience": authentication["audiences"][0].rstrip("/"),
            "key_vault_domain": str((found.get("suffixes") or {}).get("keyVaultDns") or "").lstrip("."),
            "built_in": False,
        }
    except (KeyError, TypeError, IndexError) as exc:
        raise OperationsError(f"The metadata of {endpoint} has no {exc}", code="NotAnAzureCloud") from exc
