# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A password and its successor as two files encrypted with Ansible Vault. Controller only; private.

A file is read back before it gets its own name, which replaces nothing; a successor takes its place in one step. So
each is there completely or not at all, whenever the writer dies.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import time
import typing as t
import uuid

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _operator, _safe_files
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords._generated import CURRENT, NEXT
from ansible_collections.codexdominion.azure.plugins.plugin_utils._ansible_vault import AnsibleVault

# Nobody needs that long to write a file: what is older was left behind by a run that was killed.
_ABANDONED_SECONDS = 3600.0


class FileStore:
    """A password as the file C(path), its successor as C(path.next); see C(Store).

    :param path: absolute; its folder is created, for this user only, when the first password is stored.
    """

    def __init__(self, path: pathlib.Path, vault: AnsibleVault) -> None:
        self._paths = {CURRENT: path, NEXT: path.with_name(f"{path.name}.next")}
        self._folder = path.parent
        self._prefix = f".{path.name}."
        self._vault = vault

    def where(self, which: str) -> str:
        return str(self._paths[which])

    def holds(self, which: str) -> bool:
        return os.path.lexists(self._paths[which])

    def read(self, which: str) -> str | None:
        # Also where there is nothing to decrypt: a run in check mode fails as the real one will.
        self._vault.require()
        path = self._paths[which]
        with self._errors("read"):
            if path.is_symlink():
                raise OperationsError(
                    f"{path} is a symbolic link, which a rotation would replace",
                    code="PasswordFileIsLink",
                    remedy="Name the file it leads to.",
                )
            try:
                content = _safe_files.read(path)
            except FileNotFoundError:
                return None
        password = self._vault.decrypt(content, str(path))
        if password:
            return password
        raise OperationsError(
            f"{path} holds no password", code="PasswordEmpty", remedy="Remove the file to have one made."
        )

    def create(self, which: str, password: str) -> bool:
        content = self._vault.encrypt(password)
        with self._errors("written"):
            _operator.make_private(self._folder)
            with _safe_files.opened(self._folder) as folder:
                self._clean()
                temporary = f"{self._prefix}{uuid.uuid4().hex}"
                try:
                    folder.create(
                        self._paths[which].name, content, temporary, lambda path: self._compare(path, password)
                    )
                except FileExistsError:
                    return False
        return True

    def promote(self) -> None:
        with self._errors("written"), _safe_files.opened(self._folder) as folder:
            with contextlib.suppress(FileNotFoundError):  # somebody else has just done it
                folder.replace(self._paths[NEXT].name, self._paths[CURRENT].name)
            folder.sync()

    def delete(self, which: str) -> None:
        with self._errors("removed"), _safe_files.opened(self._folder) as folder:
            folder.remove(self._paths[which].name)
            folder.sync()

    def _compare(self, path: pathlib.Path, password: str) -> None:
        """See that this run will be able to read what it has written, with the configuration that it has."""
        if self._vault.decrypt(path.read_bytes(), str(path)) != password:
            raise OSError("what was written is not what is read back")

    def _clean(self) -> None:
        for left in self._folder.glob(f"{self._prefix}*"):
            with contextlib.suppress(FileNotFoundError):  # another run cleans up too
                if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
                    left.unlink()

    @contextlib.contextmanager
    def _errors(self, done: str) -> t.Iterator[None]:
        try:
            yield
        except OSError as exc:
            raise OperationsError(
                f"{self._paths[CURRENT]} cannot be {done}: {exc.strerror or exc}",
                code="PasswordFileUnusable",
                remedy="Choose a path where this user may read and write, with space left.",
            ) from exc
