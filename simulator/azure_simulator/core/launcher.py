"""Becomes a server program: `launcher.py PARENT SIGNAL (root|nobody) -- PROGRAM ARGUMENTS…`, run by `python -I -S`.

1. Programs end with the simulator: they get SIGNAL, on which they shut down in order, when the simulator is gone,
   however it ended.
2. Some refuse to run as root (`nobody`). Root runs them in a user namespace of their own, where its own files belong
   to an ordinary user; where that is forbidden (containers), as nobody, allowed to reach its files through private
   folders.

Done in a program of its own because code between fork and exec of a threaded process may deadlock.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys

_PR_SET_PDEATHSIG, _PR_SET_KEEPCAPS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
_CLONE_NEWUSER = 0x10000000
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522
NOBODY = 65534


def main(arguments: list[str]) -> None:
    parent, number, user, program = int(arguments[0]), int(arguments[1]), arguments[2], arguments[4:]
    if user == "nobody" and os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
        if libc is None or not _enter_namespace(libc):
            _become_nobody(libc)
    if sys.platform == "linux":
        # After the change of user, which would forget it.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            sys.exit(128 + number)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.execv(program[0], program)


def _enter_namespace(libc: ctypes.CDLL) -> bool:
    """Be NOBODY in a user namespace where root outside is NOBODY inside; whether the system allows it."""
    if libc.unshare(_CLONE_NEWUSER) != 0:
        return False
    try:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{NOBODY} 0 1"), ("gid_map", f"{NOBODY} 0 1")):
            descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
            os.write(descriptor, text.encode())
            os.close(descriptor)
    except OSError:
        return False
    return True


def _become_nobody(libc: ctypes.CDLL | None) -> None:
    if libc is not None:
        libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    if libc is not None:
        # Folders above the data belong to root and are closed to others.
        mask = 1 << _CAP_DAC_OVERRIDE
        header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
        libc.capset(header, struct.pack("=6I", mask, mask, mask, 0, 0, 0))
        libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)


main(sys.argv[1:])
