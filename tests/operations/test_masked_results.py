"""Secrets that are a part of names, hosts, images, numbers, plain values: hiding them changes nothing that runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulator_fixture import Simulator
from tests.support.stack import BLUE_GREEN, Stack

pytestmark = [pytest.mark.slow, pytest.mark.soak]

PLAIN = {
    "PORT": "8001",
    "ENVIRONMENT": "production",
    "ALLOWED_ORIGINS": "https://codex.example",
    "CORS_ENABLED": "true",
    "LEVEL": "none restart True 1",
}
ONE_BY_ONE = {
    "a part of a plain value": {"SMTP_USER": "codex.example"},
    "a common word": {"DB_USER": "codex"},
    "one character": {"REDIS_DB": "1"},
}
"""The inputs with which this was found."""


def every_part(stack: Stack) -> dict[str, str]:
    """Return as many secrets as a group holds, each of them a part of what the stack is made of."""
    image = f"{stack.server}/codex-backend"
    wholes = (
        "codex-api-blue",
        "codex-rg",
        "eastus",
        "Running",
        "Succeeded",
        "Public",
        "restart",
        "none",
        "True",
        "sha256:",
    )
    parts = {"8001", "codex", "api", "azurecr", "release", "green", "backend", "127.77", "http", "production", "Online"}
    parts |= {*wholes, image, stack.server, stack.name, image[3:9], *PLAIN.values()}
    return {f"S{number:02}": part for number, part in enumerate(sorted(parts))}


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A local Azure."""
    local = Simulator(tmp_path_factory.mktemp("azure"), 0)
    local.start()
    yield local
    local.stop()


def made(azure: Simulator, folder: Path, name: str, variables: dict[str, Any]) -> Stack:
    """Return a stack with its first release and a broken one in its registry."""
    common = {"backend_environment": PLAIN, "backend_stable_seconds": 3, "backend_ready_timeout": 30}
    stack = Stack(azure, folder, name, {**variables, **common})
    stack.set_up()
    stack.push("broken", "--fault", "crash")
    return stack


@pytest.fixture(scope="module")
def in_place(azure: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A stack whose group is changed in place."""
    return made(azure, tmp_path_factory.mktemp("inventory"), "codex", {})


@pytest.fixture(scope="module")
def blue_green(azure: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """A stack with two colours."""
    return made(azure, tmp_path_factory.mktemp("inventory"), "codex2", {**BLUE_GREEN, "backend_ready_timeout": 30})


def environment(stack: Stack) -> list[dict[str, str]]:
    """Return what Azure says of the variables of the group that there is."""
    path = f"{stack.azure.subscription}/resourceGroups/{stack.name}-rg/providers/Microsoft.ContainerInstance"
    (group,) = stack.azure.call("GET", f"{path}/containerGroups", "2023-05-01").json()["value"]
    found: list[dict[str, str]] = group["properties"]["containers"][0]["properties"]["environmentVariables"]
    return found


def given(secrets: dict[str, str]) -> tuple[str, str]:
    """Return the arguments that give secrets to a run."""
    return "-e", json.dumps({"backend_secret_environment": secrets})


def ends_well(stack: Stack, secrets: dict[str, str], put_back: str) -> None:
    """Change the environment, then bring a broken release that must not stay."""
    changed = stack.play("update_env", *given(secrets))
    assert changed.code == 0, changed.output
    after = environment(stack)
    assert {one["name"]: one["value"] for one in after if "value" in one} == PLAIN
    assert {one["name"] for one in after if "value" not in one} == set(secrets)
    again = stack.play("update_env", *given(secrets))
    assert again.recap(stack.name)["changed"] == 0, again.output

    broken = stack.play("redeploy_backend", "-e", "backend_image_tag=broken", *given(secrets))
    assert broken.code != 0
    text = broken.text()
    assert put_back in text, broken.output
    assert f"Then: ansible-playbook playbooks/redeploy_backend.yml --limit {stack.name}" in text
    assert environment(stack) == after
    assert stack.version() == "1.0.0"


@pytest.mark.parametrize("name", [*ONE_BY_ONE, "every part"])
def test_a_broken_release_is_put_back_as_it_was(in_place: Stack, name: str) -> None:
    ends_well(in_place, ONE_BY_ONE.get(name) or every_part(in_place), "which answers again.")
    shown = in_place.play("show_logs", *given({"WORD": "startup", "PART": "Uvicorn"}))
    assert shown.code == 0, shown.output
    lines = shown.output.split("lines of its log:")[1]
    assert "********" in lines
    assert not re.search("startup|Uvicorn", lines)


@pytest.mark.parametrize("name", ["a common word", "every part"])
def test_the_traffic_goes_where_it_should(blue_green: Stack, name: str) -> None:
    before = blue_green.groups()
    ends_well(blue_green, ONE_BY_ONE.get(name) or every_part(blue_green), "stayed on codex2-api-")
    assert blue_green.groups() != before, "the environment went to the other colour"
    verified = blue_green.play("verify_stack", "-e", "backend_check_p95=5000")
    assert verified.code == 0, verified.output
