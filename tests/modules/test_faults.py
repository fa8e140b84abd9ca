"""One hiccup of Azure costs nothing: a part of the matrix, another for each seed (`make faults` prints all of it)."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._azure import _transport
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _resource
from tests.simulator_fixture import Simulator
from tests.support.fault_matrix import (
    FAULTS,
    NO_AZURE,
    SCENARIOS,
    Cell,
    Matrix,
    World,
    cells,
    hurry,
    without_scenario,
)

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("CODEX_FAULTS_SEED", "13"))
CELLS = 40
# What takes seconds to bring up, or a second each time, is left to the whole matrix.
_HEAVY = (
    "postgresql",
    "redis",
    "operation_wait",
    "container_group",
    "container_image",
    "static_web_app_build",
    "static_web_app_deployment",
)


def test_every_module_has_its_place_in_the_matrix() -> None:
    assert without_scenario() == set()
    assert not {scenario.module for scenario in SCENARIOS} & set(NO_AZURE)


@pytest.fixture
def world(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """See World; nothing waits as long as for Azure."""
    hurry(monkeypatch.setattr)
    return World(simulator, tmp_path)


def test_a_part_of_the_matrix(world: World) -> None:
    light = [cell for cell in cells() if not cell.scenario.title.startswith(_HEAVY)]
    chosen = random.Random(SEED).sample(light, CELLS)
    matrix = Matrix(world)
    found = {str(cell): matrix.strike(cell) for cell in chosen}
    wrong = {cell: verdict for cell, verdict in found.items() if verdict not in ("ok", "-")}
    assert wrong == {}, f"CODEX_FAULTS_SEED={SEED}"
    assert list(found.values()).count("ok") > CELLS / 3


def test_a_write_that_was_done_is_not_done_twice(world: World) -> None:
    """What would hurt: a second restart of a group, a second identity, a second registry."""
    matrix = Matrix(world)
    scenario = next(one for one in SCENARIOS if one.title == "container_group")
    assert world.running
    for fault in ("503", "reset", "truncated"):
        world.simulator.forget()
        assert matrix.strike(Cell(scenario, "write", fault)) == "ok"
        struck_before = 0 if fault == "truncated" else 1  # refused before it was done, and so sent once more
        wanted = (1 if fault == "truncated" else 2) + struck_before
        assert len([one for one in world.simulator.writes() if one.startswith("PUT")]) == wanted, fault


def test_throttling_of_a_write_is_waited_out(world: World) -> None:
    world.simulator.fault(**FAULTS["429"], method="PUT", times=5)
    result = world.attempt("resource_group", name=world.group, location="eastus", tags={"a": "b"})
    assert result["changed"] and not result.get("failed")
    assert len(result["retries"]) == 5 and all("HTTP 429" in one for one in result["retries"])
    assert not result.get("warnings")


def test_throttling_beyond_the_deadline_is_said(world: World) -> None:
    world.simulator.fault("throttle", seconds=3600, method="PUT", times=None)
    try:
        result = world.attempt("resource_group", name=world.group, location="eastus", tags={"c": "d"}, timeout=30)
    finally:
        world.simulator.hook("DELETE", "faults")
    assert result["failed"] and result["failure"]["code"] == "TooManyRequests", result
    assert not result.get("retries")


@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "429"])
def test_what_stays_broken_is_said_with_a_remedy(world: World, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    monkeypatch.setattr(_transport, "TRIES", 3)
    monkeypatch.setattr(_resource, "LOST_SECONDS", (0.01,))
    world.simulator.fault(**FAULTS[fault], method="PUT", path="/resourceGroups/[^/]+$", times=None)
    try:
        result: dict[str, Any] = world.attempt("resource_group", name="rg-never", location="eastus")
    finally:
        world.simulator.hook("DELETE", "faults")
    if fault == "truncated":  # it was done every time, and found
        assert not result.get("failed"), result
        return
    assert result["failed"]
    assert "\n" not in result["msg"] and "capacity" not in result["msg"]
