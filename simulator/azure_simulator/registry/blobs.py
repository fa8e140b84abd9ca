"""Blobs on disk, by content: written under a temporary name, synced, renamed. What has a digest's name is whole.

Blobs are shared by all registries of a simulator; which repository may serve one is recorded in the store, so an
image pushed to two registries is stored once and still only readable where it was pushed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
import uuid
from pathlib import Path

from azure_simulator.registry.errors import RegistryError, digest_invalid, upload_unknown

_DIGEST = re.compile(r"^sha256:[0-9a-f]{64}$")
_CHUNK = 1 << 20
_UPLOAD_LIFETIME = 24 * 3600


def check_digest(digest: str) -> str:
    """The digest itself; DIGEST_INVALID unless it is a sha256 one."""
    if not _DIGEST.match(digest):
        raise digest_invalid(f"'{digest}' is not a sha256 digest")
    return digest


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class BlobStore:
    """Content-addressed files and unfinished uploads under one folder."""

    def __init__(self, folder: Path) -> None:
        self._blobs = folder / "blobs" / "sha256"
        self._uploads = folder / "uploads"
        self._blobs.mkdir(parents=True, exist_ok=True)
        self._uploads.mkdir(parents=True, exist_ok=True)

    def path(self, digest: str) -> Path:
        """Where a blob lies, if it is there."""
        value = check_digest(digest).removeprefix("sha256:")
        return self._blobs / value[:2] / value

    def size(self, digest: str) -> int | None:
        """Size in bytes, None when there is no such blob."""
        try:
            return self.path(digest).stat().st_size
        except FileNotFoundError:
            return None

    def read(self, digest: str) -> bytes:
        return self.path(digest).read_bytes()

    def write(self, content: bytes) -> str:
        """Store small content (a manifest); its digest."""
        digest = digest_of(content)
        if self.size(digest) is None:
            upload = self.begin()
            self.upload_path(upload).write_bytes(content)
            self.finish(upload, digest)
        return digest

    # -- uploads -----------------------------------------------------------------------------------------------------

    def begin(self) -> str:
        """A new, empty upload; its id."""
        upload = str(uuid.uuid4())
        self.upload_path(upload).touch()
        return upload

    def upload_path(self, upload: str) -> Path:
        """The file of an upload; BLOB_UPLOAD_UNKNOWN unless the id has the form of one."""
        try:
            return self._uploads / str(uuid.UUID(upload))
        except ValueError as error:
            raise upload_unknown() from error

    def offset(self, upload: str) -> int:
        """How many bytes an upload has; BLOB_UPLOAD_UNKNOWN when there is none of that id."""
        try:
            return self.upload_path(upload).stat().st_size
        except FileNotFoundError as error:
            raise upload_unknown() from error

    def finish(self, upload: str, digest: str) -> int:
        """Verify the digest and make the upload a blob; its size. The upload is gone either way."""
        target = self.path(digest)
        source = self.upload_path(upload)
        hasher = hashlib.sha256()
        try:
            with source.open("rb+") as file:
                while chunk := file.read(_CHUNK):
                    hasher.update(chunk)
                os.fsync(file.fileno())
        except FileNotFoundError as error:
            raise upload_unknown() from error
        if f"sha256:{hasher.hexdigest()}" != digest:
            source.unlink()
            message = "provided digest did not match uploaded content"
            raise RegistryError(400, "DIGEST_INVALID", message, {"digest": digest})
        size = source.stat().st_size
        target.parent.mkdir(exist_ok=True)
        source.replace(target)
        _sync_folder(target.parent)
        return size

    def cancel(self, upload: str) -> None:
        """Drop an upload; BLOB_UPLOAD_UNKNOWN when there is none."""
        try:
            self.upload_path(upload).unlink()
        except FileNotFoundError as error:
            raise upload_unknown() from error

    def sweep(self, kept: set[str]) -> None:
        """Delete blobs that are not in `kept`, and uploads nobody went on with for a day."""
        for path in self._blobs.glob("*/*"):
            if f"sha256:{path.name}" not in kept:
                path.unlink()
        limit = time.time() - _UPLOAD_LIFETIME
        for path in self._uploads.iterdir():
            if path.stat().st_mtime < limit:
                path.unlink()

    def clear(self) -> None:
        """Delete everything."""
        for folder in (self._blobs, self._uploads):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, exist_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
