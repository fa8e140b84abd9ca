# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container in a storage account, where operations keep what is shared between control nodes. Private.

Through azure-storage-blob, which is loaded only when an account is named: it takes more than a second.
"""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import re
import typing as t
import urllib.parse

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import Session, load
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError, from_azure
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params

_CONTAINER = re.compile(r"(?=.{3,63}\Z)[a-z0-9]+(?:-[a-z0-9]+)*")

_DOWNLOADED_AT_ONCE = 4 * 1024 * 1024
"""In bytes; more is downloaded in pieces of this size."""

_REMEDIES = {
    "AuthorizationPermissionMismatch": "Give the identity the role Storage Blob Data Contributor on the account.",
    "AuthorizationFailure": "Let this host through the storage account's firewall; check storage_account_key.",
    "AuthenticationFailed": "Check storage_account_key, or the identity's role Storage Blob Data Contributor.",
    "KeyBasedAuthenticationNotPermitted": "Leave storage_account_key out: the account takes Microsoft Entra only.",
}


def _url(value: str) -> str | None:
    parts = urllib.parse.urlsplit(value)
    if parts.hostname and not parts.query and (parts.scheme == "https" or _is_emulator(parts)):
        return None
    return f"{value!r} is not an https URL such as https://ACCOUNT.blob.core.windows.net"


def _is_emulator(parts: urllib.parse.SplitResult) -> bool:
    try:
        return parts.scheme == "http" and ipaddress.ip_address(str(parts.hostname)).is_loopback
    except ValueError:
        return False


def _container(value: str) -> str | None:
    if _CONTAINER.fullmatch(value):
        return None
    return f"{value!r} is not valid: 3 to 63 lower-case letters, digits, and single hyphens between them"


def _key(value: str) -> str | None:
    try:
        base64.b64decode(value, validate=True)
    except ValueError:
        return "is not valid: keys of storage accounts are base64 text"
    return None


def _key_without_account(params: Params) -> t.Iterator[str]:
    if params["storage_account_key"] and not params["storage_account_url"]:
        yield "storage_account_key: needs storage_account_url"
    url = params["storage_account_url"]
    if url and url.startswith("http:") and not params["storage_account_key"]:
        yield "storage_account_url: http needs storage_account_key, for tokens go over https only"


SPEC = ArgumentSpec(
    options={
        "storage_account_url": {"type": "str"},
        "storage_account_key": {"type": "str", "no_log": True},
        "container": {"type": "str", "default": "codex-operations"},
    },
    rules={"storage_account_url": _url, "storage_account_key": _key, "container": _container},
    checks=(_key_without_account,),
)
"""The fragment C(blob_container)."""


class BlobContainer:
    """A container, created when something is stored that needs it."""

    def __init__(self, session: Session, params: Params) -> None:
        self._account = str(params["storage_account_url"]).rstrip("/")
        self._client = load("azure.storage.blob", "ContainerClient")(
            self._account,
            params["container"],
            credential=self._credential(session, params["storage_account_key"]),
            # Blobs are written by condition, so that none is written twice; and they may be large.
            **session.transport_options(repeat_writes=True, whole=False),
            # The package would take the first 32 MB of a download into memory at once.
            max_single_get_size=_DOWNLOADED_AT_ONCE,
            max_chunk_get_size=_DOWNLOADED_AT_ONCE,
        )
        self.url = str(self._client.url)

    def _credential(self, session: Session, key: str | None) -> t.Any:
        if not key:
            return session.credential
        parts = urllib.parse.urlsplit(self._account)
        # An emulator has the account's name in the path, Azure in the host name.
        name = parts.path.strip("/") or str(parts.hostname).partition(".")[0]
        return load("azure.core.credentials", "AzureNamedKeyCredential")(name, key)

    def blob(self, name: str) -> t.Any:
        """Return the client of one blob."""
        return self._client.get_blob_client(name)

    def blobs(self, prefix: str) -> list[t.Any]:
        """Return name, size, metadata and times of the blobs whose names begin so; none if there is no container.

        :raises OperationsError: with the storage service's code.
        """
        found: list[t.Any] = []
        with errors(f"Listing the container {self.url}", ignore=("ContainerNotFound",)):
            found += self._client.list_blobs(name_starts_with=prefix, include=["metadata"])
        return found

    def create(self) -> None:
        """Create the container; that it exists is fine."""
        with errors(f"Creating the container {self.url}", ignore=("ContainerAlreadyExists",)):
            self._client.create_container()


@contextlib.contextmanager
def errors(doing: str, ignore: t.Container[str] = ()) -> t.Iterator[None]:
    """Turn what azure-storage-blob raises into our error, with the storage service's own code.

    :param ignore: codes that are no failure here.
    :raises OperationsError: with every other code.
    """
    from azure.core.exceptions import AzureError

    try:
        yield
    except AzureError as exc:
        error = _error(exc, doing)
        if error.code not in ignore:
            raise error from exc


def _error(exc: t.Any, doing: str) -> OperationsError:
    error = from_azure(exc, doing)
    code = getattr(exc, "error_code", None)
    if not code:
        return error
    code = str(getattr(code, "value", code))
    # The service's own words; trace lines with request id and time follow them.
    message = str(exc.message).partition("\n")[0]
    return OperationsError(
        f"{doing} failed: {message}",
        code=code,
        status=error.status,
        remedy=_REMEDIES.get(code, error.remedy),
        request_id=error.request_id,
    )
