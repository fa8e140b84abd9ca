# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who runs this and where: user, host, machine, the process of the run. Standard library only; private.

A module runs in a child of C(ansible-playbook) that ends with its task, so what stands for the run is that ancestor.
Processes are looked up in C(/proc) where there is one (proc(5)), elsewhere with C(ps).
"""

from __future__ import annotations

import functools
import getpass
import hashlib
import os
import pathlib
import socket
import subprocess
import typing as t
import uuid

_COMMANDS = frozenset({"ansible", "ansible-console", "ansible-playbook"})
_PROC = pathlib.Path("/proc")


class Process(t.NamedTuple):
    """A process by its number and when it started, for numbers are used again."""

    pid: int
    started: str


class _Seen(t.NamedTuple):
    parent: int
    started: str
    ended: bool
    command: list[str]


def user() -> str:
    """Return the name of the user, or the number where it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no entry in the password database, as in many containers
        return f"uid {os.getuid()}"


def host() -> str:
    """Return the name of this host."""
    return socket.gethostname()


@functools.lru_cache(maxsize=1)
def machine() -> str:
    """Return what tells this machine (and container) from others that may have the same host name: 16 digits."""
    identity = _text(pathlib.Path("/etc/machine-id")) or f"{uuid.getnode():x}"
    try:  # process numbers mean nothing outside their namespace
        namespace = os.readlink("/proc/self/ns/pid")  # noqa: PTH115 (it is no path)
    except OSError:
        namespace = ""
    return hashlib.sha256("\0".join([host(), identity, namespace]).encode()).hexdigest()[:16]


def run_process() -> Process | None:
    """Return the C(ansible-playbook) that this process works for.

    Without one (a module on another host, started through a connection) there is none: the processes up to there end
    with the task.
    """
    found = None
    pid = os.getpid()
    while pid > 1 and (seen := _look(pid)) is not None:
        if _is_ansible(seen.command):
            found = Process(pid, seen.started)
        elif found is not None:  # workers are forks and carry the same command line: the topmost is the run
            return found
        pid = seen.parent
    return found


def run_id() -> str:
    """Return a name for this run, the same in each of its tasks: 12 digits, random where there is no run's process."""
    process = run_process()
    if process is None:
        return uuid.uuid4().hex[:12]
    return hashlib.sha256(f"{machine()} {process.pid} {process.started}".encode()).hexdigest()[:12]


def has_ended(process: Process) -> bool:
    """Return whether a process of this machine has certainly ended; what cannot be seen counts as running."""
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # it is somebody else's, and there
    seen = _look(process.pid)
    return seen is not None and (seen.ended or seen.started != process.started)


def state_folder() -> pathlib.Path:
    """Return where the user's state of this collection is, after the XDG base directory specification."""
    base = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return pathlib.Path(base).expanduser() / "codexdominion.azure"


def make_private(folder: pathlib.Path) -> None:
    """Create a folder and those above it that are missing, for this user only.

    :raises OSError: when that is not possible.
    """
    for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


def _is_ansible(command: list[str]) -> bool:
    if not command:
        return False
    name = pathlib.PurePath(command[0]).name
    if name.lower().startswith("python"):  # python [options] /path/ansible-playbook, python -m ansible playbook
        name = next((pathlib.PurePath(word).name for word in command[1:] if not word.startswith("-")), "")
    return name in _COMMANDS


def _look(pid: int) -> _Seen | None:
    return _look_in_proc(pid) if (_PROC / "self" / "stat").exists() else _look_with_ps(pid)


def _look_in_proc(pid: int) -> _Seen | None:
    stat = _text(_PROC / str(pid) / "stat").rpartition(")")[2].split()  # the name before may hold spaces
    if not stat:
        return None
    boot = _text(_PROC / "sys" / "kernel" / "random" / "boot_id")
    command = [word for word in _text(_PROC / str(pid) / "cmdline").split("\0") if word]
    return _Seen(int(stat[1]), f"{boot} {stat[19]}", stat[0] in "ZX", command)


def _look_with_ps(pid: int) -> _Seen | None:
    columns = [part for column in ("ppid=", "stat=", "lstart=", "command=") for part in ("-o", column)]
    environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC0"}
    try:
        line = subprocess.run(
            ["ps", *columns, "-p", str(pid)], env=environment, capture_output=True, text=True, check=True, timeout=10
        ).stdout.split()
    except (OSError, subprocess.SubprocessError):
        return None
    return _Seen(int(line[0]), " ".join(line[2:7]), line[1].startswith("Z"), line[7:])  # lstart is five words


def _text(path: pathlib.Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
