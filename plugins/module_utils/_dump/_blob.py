# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups as blobs of a storage account. Private to this collection.

A dump is staged in blocks, each checked by the service against its MD5, and is no blob before they are committed. Then
it bears a mark in its metadata until its manifest is there, so that what a killed run leaves can be told from a backup
whose manifest somebody has removed. Writers exclude each other with a lease that ends by itself.
Source: U(https://learn.microsoft.com/rest/api/storageservices/put-block-list) and C(lease-blob) there.
"""

from __future__ import annotations

import base64
import contextlib
import threading
import typing as t
import uuid

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import load
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _dump_names
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._destination import (
    Entry,
    closing,
    exists,
    running,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._storage._blob_container import BlobContainer, errors

_UNFINISHED = "codexdominion_unfinished"
"""The metadata of a dump without a manifest yet; the value says whose it is."""

_BLOCK = 4 << 20
_MANY = 10_000
"""A blob has up to 50,000 blocks: after so many they are four times as large, which makes 680 GiB in all."""

_LEASE_SECONDS = 30
_RENEWED_EVERY = 10.0
_LEASE_IS_ANOTHERS = frozenset({"LeaseAlreadyPresent", "LeaseIdMismatchWithLeaseOperation", "LeaseNotPresent"})
_EXISTS = frozenset({"BlobAlreadyExists", "ConditionNotMet", "LeaseIdMissing"})


class Container:
    """See C(Destination).

    :param folder: what the names of all blobs begin with, such as C(dumps/), or nothing.
    """

    def __init__(self, container: BlobContainer, folder: str) -> None:
        self._container = container
        self._folder = folder
        self._lease: _Lease | None = None
        self.where = f"{container.url}/{folder}".rstrip("/")

    def entries(self) -> list[Entry]:
        """See C(Destination). A dump whose run has not finished counts as partial."""
        found = {one.name.removeprefix(self._folder): one for one in self._container.blobs(self._folder)}
        entries = []
        for file, blob in found.items():
            if (name := _dump_names.of_file(file)) is None:
                continue
            partial = _UNFINISHED in (blob.metadata or {}) and name.manifest not in found
            entries.append(Entry(file, blob.size, blob.last_modified, partial))
        return entries

    @contextlib.contextmanager
    def exclusive(self, prefix: str) -> t.Iterator[None]:
        """See C(Destination)."""
        lease = _Lease(self._container, self._blob(f".{prefix}.lock"))
        try:
            lease.acquire()
        except OperationsError as error:
            if error.code in _LEASE_IS_ANOTHERS:
                raise running(prefix, self.where) from error
            raise
        self._lease = lease
        try:
            with lease.kept():
                yield
        finally:
            self._lease = None

    def clean(self, prefix: str) -> list[str]:
        """See C(Destination)."""
        dead = [one.file for one in self.entries() if one.partial and _prefix(one.file) == prefix]
        for file in dead:
            self.delete(file)
        return dead

    def upload(self, name: str) -> contextlib.AbstractContextManager[_Upload]:
        """See C(Destination)."""
        return closing(_Upload(self, t.cast("_dump_names.Name", _dump_names.parse(name))))

    def put(self, file: str, content: bytes) -> None:
        """See C(Destination)."""
        self.confirm()
        try:
            with errors(f"Writing {self.where}/{file}"):
                self._blob(file).upload_blob(content, overwrite=False)
        except OperationsError as error:
            if error.code not in _EXISTS:
                raise
            # Sent again after its answer was lost, a write finds itself.
            if b"".join(self.read(file)) != content:
                raise exists(file, self.where) from error

    def replace(self, file: str, content: bytes) -> None:
        """See C(Destination)."""
        self.confirm()
        with errors(f"Writing {self.where}/{file}"):
            self._blob(file).upload_blob(content, overwrite=True)

    def read(self, file: str) -> t.Iterator[bytes]:
        """See C(Destination)."""
        with errors(f"Reading {self.where}/{file}"):
            yield from self._blob(file).download_blob(validate_content=False).chunks()

    def path(self, file: str) -> str | None:
        """See C(Destination)."""
        return None

    def delete(self, file: str) -> None:
        """See C(Destination)."""
        with errors(f"Removing {self.where}/{file}", ignore=("BlobNotFound",)):
            self._blob(file).delete_blob()

    def confirm(self) -> None:
        """Have the storage service say that nobody else may write.

        :raises OperationsError: C(BackupRunning) when the lease has ended, for want of a connection, and is another's.
        """
        if self._lease:
            try:
                self._lease.renew()
            except OperationsError as error:
                if error.code in _LEASE_IS_ANOTHERS:
                    raise running("with this prefix", self.where) from error
                raise

    def _blob(self, file: str) -> t.Any:
        return self._container.blob(f"{self._folder}{file}")


class _Upload:
    """See C(Upload)."""

    def __init__(self, destination: Container, name: _dump_names.Name) -> None:
        self._destination, self._name = destination, name
        self._blob = destination._blob(name.dump)
        self._doing = f"Writing {destination.where}/{name.dump}"
        self._run = uuid.uuid4().hex[:8]
        self._blocks: list[str] = []
        self._rest = bytearray()
        self._etag: str | None = None

    def write(self, chunk: bytes) -> None:
        self._rest += chunk
        size = _BLOCK if len(self._blocks) < _MANY else 4 * _BLOCK
        while len(self._rest) >= size:
            self._stage(bytes(self._rest[:size]))
            del self._rest[:size]

    def finish(self) -> None:
        if self._rest:
            self._stage(bytes(self._rest))
            self._rest.clear()
        only_new = load("azure.core", "MatchConditions").IfMissing
        blocks = [load("azure.storage.blob", "BlobBlock")(block_id=one) for one in self._blocks]
        try:
            with errors(self._doing):
                done = self._blob.commit_block_list(blocks, metadata={_UNFINISHED: self._run}, match_condition=only_new)
            self._etag = str(done["etag"])
        except OperationsError as error:
            if error.code not in _EXISTS:
                raise
            with errors(self._doing):
                found = self._blob.get_blob_properties()
            if (found.metadata or {}).get(_UNFINISHED) != self._run:  # else it is ours, and its answer was lost
                raise exists(str(self._name), self._destination.where) from error
            self._etag = str(found.etag)

    def read_back(self) -> t.Iterator[bytes]:
        return self._destination.read(self._name.dump)

    def publish(self, manifest: bytes) -> None:
        self._destination.put(self._name.manifest, manifest)
        unchanged = {"etag": self._etag, "match_condition": load("azure.core", "MatchConditions").IfNotModified}
        self._etag = None
        with errors(self._doing):
            self._blob.set_blob_metadata({}, **unchanged)

    def close(self) -> None:
        """Remove what has not been published; staged blocks are removed by the service after a week."""
        if self._etag:
            unchanged = {"etag": self._etag, "match_condition": load("azure.core", "MatchConditions").IfNotModified}
            with errors(f"Removing {self._destination.where}/{self._name.dump}", ignore=("BlobNotFound",)):
                self._blob.delete_blob(**unchanged)

    def _stage(self, content: bytes) -> None:
        # All ids of a blob have the same length; those of two runs differ.
        block = base64.b64encode(f"{self._run}{len(self._blocks):08}".encode()).decode()
        with errors(self._doing):
            self._blob.stage_block(block, content, validate_content=True)
        self._blocks.append(block)


class _Lease:
    """The right to write, as a lease of an empty blob, renewed by a thread for as long as the process lives."""

    def __init__(self, container: BlobContainer, blob: t.Any) -> None:
        self._container, self._blob = container, blob
        self._doing = f"Leasing {blob.url}"
        self._lease: t.Any = None

    def acquire(self) -> None:
        try:
            self._create()
        except OperationsError as error:
            if error.code != "ContainerNotFound":
                raise
            self._container.create()
            self._create()
        with errors(self._doing):
            self._lease = self._blob.acquire_lease(_LEASE_SECONDS)

    def _create(self) -> None:
        with errors(self._doing, ignore=_EXISTS):
            self._blob.upload_blob(b"", overwrite=False)

    def renew(self) -> None:
        with errors(self._doing):
            self._lease.renew()

    @contextlib.contextmanager
    def kept(self) -> t.Iterator[None]:
        done = threading.Event()
        renewing = threading.Thread(target=self._renew_until, args=(done,), daemon=True)
        renewing.start()
        try:
            yield
        finally:
            done.set()
            renewing.join()
            # Where it cannot be given back it ends by itself; the error that matters is on its way already.
            with contextlib.suppress(OperationsError), errors(self._doing):
                self._lease.release()

    def _renew_until(self, done: threading.Event) -> None:
        while not done.wait(_RENEWED_EVERY):
            # A lease that is lost is noticed before the next step that relies on it.
            with contextlib.suppress(OperationsError):
                self.renew()


def _prefix(file: str) -> str:
    name = _dump_names.of_file(file)
    return name.prefix if name else ""
