# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where backups are kept: what a directory and a container of a storage account have in common. Private."""

from __future__ import annotations

import contextlib
import datetime
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError

CHUNK = 1 << 20
"""How many bytes are handled at once."""


class _CanClose(t.Protocol):
    def close(self) -> None: ...


_Closable = t.TypeVar("_Closable", bound=_CanClose)


class Entry(t.NamedTuple):
    """A file of a backup.

    :param file: its name at the destination.
    :param partial: whether the run that wrote it has not finished; its name then is that of the finished file.
    """

    file: str
    size: int
    modified: datetime.datetime
    partial: bool = False


class Upload(t.Protocol):
    """A backup that is being written. Until it is published it is not there, however the run ends."""

    def write(self, chunk: bytes) -> None:
        """Add data."""

    def finish(self) -> None:
        """Have all data stored; nothing is added after that."""

    def read_back(self) -> t.Iterator[bytes]:
        """Yield the data as they are stored."""

    def publish(self, manifest: bytes) -> None:
        """Make it a backup, with its manifest as the last step.

        :raises OperationsError: also when another run has meanwhile published a backup of that name.
        """


class Destination(t.Protocol):
    """Where backups are kept. Everything raises OperationsError with a cause and a remedy."""

    where: str
    """The directory, or the URL of the container."""

    def entries(self) -> list[Entry]:
        """Return the files there that bear the name of a backup, whoever's; nothing where the place does not exist."""

    def exclusive(self, prefix: str) -> contextlib.AbstractContextManager[None]:
        """Keep others from writing and removing backups with this prefix.

        :raises OperationsError: C(BackupRunning) when another run does. What a killed run held is free: at once in a
          directory, within a minute in a storage account.
        """

    def clean(self, prefix: str) -> list[str]:
        """Remove what dead runs left half done, finish what only lacks its last step; return the files removed.

        Only while C(exclusive) is held.
        """

    def upload(self, name: str) -> contextlib.AbstractContextManager[Upload]:
        """Begin a backup. What has not been published at the end is removed."""

    def put(self, file: str, content: bytes) -> None:
        """Store a small file, completely or not at all.

        :raises OperationsError: C(BackupExists) when there is one of that name.
        """

    def replace(self, file: str, content: bytes) -> None:
        """Store a small file in the place of the one that is there, completely or not at all.

        Only while C(exclusive) is held.
        """

    def read(self, file: str) -> t.Iterator[bytes]:
        """Yield the content of a file."""

    def path(self, file: str) -> str | None:
        """Return where other programs can read a file on this host, or None."""

    def delete(self, file: str) -> None:
        """Remove a file; that it is gone is fine."""


@contextlib.contextmanager
def closing(upload: _Closable) -> t.Iterator[_Closable]:
    """Close an upload at its end, however that comes."""
    try:
        yield upload
    except BaseException:
        with contextlib.suppress(OperationsError):  # the failure that matters is on its way already
            upload.close()
        raise
    upload.close()


def running(prefix: str, where: str) -> OperationsError:
    """Return the error of a run that another one excludes."""
    return OperationsError(
        f"Another run works on the backups {prefix} in {where}",
        code="BackupRunning",
        remedy="Wait until it has ended, then run again.",
    )


def exists(name: str, where: str) -> OperationsError:
    """Return the error of a run that would write over something."""
    return OperationsError(
        f"There is a backup {name} in {where} already", code="BackupExists", remedy="Run again: names are times."
    )
