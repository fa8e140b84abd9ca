"""`azure-simulator reset`, for a running and for a stopped simulator."""

from __future__ import annotations

import shutil
import ssl
import urllib.request
from pathlib import Path

# Everything that holds resources. Identity, certificates and the port stay, so clients stay configured.
_DATABASE = ("store.sqlite", "store.sqlite-wal", "store.sqlite-shm")
_RESOURCE_STATE = (*_DATABASE, "registry", "containers", "postgresql", "redis")


def running(url: str, ca_path: Path) -> None:
    """Ask the running one."""
    context = ssl.create_default_context(cafile=str(ca_path))
    request = urllib.request.Request(f"{url}/_simulator/reset", data=b"{}", method="POST")
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
