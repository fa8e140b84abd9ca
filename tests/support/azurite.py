"""Azurite, Microsoft's storage emulator, where `azurite-blob` is installed.

It is looked for on the PATH, in `.cache/azurite/node_modules/.bin`, and where the environment variable AZURITE says.
"""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.playbooks import ROOT
from tests.support.waiting import PATIENCE_SECONDS

Params = dict[str, Any]


def executable() -> str | None:
    """Return Azurite's command for blobs, if there is one."""
    installed = ROOT / ".cache" / "azurite" / "node_modules" / ".bin" / "azurite-blob"
    return os.environ.get("AZURITE") or shutil.which("azurite-blob") or shutil.which(installed)


@contextlib.contextmanager
def azurite(folder: Path, *options: str) -> Iterator[Params]:
    """Run Azurite with one account; yields where it is and the account's key."""
    command = executable()
    if not command:
        pytest.skip("azurite-blob is not installed: make azurite")
    key = base64.b64encode(secrets.token_bytes(64)).decode()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    in_memory = ["--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck", "--silent"]
    process = subprocess.Popen(
        [command, "--blobPort", str(port), *in_memory, *options],
        cwd=folder,
        env={**os.environ, "AZURITE_ACCOUNTS": f"codextest:{key}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout
        said = []
        for line in process.stdout:
            said.append(line)
            if "successfully" in line:
                break
        else:
            pytest.fail(f"azurite-blob does not start: {said}")
        yield {"storage_account_url": f"http://127.0.0.1:{port}/codextest", "storage_account_key": key}
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)


@pytest.fixture(scope="session")
def storage_account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Params]:
    """A storage account on this machine, for the whole session."""
    with azurite(tmp_path_factory.mktemp("azurite")) as params:
        yield params
