"""Entry point of the image: serve the backend on every address of the container."""

from __future__ import annotations

import os
import sys
import threading
import time

import uvicorn
from backend.application import create
from backend.settings import Settings

_SLOW_START_SECONDS = 20
_CRASH_SECONDS = 5
_WRONG_PORT = 8099


def main() -> None:
    """Run until SIGTERM."""
    settings = Settings.from_environment()
    print(f"backend {settings.version} starting on port {settings.port} ({settings.environment})", flush=True)
    port = _WRONG_PORT if settings.fault == "wrong-port" else settings.port
    _go_wrong(settings.fault)
    uvicorn.run(create(settings), host="0.0.0.0", port=port, log_level="info")


def _go_wrong(fault: str | None) -> None:
    """Fail as a build does that was made to; those that fail while serving are the application's own."""
    if fault == "crash":
        print("fatal: this build was made to crash at its start", file=sys.stderr, flush=True)
        sys.exit(1)
    if fault == "exit":
        print("this build was made to end at once", flush=True)
        sys.exit(0)
    if fault == "crash-later":
        threading.Timer(_CRASH_SECONDS, _crash).start()
    if fault == "missing-variable":
        print(f"session key of {len(os.environ['SESSION_KEY'])} characters", flush=True)
    if fault == "out-of-memory":
        hoard = []
        while True:
            hoard.append(bytes(2**26))
    if fault == "slow-start":
        time.sleep(_SLOW_START_SECONDS)


def _crash() -> None:
    print(f"fatal: this build was made to crash after {_CRASH_SECONDS} seconds", file=sys.stderr, flush=True)
    os._exit(1)


if __name__ == "__main__":
    main()
