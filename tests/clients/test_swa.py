"""`swa deploy` itself, where it is installed: unchanged, led to the local Azure by ordinary variables."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulator_fixture import Simulator
from tests.support.playbooks import ROOT
from tests.support.waiting import PATIENCE_SECONDS

SWA = os.environ.get("SWA") or shutil.which("swa") or shutil.which(ROOT / ".cache/swa/node_modules/.bin/swa")
SITE = "/resourceGroups/rg/providers/Microsoft.Web/staticSites/site"
VERSION = "2025-05-01"


@pytest.mark.clients
@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.skipif(SWA is None, reason="swa is not installed: make swa (SWA may name another)")
def test_swa_deploy(simulator: Simulator, tmp_path: Path) -> None:
    simulator.register("Microsoft.Web")
    simulator.group("rg")

    def call(method: str, path: str, body: Any = None) -> Any:
        answer = simulator.call(method, f"{simulator.subscription}{SITE}{path}", VERSION, body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    host = call("PUT", "", {"location": "eastus2"})["properties"]["defaultHostname"]
    token = call("POST", "/listSecrets")["properties"]["apiKey"]
    folder = tmp_path / "out"
    folder.mkdir()

    def deploy(content: str, token: str, *words: str) -> subprocess.CompletedProcess[str]:
        (folder / "index.html").write_text(content, encoding="utf-8")
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "HTTPS_PROXY": simulator.connection["https_proxy"],
            "NODE_EXTRA_CA_CERTS": simulator.connection["ca_path"],
            "SWA_CLI_DEPLOYMENT_TOKEN": token,
        }
        return subprocess.run(
            [str(SWA), "deploy", str(folder), *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def page(host: str) -> str:
        with requests.Session() as session:
            session.trust_env = False
            url = f"https://{host}/"
            return session.get(url, verify=simulator.connection["ca_path"], timeout=PATIENCE_SECONDS).text

    done = deploy("one", token, "--env", "production")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Project deployed to https://{host}" in done.stdout + done.stderr
    preview = deploy("two", token)
    assert preview.returncode == 0, preview.stdout + preview.stderr
    builds = {one["name"]: one["properties"]["hostname"] for one in call("GET", "/builds")["value"]}
    assert {name: page(at) for name, at in builds.items()} == {"default": "one", "preview": "two"}
    call("POST", "/resetapikey", {})
    refused = deploy("three", token, "--env", "production")
    assert refused.returncode == 1
    assert "Deployment Failure Reason: Invalid API key." in refused.stdout + refused.stderr
    assert page(host) == "one"
    assert not [said for run in (done, preview, refused) for said in (run.stdout, run.stderr) if token in said]
