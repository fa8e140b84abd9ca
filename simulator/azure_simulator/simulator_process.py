"""Start, stop and find the simulator's process.

The running process holds an exclusive lock on `simulator.lock` for as long as it lives, however it ends; that lock,
not the pid file, says whether one runs. The pid file names it, with its start time, so that a stale file whose pid
was given to another process is never signalled.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from azure_simulator.core.files import write_private
from azure_simulator.settings import LOOPBACK, Account, Options, Settings

_STOP_SECONDS = 60  # on a busy machine its servers take their time
_READY = b"ready\n"
_LOCK = "simulator.lock"


class LifecycleError(RuntimeError):
    """The simulator could not be started or stopped; the message says why and what to do."""


@dataclass(frozen=True)
class Process:
    """The running simulator, as its pid file says."""

    pid: int
    started: str
    port: int
    time_scale: float
    url: str


def process_start_time(pid: int) -> str | None:
    """When a process began, in the system's own words; None when there is no such process."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.joinpath("self").exists():
        try:
            return stat.read_text().rpartition(")")[2].split()[19]
        except (FileNotFoundError, ProcessLookupError):
            return None
    answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip() or None


def running(state_dir: Path) -> Process | None:
    """The simulator of a state directory, or None."""
    if not (state_dir / _LOCK).exists():
        return None
    with _locked(state_dir / _LOCK, wait=False) as free:
        if free:
            return None
    try:
        process = Process(**json.loads((state_dir / "simulator.pid").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return process if process_start_time(process.pid) == process.started else None


def start(state_dir: Path, port: int | None, options: Options) -> tuple[Process, bool]:
    """Start in the background; the process and whether it is new. Returns once requests are answered.

    Of two starts at the same time the second waits for the first and finds its process.
    """
    _make_private(state_dir)
    with _locked(state_dir / "start.lock", wait=True):
        if (process := running(state_dir)) is not None:
            return process, False
        return _spawn(state_dir, port, options), True


def _make_private(state_dir: Path) -> None:
    """Create the state directory; close it to everybody else where it is open. It holds every key there is."""
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = state_dir.stat()
    if found.st_uid != os.geteuid():
        raise LifecycleError(f"{state_dir} belongs to another user; choose another one with --state-dir")
    if found.st_mode & 0o077:
        state_dir.chmod(0o700)


def _spawn(state_dir: Path, port: int | None, options: Options) -> Process:
    reader, writer = os.pipe()
    command = [sys.executable, "-m", "azure_simulator.cli", "start", "--foreground", "--state-dir", str(state_dir)]
    command += [*options.arguments(), "--ready-fd", str(writer)]
    if port is not None:
        command += ["--port", str(port)]
    with (state_dir / "simulator.log").open("ab") as log:
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, pass_fds=(writer,)
        )
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    process = running(state_dir)
    if answer != _READY or process is None:
        raise LifecycleError(f"not started: {_last_line(state_dir)} (see {state_dir / 'simulator.log'})")
    return process


def run(state_dir: Path, port: int | None, options: Options, ready_fd: int | None) -> None:
    """Be the simulator, in the foreground, until a signal says stop."""
    import asyncio

    from azure_simulator.app import configure_logging, serve
    from azure_simulator.core.addresses import AddressesExhausted
    from azure_simulator.core.gate import load_key

    _make_private(state_dir)
    configure_logging(state_dir / "simulator.log")
    with _locked(state_dir / _LOCK, wait=False) as free:
        if not free:
            raise LifecycleError(f"a simulator already runs in {state_dir}")
        account = Account.load(state_dir / "account.json")
        settings = Settings(state_dir, _choose_port(state_dir, port), account, options, load_key(state_dir))

        def ready() -> None:
            started = process_start_time(os.getpid()) or ""
            process = Process(os.getpid(), started, settings.port, options.time_scale, settings.url)
            write_private(state_dir / "simulator.pid", json.dumps(asdict(process)) + "\n")
            if ready_fd is None:
                print(f"azure-simulator: ready at {settings.url} (state {state_dir})", flush=True)
            else:
                os.write(ready_fd, _READY)
                os.close(ready_fd)

        try:
            asyncio.run(serve(settings, ready))
        except AddressesExhausted as error:
            raise LifecycleError(str(error)) from error
        (state_dir / "simulator.pid").unlink(missing_ok=True)


def stop(state_dir: Path) -> bool:
    """Stop it and return once it is gone; whether one ran. It is killed if it does not end within a minute."""
    process = running(state_dir)
    if process is None:
        return False
    os.kill(process.pid, signal.SIGTERM)
    killer = threading.Timer(_STOP_SECONDS, _kill, (process,))
    killer.start()
    try:
        with _locked(state_dir / _LOCK, wait=True):
            return True
    finally:
        killer.cancel()


def _kill(process: Process) -> None:
    if process_start_time(process.pid) == process.started:
        os.kill(process.pid, signal.SIGKILL)


def _choose_port(state_dir: Path, port: int | None) -> int:
    """The asked port; else the one this state directory had before; else, or for 0, any free one."""
    remembered = state_dir / "port"
    if port is None or port == 0:
        port = int(remembered.read_text()) if remembered.exists() else 0
    if port == 0:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((LOOPBACK, 0))
            port = int(probe.getsockname()[1])
    write_private(remembered, f"{port}\n")
    return port


@contextmanager
def _locked(path: Path, *, wait: bool) -> Iterator[bool]:
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def _last_line(state_dir: Path) -> str:
    lines = (state_dir / "simulator.log").read_text(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("azure-simulator: ") if lines else "it said nothing"
