# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where audit records go: a file of this control node, and append blobs that control nodes share. Private."""

from __future__ import annotations

import fcntl
import os
import pathlib
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._session import load
from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _operator, _safe_files
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._storage._blob_container import BlobContainer, errors


def to_file(path: pathlib.Path, line: bytes) -> None:
    """Append a line to a file and see it on disk; file and missing folders are created for this user only.

    A line that a crash left half written is ended first, so that it spoils no other.

    :raises OperationsError: when that is not possible; the file then has no part of the line.
    """
    try:
        _operator.make_private(path.parent)
        descriptor = _safe_files.open_file(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            _append(descriptor, line)
        finally:
            os.close(descriptor)
    except OSError as exc:
        raise OperationsError(
            f"The audit record cannot be written to {path}: {exc.strerror or exc}",
            code="AuditNotWritten",
            remedy="Choose a path where this user may write, with space left.",
        ) from exc


def _append(descriptor: int, line: bytes) -> None:
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        line = b"\n" + line
    if os.write(descriptor, line) != len(line):  # the disk is full
        os.ftruncate(descriptor, size)
        raise OSError("no space for the whole line")
    os.fsync(descriptor)


class AuditBlob:
    """The append blob a record belongs into: one for each stack and month, for a blob takes 50,000 records."""

    def __init__(self, container: BlobContainer, record: dict[str, t.Any]) -> None:
        self._container = container
        self._blob = container.blob(f"audit/{record['stack']}/{record['time'][:7]}.jsonl")
        self.url = str(self._blob.url)

    def append(self, line: bytes) -> None:
        """Append a line; blob and container are created if missing.

        A request whose answer is lost is sent again, so in rare cases a line stands there twice, with the same C(id).

        :raises OperationsError: with the storage service's code.
        """
        missing = {"ContainerNotFound": self._container.create, "BlobNotFound": self._create}
        while True:
            try:
                with errors(f"Appending the audit record to {self.url}"):
                    self._blob.append_block(line)
                return
            except OperationsError as error:
                make = missing.pop(error.code, None)  # what was made and is missing again is an error
                if make is None:
                    raise
            make()

    def _create(self) -> None:
        only_new = load("azure.core", "MatchConditions").IfMissing
        with errors(f"Creating {self.url}", ignore=("BlobAlreadyExists", "ConditionNotMet")):
            self._blob.create_append_blob(match_condition=only_new)
