# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks as files in a directory of the control node, shared by everybody who may write there. Private.

A lock is written elsewhere first and gets its name with link(2) or rename(2), so it is never there by half, whenever
the writer dies. What compares before it changes does so under flock(2), which the kernel gives up with the process.

In a directory with the sticky bit only its owner may rename or remove a file. Another's lock is then written over in
one piece, and one that is removed stays as a file that says so.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _operator, _safe_files
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._safe_files import Folder
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._lock._content import Found, Lock

_GUARD_SECONDS = 10.0
_GUARD = ".guard"
_RELEASED = b'{"released": true}\n'


class DirectoryStore:
    """The lock of one stack: a file in a directory.

    :param folder: created, for this user only, when the first lock is stored. Files get the permissions that the
      directory gives its owner and its group, so a group can share one.
    """

    pause = 0.5

    def __init__(self, folder: pathlib.Path, stack: str) -> None:
        self._folder = folder
        self._name = f"{stack}.lock"
        # What another user left when he was killed could not be removed.
        self._new = f"{stack}.{os.geteuid()}.new"
        self.where = str(folder / self._name)

    def read(self) -> Found | None:
        """See C(Store); a directory that does not exist holds no lock."""
        with self._errors():
            try:
                with _safe_files.opened(self._folder) as folder:
                    return self._read(folder)
            except FileNotFoundError:
                return None

    def create(self, lock: Lock, lock_id: str) -> bool:
        """See C(Store)."""
        with self._errors(), self._guarded() as folder:
            self._write(folder, lock.to_bytes())
            try:
                try:
                    folder.link(self._new, self._name)
                except FileExistsError:
                    if self._read(folder) is not None:
                        return False
                    self._put(folder, lock.to_bytes())
            finally:
                folder.remove(self._new)
            folder.sync()
            return True

    def replace(self, found: Found, lock: Lock, lock_id: str) -> bool:
        """See C(Store)."""
        with self._errors(), self._guarded() as folder:
            if not self._is_still(folder, found):
                return False
            self._write(folder, lock.to_bytes())
            try:
                self._put(folder, lock.to_bytes())
            finally:
                folder.remove(self._new)
            folder.sync()
            return True

    def remove(self, found: Found, lock_id: str | None) -> bool:
        """See C(Store)."""
        with self._errors(), self._guarded() as folder:
            if not self._is_still(folder, found):
                return False
            try:
                os.unlink(self._name, dir_fd=folder.descriptor)
            except PermissionError:
                self._write_over(folder, _RELEASED)
            folder.sync()
            return True

    def _read(self, folder: Folder) -> Found | None:
        descriptor = folder.open(self._name, os.O_RDONLY)
        with os.fdopen(descriptor, "rb") as file:
            age = time.time() - os.fstat(file.fileno()).st_mtime
            content = file.read()
        return None if content.rstrip() == _RELEASED.rstrip() else Found(content, max(0.0, age))

    def _is_still(self, folder: Folder, found: Found) -> bool:
        try:
            now = self._read(folder)
        except FileNotFoundError:
            return False
        return now is not None and now.content == found.content

    def _write(self, folder: Folder, content: bytes) -> None:
        # What a killed writer left may be a second name of the lock itself: it must go, not be written over.
        folder.remove(self._new)
        folder.write(self._new, content, folder.file_mode)

    def _put(self, folder: Folder, content: bytes) -> None:
        """Have what was written take the place of what is there."""
        try:
            folder.replace(self._new, self._name)
        except PermissionError:
            self._write_over(folder, content)

    def _write_over(self, folder: Folder, content: bytes) -> None:
        descriptor = folder.open(self._name, os.O_WRONLY)
        try:
            # In one piece: the rest of what was longer becomes blanks, which no reader minds, before it is cut off.
            os.pwrite(descriptor, content.ljust(os.fstat(descriptor).st_size), 0)
            os.ftruncate(descriptor, len(content))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def _guarded(self) -> t.Iterator[Folder]:
        """Keep everybody else from changing locks in this directory, for the moment it takes to change one."""
        _operator.make_private(self._folder)
        with _safe_files.opened(self._folder) as folder:
            descriptor = folder.open(_GUARD, os.O_RDWR | os.O_CREAT, folder.file_mode)
            deadline = time.monotonic() + _GUARD_SECONDS
            try:
                while True:
                    try:
                        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        break
                    except BlockingIOError:
                        if time.monotonic() > deadline:
                            raise
                        time.sleep(0.02)
                yield folder
            finally:
                os.close(descriptor)

    @contextlib.contextmanager
    def _errors(self) -> t.Iterator[None]:
        try:
            yield
        except OSError as exc:
            raise OperationsError(
                f"The lock {self.where} cannot be used: {exc.strerror or exc}",
                code="LockDirectoryUnusable",
                remedy="Choose a directory in which this user may read and write.",
            ) from exc
