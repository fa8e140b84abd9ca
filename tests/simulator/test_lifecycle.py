"""Start, stop, kill, start again; two at once; bad ways to be started."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest
import requests

from tests.simulator_fixture import Simulator
from tests.support.local_azure import COMMAND
from tests.support.waiting import PATIENCE_SECONDS


def _run(*arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=check, timeout=PATIENCE_SECONDS)


@pytest.fixture
def local(tmp_path: Path) -> Simulator:
    return Simulator(tmp_path / "state", 0.001)


def test_life(local: Simulator) -> None:
    state_dir = local.state_dir
    assert _run("status", "--state-dir", state_dir, check=False).returncode == 3
    started = _run("start", "--state-dir", state_dir, "--port", "0")
    assert started.stdout.startswith("azure-simulator: ready at https://127.0.0.1:")
    assert started.stdout.strip().endswith(f"(state {state_dir})")
    try:
        again = _run("start", "--state-dir", state_dir)
        assert "already running" in again.stdout
        status = json.loads(_run("status", "--state-dir", state_dir, "--json").stdout)
        assert status["running"]
        for name in ("azure.env", "azure.json", "account.json", "store.sqlite", "ca-key.pem", "token-key.pem"):
            assert stat.S_IMODE((state_dir / name).stat().st_mode) == 0o600
    finally:
        stopped = _run("stop", "--state-dir", state_dir)
    assert stopped.stdout == "azure-simulator: stopped\n"
    assert _run("stop", "--state-dir", state_dir).stdout == "azure-simulator: not running\n"


def test_killed_at_any_point_nothing_is_lost(local: Simulator) -> None:
    local.start()
    first = local.settings()
    local.register("Microsoft.ContainerRegistry")
    path = f"{local.group('codex')}/providers/Microsoft.ContainerRegistry/registries/codexregistry"
    body = {"location": "eastus", "sku": {"name": "Basic"}, "properties": {"adminUserEnabled": True}}
    assert local.call("PUT", path, "2025-11-01", body).status_code == 201
    os.kill(_pid(local), signal.SIGKILL)
    local.start()
    try:
        assert local.settings() == first
        local.hook("POST", "clock", {"seconds": 60})
        registry = local.call("GET", path, "2025-11-01").json()
        while registry["properties"]["provisioningState"] == "Creating":
            registry = local.call("GET", path, "2025-11-01").json()
        assert registry["properties"]["provisioningState"] == "Succeeded"
        assert local.call("GET", f"https://{registry['properties']['loginServer']}/v2/").status_code == 401
    finally:
        local.stop()


def test_two_starts_at_once(local: Simulator) -> None:
    command = [str(COMMAND), "start", "--state-dir", str(local.state_dir)]
    starts = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        words = sorted(start.communicate(timeout=PATIENCE_SECONDS)[0].split(" at ")[0] for start in starts)
        assert [start.returncode for start in starts] == [0, 0]
        assert words == ["azure-simulator: already running", "azure-simulator: ready"]
    finally:
        local.stop()


def test_an_upload_goes_on_after_a_kill(local: Simulator) -> None:
    local.start()
    local.register("Microsoft.ContainerRegistry")
    path = f"{local.group('codex')}/providers/Microsoft.ContainerRegistry/registries/codexregistry"
    body = {"location": "eastus", "sku": {"name": "Basic"}, "properties": {"adminUserEnabled": True}}
    server = local.call("PUT", path, "2025-11-01", body).json()["properties"]["loginServer"]
    credentials = local.call("POST", f"{path}/listCredentials", "2025-11-01").json()
    auth = (credentials["username"], credentials["passwords"][0]["value"])

    def send(method: str, path: str, data: bytes = b"", **parameters: str) -> requests.Response:
        verify = local.connection["ca_path"]
        url = f"https://{server}{path}"
        return requests.request(
            method, url, params=parameters, data=data, auth=auth, verify=verify, timeout=PATIENCE_SECONDS
        )

    location = send("POST", "/v2/app/blobs/uploads/").headers["Location"]
    send("PATCH", location, b"hello ")
    os.kill(_pid(local), signal.SIGKILL)
    local.start()
    try:
        assert send("GET", location).headers["Range"] == "0-5"
        digest = f"sha256:{hashlib.sha256(b'hello world').hexdigest()}"
        assert send("PUT", location, b"world", digest=digest).status_code == 201
        assert send("GET", f"/v2/app/blobs/{digest}").content == b"hello world"
    finally:
        local.stop()


def test_stale_pid_file_of_another_process_is_not_trusted(local: Simulator) -> None:
    local.start()
    pid_file = local.state_dir / "simulator.pid"
    os.kill(_pid(local), signal.SIGKILL)
    content = json.loads(pid_file.read_text())
    pid_file.write_text(json.dumps({**content, "pid": os.getpid()}))
    local.start()
    assert _pid(local) != os.getpid()
    local.stop()


def test_two_do_not_disturb_each_other(tmp_path: Path) -> None:
    one, two = Simulator(tmp_path / "one", 0.001), Simulator(tmp_path / "two", 0.001)
    one.start()
    try:
        two.start()
        try:
            servers = []
            for local in (one, two):
                local.register("Microsoft.ContainerRegistry")
                path = f"{local.group('codex')}/providers/Microsoft.ContainerRegistry/registries/samename"
                body = {"location": "eastus", "sku": {"name": "Basic"}}
                answer = local.call("PUT", path, "2025-11-01", body)
                assert answer.status_code == 201, answer.text
                servers.append(answer.json()["properties"]["loginServer"])
            assert servers[0] != servers[1]
            assert one.connection["subscription_id"] != two.connection["subscription_id"]
        finally:
            two.stop()
        assert one.call("GET", "/subscriptions", "2022-12-01").status_code == 200
    finally:
        one.stop()


def test_port_in_use_is_said(local: Simulator, simulator: Simulator) -> None:
    port = simulator.url.rpartition(":")[2]
    failed = _run("start", "--state-dir", local.state_dir, "--port", port, check=False)
    assert failed.returncode == 1
    assert "address already in use" in failed.stderr
    assert port in failed.stderr


def test_latency_is_distance_of_the_management_endpoint(tmp_path: Path) -> None:
    local = Simulator(tmp_path / "far", 0, latency="50,10")
    local.start()
    try:
        local.forget()
        local.call("GET", "/subscriptions", "2022-12-01")
        local.call("GET", "/metadata/endpoints", "2022-09-01")
        assert len(local.requests()) == 2
        assert all(one["milliseconds"] >= 40 for one in local.requests())
    finally:
        local.stop()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "70000"),
        ("--port", "x"),
        ("--time-scale", "-1"),
        ("--latency", "x"),
        ("--latency", "-1"),
        ("--latency", "10,20"),
        ("--latency", "1,1,1"),
        ("--latency", "nan"),
    ],
)
def test_bad_arguments(local: Simulator, arguments: tuple[str, ...]) -> None:
    assert _run("start", "--state-dir", local.state_dir, *arguments, check=False).returncode == 2
    assert not local.state_dir.exists()


def test_reset_while_stopped(local: Simulator) -> None:
    local.start()
    path = local.group("codex")
    local.stop()
    _run("reset", "--state-dir", local.state_dir)
    local.start()
    try:
        assert local.call("GET", path, "2022-09-01").status_code == 404
    finally:
        local.stop()


def _pid(local: Simulator) -> int:
    return int(json.loads((local.state_dir / "simulator.pid").read_text())["pid"])
