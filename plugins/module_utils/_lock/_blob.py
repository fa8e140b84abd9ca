# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks as leased blobs in a storage account, shared by laptops, cron and AWX. Private.

That the blob exists, with its content, is the lock: it is created only where there is none (C(If-None-Match)), and
replaced or removed only as it was seen (C(If-Match)). An infinite lease with the C(lock_id) as its id then keeps
everybody else from changing it, so that it is Azure that checks the id on release.
Source: U(https://learn.microsoft.com/rest/api/storageservices/lease-blob).
"""

from __future__ import annotations

import email.utils
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import load
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._lock._content import Found, Lock
from ansible_collections.codexdominion.azure.plugins.module_utils._storage._blob_container import BlobContainer, errors

_INFINITE = -1
_CHANGED_MEANWHILE = frozenset(
    {
        "BlobAlreadyExists",
        "BlobNotFound",
        "ConditionNotMet",
        "LeaseAlreadyPresent",
        "LeaseIdMissing",
        "LeaseNotPresentWithBlobOperation",
        "LeaseNotPresentWithLeaseOperation",
    }
)
"""Codes that say "somebody else was faster"."""


class BlobStore:
    """The lock of one stack: a leased blob."""

    pause = 2.0

    def __init__(self, container: BlobContainer, stack: str) -> None:
        self._container = container
        self._stack = stack
        self._blob = container.blob(f"locks/{stack}.json")
        self.where = str(self._blob.url)

    def read(self) -> Found | None:
        """See C(Store); a container that does not exist holds no lock."""
        dates: list[str] = []
        try:
            with errors(self._doing("Reading")):
                stream = self._blob.download_blob(
                    raw_response_hook=lambda response: dates.append(response.http_response.headers["Date"])
                )
                content, properties = stream.readall(), stream.properties
        except OperationsError as error:
            if error.code in {"BlobNotFound", "ContainerNotFound"}:
                return None
            raise
        age = (email.utils.parsedate_to_datetime(dates[-1]) - properties.last_modified).total_seconds()
        return Found(content, max(0.0, age), properties.etag, properties.lease.status == "locked")

    def create(self, lock: Lock, lock_id: str) -> bool:
        """See C(Store)."""
        try:
            return self._store(lock, lock_id, overwrite=False)
        except OperationsError as error:
            if error.code != "ContainerNotFound":
                raise
        self._container.create()
        return self._store(lock, lock_id, overwrite=False)

    def replace(self, found: Found, lock: Lock, lock_id: str) -> bool:
        """See C(Store)."""
        return self._unlease(found) and self._store(lock, lock_id, overwrite=True, **_only(found.version))

    def remove(self, found: Found, lock_id: str | None) -> bool:
        """See C(Store)."""
        lease = lock_id if found.leased else None
        if lease is None and not self._unlease(found):
            return False
        return self._try("Removing", lambda: self._blob.delete_blob(lease=lease, **_only(found.version)))

    def _store(self, lock: Lock, lock_id: str, **conditions: t.Any) -> bool:
        written: dict[str, t.Any] = {}

        def store() -> None:
            try:
                with errors(self._doing("Writing")):
                    written.update(self._blob.upload_blob(lock.to_bytes(), **conditions))
            except OperationsError as error:
                if error.code not in _CHANGED_MEANWHILE:
                    raise
                # Sent again after its answer was lost, a write finds itself: then it is our own lock that is there.
                found = self.read()
                if found is None or not found.held_with(lock_id):
                    raise
                written["etag"] = found.version

        def lease() -> None:
            self._blob.acquire_lease(_INFINITE, lease_id=lock_id, **_only(written["etag"]))

        return self._try("Writing", store) and self._try("Leasing", lease)

    def _unlease(self, found: Found) -> bool:
        """End somebody else's lease, if that is still theirs."""
        if not found.leased:
            return True
        client = load("azure.storage.blob", "BlobLeaseClient")(self._blob)
        return self._try("Breaking", lambda: client.break_lease(0, **_only(found.version)))

    def _try(self, doing: str, action: t.Callable[[], object]) -> bool:
        try:
            with errors(self._doing(doing)):
                action()
        except OperationsError as error:
            if error.code in _CHANGED_MEANWHILE:
                return False
            raise
        return True

    def _doing(self, verb: str) -> str:
        return f"{verb} the lock of stack {self._stack} at {self.where}"


def _only(etag: str) -> dict[str, t.Any]:
    """Return the condition that the blob is still in this state."""
    return {"etag": etag, "match_condition": load("azure.core", "MatchConditions").IfNotModified}
