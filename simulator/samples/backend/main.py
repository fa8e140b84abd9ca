"""Entry point of the image: serve the backend on every address of the container."""

from __future__ import annotations

import sys
import time

import uvicorn
from backend.application import create
from backend.settings import Settings

_SLOW_START_SECONDS = 20


def main() -> None:
    """Run until SIGTERM."""
    settings = Settings.from_environment()
    print(f"backend {settings.version} starting on port {settings.port} ({settings.environment})", flush=True)
    if settings.fault == "crash":
        print("fatal: this build was made to crash at its start", file=sys.stderr, flush=True)
        sys.exit(1)
    if settings.fault == "slow-start":
        time.sleep(_SLOW_START_SECONDS)
    uvicorn.run(create(settings), host="0.0.0.0", port=settings.port, log_level="info")


if __name__ == "__main__":
    main()
