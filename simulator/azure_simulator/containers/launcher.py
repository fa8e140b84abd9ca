"""Becomes a container's process: `launcher.py PARENT MEMORY CPUS -- PROGRAM ARGUMENTS…`, run by `python -I -S`.

Sets what must hold in the child before its program starts, and leaves the environment exactly as it was given.
Done in a program of its own because code between fork and exec of a threaded process may deadlock.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
# What `docker run` and Kubernetes answer for a program that cannot be executed and for one that is not there.
CANNOT_EXECUTE, NOT_FOUND = 126, 127


def main(arguments: list[str]) -> None:
    parent, memory, cpus = (int(argument) for argument in arguments[:3])
    program = arguments[4:]
    if sys.platform == "linux":
        # Containers end with the simulator, however it ends.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(128 + signal.SIGKILL)
        available = sorted(os.sched_getaffinity(0))
        if 0 < cpus < len(available):
            start = os.getpid() % len(available)
            os.sched_setaffinity(0, {available[(start + step) % len(available)] for step in range(cpus)})
    if memory:
        # Data, not address space: thread arenas and mapped libraries reserve far more addresses than they use.
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        os.execvpe(program[0], program, _environment())
    except FileNotFoundError:
        print(f'exec: "{program[0]}": executable file not found in $PATH', file=sys.stderr)
        sys.exit(NOT_FOUND)
    except OSError as error:
        print(f'exec: "{program[0]}": {error.strerror}', file=sys.stderr)
        sys.exit(CANNOT_EXECUTE)


def _environment() -> dict[bytes, bytes]:
    """What the launcher was given. Not `os.environ`: starting up, Python may add LC_CTYPE to it (PEP 538)."""
    if sys.platform != "linux":
        return dict(os.environb)
    with open("/proc/self/environ", "rb") as file:  # noqa: PTH123 - without pathlib the launcher starts faster
        entries = file.read().split(b"\0")
    pairs = (entry.partition(b"=") for entry in entries if entry)
    return {name: value for name, _, value in pairs}


main(sys.argv[1:])
