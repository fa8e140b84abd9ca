# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading secrets from a key vault, each once per process and never to disk. Private to this collection.

Sources: U(https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses) for the challenge,
U(https://learn.microsoft.com/azure/key-vault/general/rest-error-codes) for the errors.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import typing as t
import urllib.parse

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Session, load
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._common_specs import AZURE
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError, from_azure
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params

_NAME = re.compile(r"[0-9A-Za-z-]{1,127}")
_VERSION = re.compile(r"[0-9A-Fa-f]{32}")

_REMEDIES = {
    "AccessDenied": "The vault goes by access policies: give the identity the secret permission Get in one.",
    "EndpointUnreachable": "Check vault_url, the network and the proxy.",
    "ForbiddenByConnection": "The vault takes private connections only: run where it has a private endpoint.",
    "ForbiddenByFirewall": "Let this machine's address through the vault's firewall.",
    "ForbiddenByRbac": "Give the identity the role Key Vault Secrets User on the vault or on this secret; a new "
    "assignment takes some minutes.",
    "SecretDisabled": "Enable this version, or set a new one.",
    "SecretNotFound": "Check the name, the version and vault_url; set it (`az keyvault secret set`), or recover it "
    "if it was deleted.",
    "Unauthorized": "Check that tenant_id names the vault's tenant, and that cloud and credentials belong together.",
    "VaultNotFound": "Check vault_url (`az keyvault show --name NAME --query properties.vaultUri`): the vault does not "
    "exist, or this machine cannot resolve names.",
}


def problem_with_url(value: str) -> str | None:
    """Return what is wrong with the URL of a vault, or None."""
    parts = urllib.parse.urlsplit(value)
    plain = parts.path in ("", "/") and not parts.query and not parts.fragment and "@" not in parts.netloc
    if parts.scheme == "https" and parts.hostname and plain:
        return None
    return f"{value!r} is not the URL of a vault, such as https://kv-codex.vault.azure.net"


def problem_with_reference(value: str) -> str | None:
    """Return what is wrong with C(name) or C(name/version), or None."""
    name, separator, version = value.partition("/")
    if not _NAME.fullmatch(name):
        return f"{value!r} names no secret: 1 to 127 letters, digits and hyphens"
    if separator and not _VERSION.fullmatch(version):
        return f"{value!r} names no version of a secret: 32 hexadecimal digits after the slash"
    return None


CONNECTION = tuple(name for name in AZURE.options if name != "subscription_id")
"""The connection options that matter here: a vault is found by its URL, not by a subscription."""

SPEC = ArgumentSpec(
    options={name: AZURE.options[name] for name in CONNECTION} | {"vault_url": {"type": "str", "required": True}},
    rules={**AZURE.rules, "vault_url": problem_with_url},
)


class Vault:
    """A key vault and what was read from it so far; nothing is sent before a secret is asked for.

    :param params: the connection options, and C(vault_url).
    """

    remedies: t.ClassVar[dict[str, str]] = _REMEDIES
    """What to do, by the code of the failure."""

    def __init__(self, params: Params, session: Session) -> None:
        self.url = str(params["vault_url"]).rstrip("/")
        self._session = session
        self._cloud_name = str(params["cloud"])
        self._read: dict[str, str] = {}

    def secret(self, reference: str) -> str:
        """Return the value of C(name), or of C(name/version).

        :raises OperationsError: with Azure's code, and never with a value.
        """
        if reference not in self._read:
            self._read[reference] = self._ask(*reference.partition("/")[::2])
        return self._read[reference]

    def _ask(self, name: str, version: str) -> str:
        with self.errors(f"Reading secret {name}"):
            return str(self.client.get_secret(name, version or None).value or "")

    @contextlib.contextmanager
    def errors(self, doing: str) -> t.Iterator[None]:
        """Turn the SDK's exceptions into ours.

        :param doing: what is done to what of this vault, such as C(Reading secret backend-secret-key).
        """
        from azure.core.exceptions import AzureError

        doing = f"{doing} of {self.url}"
        try:
            yield
        except AzureError as exc:
            raise _explained(exc, doing, self.remedies) from exc
        except ValueError as exc:  # the SDK's word for a challenge that names another domain than the vault's
            raise OperationsError(f"{doing} failed: {exc}", code="InvalidChallenge", remedy="Check vault_url.") from exc

    @functools.cached_property
    def client(self) -> t.Any:
        """The SDK's client of this vault.

        :raises OperationsError: when the cloud has no such vault.
        """
        cloud = self._session.cloud
        if not cloud.key_vault_domain:
            raise OperationsError(
                f"{self._cloud_name} describes no key vaults",
                code="NoKeyVault",
                remedy="Its metadata has no keyVaultDns: check cloud (AZURE_CLOUD_ENVIRONMENT).",
            )
        # Vaults of Azure are below one domain, which the SDK compares with the challenge; elsewhere they need not be.
        below = str(urllib.parse.urlsplit(self.url).hostname).endswith(f".{cloud.key_vault_domain.lower()}")
        if cloud.built_in and not below:
            raise OperationsError(
                f"{self.url} is not a vault of {self._cloud_name}: those are below {cloud.key_vault_domain}",
                code="VaultUrlMismatch",
                remedy="Check vault_url and cloud (AZURE_CLOUD_ENVIRONMENT).",
            )
        return load("azure.keyvault.secrets", "SecretClient")(
            self.url,
            _VaultCredential(self._session.credential, cloud.key_vault_scope),
            verify_challenge_resource=below,
            # A value that is set twice has a version more, and is the same value.
            **self._session.transport_options(repeat_writes=True),
        )


class _VaultCredential:
    """Tokens for key vaults and nothing else: a challenge could ask for a token that is good elsewhere."""

    def __init__(self, credential: t.Any, scope: str) -> None:
        self._credential = credential
        self._scope = scope

    def get_token(self, *scopes: str, **_options: t.Any) -> t.Any:
        """Return an azure-core AccessToken.

        :raises OperationsError: when none can be had, or one is wanted for something that is not a key vault.
        """
        if scopes != (self._scope,):
            raise OperationsError(
                f"The server at vault_url wants a token for {' '.join(scopes)}, not for {self._scope}",
                code="InvalidChallenge",
                remedy="It is no key vault of this cloud: check vault_url and cloud (AZURE_CLOUD_ENVIRONMENT).",
            )
        return self._credential.get_token(*scopes)


_opened: dict[tuple[str, ...], Vault] = {}
# A connection must not be used from two processes.
os.register_at_fork(after_in_child=_opened.clear)


def open_vault(params: Params, cache: RunCache) -> Vault:
    """Return the vault for validated parameters, the same one for the same parameters."""
    key = tuple(str(params[name]) for name in sorted(SPEC.options))
    if key not in _opened:
        _opened[key] = Vault(params, Session(params, cache))
    return _opened[key]


def _explained(exc: Exception, doing: str, remedies: t.Mapping[str, str]) -> OperationsError:
    """Return our error with the reason inside Azure's, and without the pages of text around it."""
    error = from_azure(exc, doing)
    if error.code == "HostNotFound":
        return _with_remedy(f"{doing} failed: there is no such host", "VaultNotFound", error, remedies)
    told = getattr(exc, "error", None)
    code = str((getattr(told, "innererror", None) or {}).get("code") or error.code)
    lines = str(getattr(told, "message", None) or "").splitlines()
    if not lines or code.startswith("AADSTS"):
        return _with_remedy(error.message, code, error, remedies)
    cause = re.split(r" (?:If you recently|For help) ", lines[0])[0]
    facts = [line for line in lines[1:] if line.startswith(("Caller:", "Client address:"))]
    return _with_remedy(f"{doing} failed: {' '.join([cause, *facts])}", code, error, remedies)


def _with_remedy(message: str, code: str, error: OperationsError, remedies: t.Mapping[str, str]) -> OperationsError:
    return OperationsError(
        message,
        code=code,
        status=error.status,
        remedy=remedies.get(code) or error.remedy,
        request_id=error.request_id,
        correlation_id=error.correlation_id,
    )
