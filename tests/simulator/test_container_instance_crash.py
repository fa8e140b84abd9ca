"""A simulator that is killed: what ran runs again, what was asked for happens, nothing else changes."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from azure_simulator.core.processes import start_time
from tests.simulator.container_instance_bench import GROUP, Bench, container, fetch, group, running, web
from tests.simulator_fixture import Simulator
from tests.support.waiting import until


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[Bench]:
    with running(Simulator(tmp_path / "state", 0.01)) as bench:
        yield bench


def _kill(azure: Bench) -> None:
    pid = int(json.loads((azure.azure.state_dir / "simulator.pid").read_text())["pid"])
    os.kill(pid, signal.SIGKILL)
    until(lambda: start_time(pid) is None)


def _answer(url: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(fetch(url))
    return answer


def _record(azure: Bench, name: str) -> dict[str, int]:
    (path,) = azure.azure.state_dir.glob(f"containers/groups/{name}-*/api/process.json")
    record: dict[str, int] = json.loads(path.read_text())
    return record


def test_a_running_group_answers_again_after_kill_9(azure: Bench) -> None:
    secret = [{"name": "SECRET", "secure_value": "hush"}]
    created = azure.create("codex-api", web("codex-api", environment_variables=secret))
    job = container(image="shell", command=["/bin/sh", "-c", "echo once"])
    azure.create("job", group(job, restart_policy="Never"))
    azure.create("idle", group(container(image="shell", command=["sleep", "1000"])))
    azure.groups.stop(GROUP, "idle")
    until(lambda: azure.groups.get(GROUP, "idle").instance_view.state == "Stopped")
    until(lambda: azure.groups.get(GROUP, "job").instance_view.state == "Succeeded")
    url = f"http://{created.ip_address.ip}:8001/"
    before = _answer(url)
    old = _record(azure, "codex-api")
    views = {name: azure.groups.get(GROUP, name).as_dict() for name in ("job", "idle")}

    _kill(azure)
    until(lambda: start_time(old["pid"]) != old["started"])
    azure.azure.start()

    after = _answer(url)
    assert after["SECRET"] == "hush"
    assert after["started"] != before["started"]
    again = azure.groups.get(GROUP, "codex-api")
    assert again.ip_address.ip == created.ip_address.ip
    assert again.containers[0].instance_view.restart_count == 0
    assert again.provisioning_state == "Succeeded"
    assert {name: azure.groups.get(GROUP, name).as_dict() for name in views} == views
    assert azure.client.containers.list_logs(GROUP, "job", "api").content == "once\n"


def test_volumes_outlive_the_simulator(azure: Bench) -> None:
    keep = container(
        image="shell",
        command=["/bin/sh", "-c", "echo line >> /data/file; cat /data/file; sleep 1000"],
        volume_mounts=[{"name": "data", "mount_path": "/data"}],
    )
    azure.create("codex-api", group(keep, volumes=[{"name": "data", "empty_dir": {}}]))
    logs = azure.client.containers.list_logs
    until(lambda: logs(GROUP, "codex-api", "api").content == "line\n")
    _kill(azure)
    azure.azure.start()
    until(lambda: logs(GROUP, "codex-api", "api").content == "line\nline\nline\n")
    azure.groups.begin_restart(GROUP, "codex-api").result()
    until(lambda: logs(GROUP, "codex-api", "api").content == "line\n")


def test_an_operation_goes_on_after_kill_9(azure: Bench) -> None:
    waiting = {"name": "wait", "image": "shell", "command": ["sleep", "1"]}
    body = group(container(ports=[{"port": 8001}]), init_containers=[waiting])
    azure.groups.begin_create_or_update(GROUP, "codex-api", body, polling=False)
    _kill(azure)
    azure.azure.start()
    until(lambda: azure.groups.get(GROUP, "codex-api").provisioning_state == "Succeeded")
    assert azure.groups.get(GROUP, "codex-api").instance_view.state == "Running"


def test_an_orderly_stop_leaves_no_process_and_starts_again(azure: Bench) -> None:
    created = azure.create("codex-api", web())
    url = f"http://{created.ip_address.ip}:8001/"
    fetch(url)
    old = _record(azure, "codex-api")
    azure.azure.stop()
    assert start_time(old["pid"]) is None
    azure.azure.start()
    assert fetch(url)
    assert azure.groups.get(GROUP, "codex-api").containers[0].instance_view.restart_count == 0


def test_a_reset_ends_everything(azure: Bench) -> None:
    created = azure.create("codex-api", web())
    fetch(f"http://{created.ip_address.ip}:8001/")
    old = _record(azure, "codex-api")
    azure.azure.reset()
    assert start_time(old["pid"]) is None
    assert not list(azure.azure.state_dir.glob("containers/groups/*"))
    azure.prepare()
    assert azure.create("codex-api", web()).provisioning_state == "Succeeded"
