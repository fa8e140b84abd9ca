# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups as files of a directory. Private to this collection.

A file gets its name with rename(2) after its content is on disk, so no name stands for half a file, whenever the writer
dies. Writers exclude each other with flock(2), which the kernel gives up with the process.
"""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import io
import os
import pathlib
import time
import typing as t
import uuid

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _operator, _safe_files
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._dump import _dump_names, _manifest
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._destination import (
    CHUNK,
    Entry,
    closing,
    exists,
    running,
)
from ansible_collections.codexdominion.azure.plugins.module_utils._dump._dump_names import PARTIAL

_TEMPORARY = ".tmp"
_DEAD_SECONDS = 86400.0


class Directory:
    """See C(Destination).

    :param folder: created, for this user only, when the first backup is written. Files are for this user only.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self.where = str(folder)

    def entries(self) -> list[Entry]:
        """See C(Destination)."""
        with self._errors("read"):
            try:
                with os.scandir(self._folder) as found:
                    return [
                        _entry(one)
                        for one in found
                        if _dump_names.of_file(one.name) and one.is_file(follow_symlinks=False)
                    ]
            except FileNotFoundError:
                return []

    @contextlib.contextmanager
    def exclusive(self, prefix: str) -> t.Iterator[None]:
        """See C(Destination)."""
        with self._errors("written"):
            _operator.make_private(self._folder)
            descriptor = _safe_files.open_file(self._folder / f".{prefix}.lock", os.O_RDWR | os.O_CREAT)
        try:
            try:
                with self._errors("locked"):
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OperationsError as error:
                if isinstance(error.__cause__, BlockingIOError):
                    raise running(prefix, self.where) from error
                raise
            yield
        finally:
            os.close(descriptor)

    def clean(self, prefix: str) -> list[str]:
        """See C(Destination)."""
        self._forget_temporary()
        removed = []
        for entry in self.entries():
            name = _dump_names.of_file(entry.file)
            if not entry.partial or name is None or name.prefix != prefix:
                continue
            with self._errors("cleaned"):
                if entry.file == name.manifest and self._lacks_only_its_manifest(name):
                    self._settle(name.manifest)
                else:
                    (self._folder / f"{entry.file}{PARTIAL}").unlink(missing_ok=True)
                    removed.append(f"{entry.file}{PARTIAL}")
        return removed

    def upload(self, name: str) -> contextlib.AbstractContextManager[_Upload]:
        """See C(Destination)."""
        return closing(_Upload(self, t.cast("_dump_names.Name", _dump_names.parse(name))))

    def put(self, file: str, content: bytes) -> None:
        """See C(Destination)."""
        # No other run is excluded, so the name before the last step is one that nobody else has.
        temporary = f".{uuid.uuid4().hex}{_TEMPORARY}"
        with self._errors("written"):
            _operator.make_private(self._folder)
            try:
                with _safe_files.opened(self._folder) as folder:
                    folder.create(file, content, temporary)
            except FileExistsError as exc:
                raise exists(file, self.where) from exc

    def replace(self, file: str, content: bytes) -> None:
        """See C(Destination)."""
        temporary = f".{uuid.uuid4().hex}{_TEMPORARY}"
        with self._errors("written"), _safe_files.opened(self._folder) as folder:
            try:
                folder.write(temporary, content)
                folder.replace(temporary, file)
            finally:
                folder.remove(temporary)
            folder.sync()

    def read(self, file: str) -> t.Iterator[bytes]:
        """See C(Destination)."""
        return self._read(self._folder / file)

    def path(self, file: str) -> str | None:
        """See C(Destination)."""
        return str(self._folder / file)

    def delete(self, file: str) -> None:
        """See C(Destination)."""
        with self._errors("changed"):
            (self._folder / file).unlink(missing_ok=True)

    def _lacks_only_its_manifest(self, name: _dump_names.Name) -> bool:
        """Whether a run died between its last two steps, after everything had been verified."""
        try:
            manifest = _manifest.parse(_safe_files.read(self._folder / f"{name.manifest}{PARTIAL}"))
            size = (self._folder / name.dump).stat().st_size
        except (_manifest.UnreadableError, FileNotFoundError):
            return False
        return isinstance(manifest, _manifest.Dump) and manifest.name == str(name) and manifest.size_bytes == size

    def _forget_temporary(self) -> None:
        """Remove what C(put) left when it was killed; one that is younger may still be at it."""
        with self._errors("cleaned"):
            for path in self._folder.glob(f".*{_TEMPORARY}"):
                if time.time() - path.stat().st_mtime > _DEAD_SECONDS:
                    path.unlink(missing_ok=True)

    def _create(self, path: pathlib.Path) -> io.FileIO:
        return io.FileIO(_safe_files.open_file(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC), "r+")

    def _settle(self, file: str) -> None:
        """Give a partial file its name, and have that on disk."""
        with _safe_files.opened(self._folder) as folder:
            folder.replace(f"{file}{PARTIAL}", file)
            folder.sync()

    def _read(self, path: pathlib.Path) -> t.Iterator[bytes]:
        with self._errors("read"), io.FileIO(_safe_files.open_file(path, os.O_RDONLY)) as stream:
            while chunk := stream.read(CHUNK):
                yield chunk

    def _errors(self, done: str) -> contextlib.AbstractContextManager[None]:
        return _safe_files.explained(
            self.where,
            done,
            full="Make room there or choose another directory; earlier backups are untouched.",
            unusable="Choose a directory in which this user may read and write.",
        )


class _Upload:
    """See C(Upload)."""

    def __init__(self, directory: Directory, name: _dump_names.Name) -> None:
        self._directory, self._name = directory, name
        self._partial = pathlib.Path(directory.where) / f"{name.dump}{PARTIAL}"
        with directory._errors("written"):
            self._stream = directory._create(self._partial)

    def write(self, chunk: bytes) -> None:
        with self._directory._errors("written"):
            rest = memoryview(chunk)
            while rest:  # a disk that gets full takes a part first
                rest = rest[self._stream.write(rest) :]

    def finish(self) -> None:
        with self._directory._errors("written"):
            os.fsync(self._stream.fileno())
            if hasattr(os, "posix_fadvise"):  # what is read back then comes from the disk
                os.posix_fadvise(self._stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def read_back(self) -> t.Iterator[bytes]:
        return self._directory._read(self._partial)

    def publish(self, manifest: bytes) -> None:
        directory, name = self._directory, self._name
        if any((pathlib.Path(directory.where) / file).exists() for file in (name.dump, name.manifest)):
            raise exists(str(name), directory.where)
        with directory._errors("written"):
            with directory._create(pathlib.Path(directory.where) / f"{name.manifest}{PARTIAL}") as stream:
                stream.write(manifest)
                os.fsync(stream.fileno())
            directory._settle(name.dump)
            directory._settle(name.manifest)

    def close(self) -> None:
        """Remove what has not been published."""
        self._stream.close()
        with self._directory._errors("cleaned"):
            self._partial.unlink(missing_ok=True)


def _entry(found: os.DirEntry[str]) -> Entry:
    stat = found.stat(follow_symlinks=False)
    modified = datetime.datetime.fromtimestamp(stat.st_mtime, datetime.UTC)
    return Entry(found.name.removesuffix(PARTIAL), stat.st_size, modified, found.name.endswith(PARTIAL))
