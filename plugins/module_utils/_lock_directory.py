# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks as files in a directory of the control node, shared by everybody who may write there. Private.

A lock is written elsewhere first and gets its name with link(2) or rename(2), so it is never there by half, whenever
the writer dies. What compares before it changes does so under flock(2), which the kernel gives up with the process.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import stat
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils import _files, _operator
from ansible_collections.codexdominion.azure.plugins.module_utils._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._lock_content import Found, Lock

_GUARD_SECONDS = 10.0


class DirectoryStore:
    """The lock of one stack: a file in a directory.

    :param folder: created, for this user only, when the first lock is stored. Files get the permissions that the
      directory gives, so a group can share one.
    """

    pause = 0.5

    def __init__(self, folder: pathlib.Path, stack: str) -> None:
        self._folder = folder
        self._path = folder / f"{stack}.lock"
        self._new = folder / f"{stack}.new"
        self.where = str(self._path)

    def read(self) -> Found | None:
        """See C(Store); a directory that does not exist holds no lock."""
        with self._errors():
            try:
                with self._path.open("rb") as file:
                    age = time.time() - os.fstat(file.fileno()).st_mtime
                    return Found(file.read(), max(0.0, age))
            except FileNotFoundError:
                return None

    def create(self, lock: Lock, lock_id: str) -> bool:
        """See C(Store)."""
        with self._errors(), self._guarded():
            self._write(lock)
            try:
                os.link(self._new, self._path)
            except FileExistsError:
                return False
            finally:
                self._new.unlink()
            _files.settle(self._folder)
            return True

    def replace(self, found: Found, lock: Lock, lock_id: str) -> bool:
        """See C(Store)."""
        with self._errors(), self._guarded():
            if not self._is_still(found):
                return False
            self._write(lock)
            self._new.replace(self._path)
            _files.settle(self._folder)
            return True

    def remove(self, found: Found, lock_id: str | None) -> bool:
        """See C(Store)."""
        with self._errors(), self._guarded():
            if not self._is_still(found):
                return False
            self._path.unlink()
            _files.settle(self._folder)
            return True

    def _is_still(self, found: Found) -> bool:
        return self._path.exists() and self._path.read_bytes() == found.content

    def _write(self, lock: Lock) -> None:
        # What a killed writer left may be a second name of the lock itself: it must go, not be written over.
        self._new.unlink(missing_ok=True)
        with os.fdopen(self._open(self._new, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
            file.write(lock.to_bytes())
            file.flush()
            os.fsync(file.fileno())

    def _open(self, path: pathlib.Path, flags: int) -> int:
        mode = stat.S_IMODE(self._folder.stat().st_mode) & 0o666
        before = os.umask(0)
        try:
            return os.open(path, flags, mode)
        finally:
            os.umask(before)

    @contextlib.contextmanager
    def _guarded(self) -> t.Iterator[None]:
        """Keep everybody else from changing locks in this directory, for the moment it takes to change one."""
        _operator.make_private(self._folder)
        descriptor = self._open(self._folder / ".guard", os.O_RDWR | os.O_CREAT)
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
            yield
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
