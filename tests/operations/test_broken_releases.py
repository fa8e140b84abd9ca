"""Broken releases, each in a stack of its own: the old one serves on, and the report says why and what to do."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.simulator_fixture import Simulator
from tests.support.inventory import write_inventory
from tests.support.playbooks import Run, playbook_path, run_playbook
from tests.support.sample import push_sample
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.soak

GOOD = "1.0.0"
# Slow enough that what crashes again and again waits in between, and leaves the processor to the others.
TIME_SCALE = 0.05
SHARED = {
    "stack_resource_group": "shared-rg",
    "registry_name": "sharedregistry",
    "registry_admin_user_enabled": True,
    # What never answers is waited for this long; everything else has to have answered by then, all at the same time.
    "backend_ready_timeout": 15,
    "backend_stable_seconds": 2,
    "backend_traffic_ttl": 0,
    "backend_bake_seconds": 1,
    "backend_drain_seconds": 0,
}


@dataclass(frozen=True)
class Case:
    """One way a release can be broken.

    :param told: what the report has to say.
    :param variables: what is different for this stack, beside the image.
    :param fault: what Azure does wrong, as the hook `faults` takes it.
    :param build: how the image is broken; the good one if empty.
    :param before: what is different for this stack from the beginning.
    """

    told: tuple[str, ...]
    build: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    fault: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)


PUT_BACK = "done Put back"
STAYED = "done The traffic stayed on"
WENT_BACK = "done The traffic went back to"
NOTHING = "done Nothing was changed."
BLUE_GREEN = {"backend_strategy": "blue_green"}

CASES = {
    "crash": Case(("log fatal: this build was made to crash at its start", "See the log", PUT_BACK), "crash"),
    "crash-later": Case(
        ("made to crash after 5 seconds", PUT_BACK), "crash-later", variables={"backend_stable_seconds": 10}
    ),
    "missing-variable": Case(("The log names SESSION_KEY as missing", PUT_BACK), "missing-variable"),
    "out-of-memory": Case(("last exit code 137", "give it more memory", PUT_BACK), "out-of-memory"),
    "command": Case(
        ("last exit code 127", "The command was not found", PUT_BACK),
        variables={"backend_command": ["/no/such/program"]},
    ),
    "never-ready": Case(("/ready: status 200 within", "answered status 503 after", PUT_BACK), "never-ready"),
    "health-error": Case(("/health: status 200 within", "answered status 500 after", PUT_BACK), "health-error"),
    "wrong-port": Case(
        ("ConnectionRefusedError", "check its path and port against what the container serves", PUT_BACK), "wrong-port"
    ),
    "no-image": Case(
        ("has no image", "Push it, then run this again"), variables={"backend_image_tag": "nobody-pushed"}
    ),
    # As Azure answers a PUT whose registry password is wrong; the simulator's own check has its test elsewhere.
    "password": Case(
        ("InaccessibleImage", "credentials or identity may pull it", NOTHING),
        "unhealthy",
        before={"backend_pull": "admin"},
        fault={
            "kind": "error",
            "method": "PUT",
            "path": "containerGroups/password-api",
            "status": 400,
            "code": "InaccessibleImage",
            "message": "The image in container group 'password-api' is not accessible.",
        },
    ),
    "capacity": Case(
        ("ServiceUnavailable", "no capacity for this size in this region", NOTHING),
        "unhealthy",
        fault={"kind": "capacity", "method": "PUT", "path": "containerGroups/capacity-api"},
    ),
    "operation": Case(
        ("accepted, then failed", PUT_BACK),
        "unhealthy",
        fault={
            "kind": "operation_failure",
            "method": "PUT",
            "path": "containerGroups/operation-api",
            "code": "InternalServerError",
            "message": "accepted, then failed",
        },
    ),
    "duo-health": Case(("answered status 500 after", STAYED), "health-error", before=BLUE_GREEN),
    "duo-late": Case(
        ("crash after 5 seconds", WENT_BACK), "crash-later", before=BLUE_GREEN, variables={"backend_bake_seconds": 12}
    ),
}
REPORT = ("expected ", "answered ", "state ", "done ", "next ")


class Stacks:
    """One stack for each case, all in one resource group and with one registry."""

    def __init__(self, azure: Simulator, folder: Path) -> None:
        self.azure = azure
        before: dict[str, dict[str, Any]] = {name: {**SHARED, **case.before} for name, case in CASES.items()}
        after = {
            name: {"backend_image_tag": CASES[name].build or GOOD, **variables, **CASES[name].variables}
            for name, variables in before.items()
        }
        self._before = write_inventory(folder / "before", before)
        self._after = write_inventory(folder / "after", after)

    def play(self, playbook: str, *arguments: str, broken: bool = False) -> Run:
        """Run one of the playbooks by name, on every stack unless the arguments limit it."""
        inventory = self._after if broken else self._before
        return run_playbook(playbook_path(playbook), *arguments, state_dir=self.azure.state_dir, inventory=inventory)

    def addresses(self) -> dict[str, str]:
        """Return the address of each container group by its name."""
        path = (
            f"{self.azure.subscription}/resourceGroups/shared-rg/providers/Microsoft.ContainerInstance/containerGroups"
        )
        groups = self.azure.call("GET", path, "2023-05-01").json()["value"]
        return {one["name"]: f"http://{one['properties']['ipAddress']['fqdn']}:8001" for one in groups}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stacks, Run]]:
    """Every stack with its good release, and then the one run that brings every broken one."""
    azure = Simulator(tmp_path_factory.mktemp("azure"), TIME_SCALE)
    azure.start()
    stacks = Stacks(azure, tmp_path_factory.mktemp("inventories"))
    first = ("--limit", next(iter(CASES)))
    pushed = stacks.play("push_sample_image", *first)
    assert pushed.code == 0, pushed.output
    assert stacks.play("setup_stack", *first).code == 0
    good = stacks.play("redeploy_backend")
    assert good.code == 0, good.output
    server = re.search(r"image (\S+)/codex-backend@", good.text())
    assert server is not None
    for build in {case.build for case in CASES.values() if case.build}:
        push_sample(azure, server[1], "codex-backend", build, "--version", f"broken-{build}", "--fault", build)
    for case in CASES.values():
        if case.fault:
            azure.hook("POST", "faults", case.fault)
    run = stacks.play("redeploy_backend", broken=True)
    yield stacks, run
    azure.stop()


def report(run: Run, stack: str) -> str:
    """Return the report of a failed stack, or where there is none, what it failed with."""
    pattern = rf"^fatal: \[{re.escape(stack)}\]: FAILED! =>(.*?)(?=^\S)"
    texts = [" ".join(text.split()) for text in re.findall(pattern, run.output, re.MULTILINE | re.DOTALL)]
    assert texts, f"{stack} did not fail in:\n{run.output}"
    return next((text for text in texts if f"msg: |- {stack}-api was not brought to" in text), texts[0])


@pytest.mark.parametrize("name", CASES)
def test_a_broken_release_leaves_the_old_one_serving(broken: tuple[Stacks, Run], name: str) -> None:
    stacks, run = broken
    text = report(run, name)
    for told in CASES[name].told:
        assert told in text
    if "was not brought to its wanted state" in text:
        places = [text.index(word) for word in REPORT]
        assert places == sorted(places), text
    group = f"{name}-api"
    serving = {stack: address for stack, address in stacks.addresses().items() if stack.startswith(group)}
    assert set(serving) == {f"{group}-blue" if CASES[name].before is BLUE_GREEN else group}
    for address in serving.values():
        with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as answer:
            assert json.loads(answer.read())["version"] == GOOD


def test_every_stack_verifies_and_none_has_a_new_release(broken: tuple[Stacks, Run]) -> None:
    stacks, _run = broken
    verified = stacks.play("verify_stack", "-e", "backend_check_p95=5000")
    assert verified.code == 0, verified.output
    listed = stacks.play("list_releases")
    for name in CASES:
        assert f"{name}: 1 release(s)" in listed.text()
