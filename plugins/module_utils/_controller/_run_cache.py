# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one playbook run needs only once: the access token, the endpoints of a cloud, what it has read. Private.

The cache is a folder that exists only while the run does (Ansible's private temporary folder, mode 0700). Without one,
for instance in a module on another host, values live as long as the process.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import threading
import time
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _safe_files

Entry = dict[str, t.Any]

ENVIRONMENT_VARIABLE = "CODEX_RUN_CACHE"
HOST_VARIABLE = "CODEX_RUN_HOST"

_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


class RunCache:
    """Values by key, shared by the processes of one run; each is made once, by whoever asks first.

    :param folder: where to keep them, or None to keep them in memory.
    :param host: the host of the inventory whose task asks, if it is known.
    """

    def __init__(self, folder: str | None, host: str = "") -> None:
        self.host = host
        self._folder = pathlib.Path(folder) if folder and pathlib.Path(folder).is_dir() else None
        self._memory: dict[str, Entry] = {}

    def get_or_make(self, key: str, make: t.Callable[[], Entry]) -> Entry:
        """Return the entry for C(key), calling C(make) if there is none that is still valid.

        An entry with C(expires_on) (seconds since the epoch) is valid until five minutes before that.
        """
        name = _name(key)
        if (known := self._memory.get(name)) is not None and _valid(known):
            return known
        entry = self._shared(self._folder / f"codex-{name}", make) if self._folder else make()
        self._memory[name] = entry
        return entry

    def find(self, key: str) -> Entry | None:
        """Return the entry for C(key), or None."""
        name = _name(key)
        if self._folder is None:
            return self._memory.get(name)
        try:
            return t.cast("Entry", json.loads(_safe_files.read(self._folder / f"codex-{name}", secret=True)))
        except FileNotFoundError:
            return None

    def put(self, key: str, entry: Entry) -> None:
        """Set the entry for C(key), in place of another one; whoever looks for it finds one of the two, whole."""
        name = _name(key)
        if self._folder is None:
            self._memory[name] = entry
            return
        _write(self._folder / f"codex-{name}", entry)

    def path(self, key: str) -> pathlib.Path | None:
        """Return where the run's processes keep a file of their own under C(key); None without a folder."""
        return self._folder / f"codex-{_name(key)}.file" if self._folder else None

    @contextlib.contextmanager
    def alone(self, key: str) -> t.Iterator[None]:
        """Keep the other processes of the run from doing the same at the same time."""
        if self._folder is None:
            yield
            return
        with _locked(self._folder / f"codex-{_name(key)}.lock"):
            yield

    def _shared(self, path: pathlib.Path, make: t.Callable[[], Entry]) -> Entry:
        with _locked(path.with_suffix(".lock")):
            with contextlib.suppress(FileNotFoundError):
                entry: Entry = json.loads(_safe_files.read(path, secret=True))
                if _valid(entry):
                    return entry
            entry = make()
            _write(path, entry)
            return entry


def _name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def _write(path: pathlib.Path, entry: Entry) -> None:
    """Set what a file holds; whoever reads it finds the former content or this, whole."""
    temporary = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    with os.fdopen(_safe_files.open_file(temporary, _NEW, secret=True), "w", encoding="utf-8") as file:
        json.dump(entry, file)
    temporary.replace(path)


def _valid(entry: Entry) -> bool:
    return "expires_on" not in entry or entry["expires_on"] - time.time() > 300


@contextlib.contextmanager
def _locked(path: pathlib.Path) -> t.Iterator[None]:
    descriptor = _safe_files.open_file(path, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
