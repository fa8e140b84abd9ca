"""`azure-simulator reset`, for a running and for a stopped simulator."""

from __future__ import annotations

import shutil
import ssl
import urllib.request
from pathlib import Path

from azure_simulator.core.gate import header_of

# Everything that holds resources. Identity, certificates and the port stay, so clients stay configured.
_DATABASE = ("store.sqlite", "store.sqlite-wal", "store.sqlite-shm")
_RESOURCE_STATE = (*_DATABASE, "registry", "containers", "postgresql", "redis")


def running(url: str, state_dir: Path) -> None:
    """Ask the running one."""
    context = ssl.create_default_context(cafile=str(state_dir / "ca.pem"))
    request = urllib.request.Request(f"{url}/_simulator/reset", data=b"{}", method="POST", headers=header_of(state_dir))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    opener.open(request).close()


def stopped(state_dir: Path) -> None:
    """Remove the files."""
    for name in _RESOURCE_STATE:
        path = state_dir / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
