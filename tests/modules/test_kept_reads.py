"""What a run has read is kept for its other tasks, and decides no write: somebody may have been there meanwhile."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.simulator_fixture import Simulator
from tests.support.invoke import CONNECTION, invoke

pytestmark = pytest.mark.slow

GROUP_VERSION, REGISTRY_VERSION = "2025-04-01", "2025-11-01"
REGISTRY = "Microsoft.ContainerRegistry/registries/keptregistry"


class Run:
    """The tasks of one run, against one local Azure."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._simulator = simulator
        self._connection = {name: simulator.settings()[name] for name in CONNECTION}

    def task(self, module: str, *, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        """Return what a task gives, and put the number of its requests below subscriptions into it."""
        self._simulator.forget()
        result = invoke(module, {**self._connection, **params}, check_mode=check_mode, cache=self.folder, host="kept")
        assert not result.get("failed"), result
        asked = [one for one in self._simulator.requests() if one["path"].startswith("/subscriptions/")]
        return {**result, "asked": [one["method"] for one in asked]}


@pytest.fixture
def run(simulator: Simulator, tmp_path: Path) -> Run:
    """A later run on a group with a registry: nothing of it has been written by this run."""
    simulator.register("Microsoft.ContainerRegistry", "Microsoft.ManagedIdentity")
    earlier = Run(simulator, tmp_path / "earlier")
    earlier.task("resource_group", name="kept-rg", location="eastus", tags={"owner": "us"})
    registry(earlier)
    return Run(simulator, tmp_path / "run")


def group(run: Run, **params: Any) -> dict[str, Any]:
    return run.task("resource_group", name="kept-rg", location="eastus", **params)


def registry(run: Run, **params: Any) -> dict[str, Any]:
    return run.task("container_registry", resource_group="kept-rg", name="keptregistry", location="eastus", **params)


def somebody_tags(simulator: Simulator, **tags: str) -> None:
    """Change the tags of the group behind our back."""
    body = {"location": "eastus", "tags": tags}
    simulator.call("PUT", f"{simulator.subscription}/resourceGroups/kept-rg", GROUP_VERSION, body).raise_for_status()


def tags(simulator: Simulator) -> dict[str, str]:
    found = simulator.call("GET", f"{simulator.subscription}/resourceGroups/kept-rg", GROUP_VERSION).json()
    return dict(found["tags"])


def test_what_is_as_wanted_is_asked_for_once_in_a_run(run: Run) -> None:
    for asked in (["GET"], [], []):
        found = group(run, tags={"owner": "us"})
        assert (found["changed"], found["asked"]) == (False, asked)
    assert registry(run)["asked"] == ["GET"]
    assert registry(run, check_mode=True)["asked"] == []


def test_another_run_asks_itself(run: Run, simulator: Simulator, tmp_path: Path) -> None:
    group(run, tags={"owner": "us"})
    assert group(Run(simulator, tmp_path / "other"), tags={"owner": "us"})["asked"] == ["GET"]


def test_a_change_behind_our_back_survives_our_write(run: Run, simulator: Simulator) -> None:
    group(run, tags={"owner": "us"})
    somebody_tags(simulator, owner="us", theirs="stays")
    checked = group(run, tags={"owner": "me"}, check_mode=True)
    found = group(run, tags={"owner": "me"})
    assert tags(simulator) == {"owner": "me", "theirs": "stays"}
    for name in ("changed", "diff", "impact"):
        assert checked[name] == found[name]
    assert found["asked"] == ["GET", "PUT", "GET"]  # the first instead of what was kept


def test_what_somebody_has_done_already_is_not_written_again(run: Run, simulator: Simulator) -> None:
    group(run, tags={"owner": "us"})
    somebody_tags(simulator, owner="me")
    assert not group(run, tags={"owner": "me"}, check_mode=True)["changed"]
    found = group(run, tags={"owner": "me"})
    assert (found["changed"], found["asked"]) == (False, [])  # the check has asked


def test_what_somebody_has_deleted_is_made_again(run: Run, simulator: Simulator) -> None:
    registry(run)
    path = f"{simulator.subscription}/resourceGroups/kept-rg/providers/{REGISTRY}"
    simulator.call("DELETE", path, REGISTRY_VERSION).raise_for_status()
    simulator.hook("POST", "clock", {"seconds": 600})
    # What is as wanted by what was read a moment ago is left alone; a write of something else starts with a look.
    found = registry(run, sku="Standard")
    assert found["changed"]
    assert found["container_registry"]["sku"]["name"] == "Standard"


def test_after_a_write_everything_of_the_group_is_asked_for(run: Run) -> None:
    registry(run)
    group(run, tags={"owner": "me"})
    for _again in range(2):
        assert "GET" in registry(run)["asked"]
        assert "GET" in group(run, tags={"owner": "me"})["asked"]


def test_keys_are_asked_for_and_never_laid_down(run: Run) -> None:
    found = registry(run, admin_user_enabled=True, return_credentials=True)
    later = Run(run._simulator, run.folder.parent / "later")
    for _again in range(2):
        again = registry(later, admin_user_enabled=True, return_credentials=True)
        assert "POST" in again["asked"]
    password = found["container_registry"]["credentials"]["password"]
    assert password
    laid_down = [path.read_text(encoding="utf-8") for path in later.folder.iterdir()]
    assert any('"asked"' in text for text in laid_down)
    assert not any(password in text or json.dumps(password)[1:-1] in text for text in laid_down)
