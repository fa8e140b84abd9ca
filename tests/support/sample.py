"""The sample backend, pushed as an image."""

from __future__ import annotations

import subprocess

from tests.support.local_azure import COMMAND, LocalAzure
from tests.support.waiting import PATIENCE_SECONDS


def push_sample(azure: LocalAzure, server: str, repository: str, tag: str, *options: str) -> None:
    """Push the sample backend to a registry of the local Azure.

    :param options: further options of `azure-simulator push-sample`, such as `--version 2.0.0` or `--fault NAME`.
    """
    where = ("--state-dir", str(azure.state_dir), "--registry", server, "--repository", repository, "--tag", tag)
    subprocess.run(
        [COMMAND, "push-sample", *where, *options], check=True, capture_output=True, timeout=PATIENCE_SECONDS
    )
