"""Blue and green under load: no request is lost, whatever is deployed and wherever the run is killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulator_fixture import Simulator
from tests.support.load import Load
from tests.support.stack import BLUE_GREEN, Stack
from tests.support.waiting import until

pytestmark = pytest.mark.soak

WRITES = 7
"""Of one blue/green redeployment: group, profile (announced, switched, cleaned), old group, release, group's tags."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with blue and green and two good images."""
    local = Simulator(tmp_path_factory.mktemp("azure"), 0)
    local.start()
    duo = Stack(local, tmp_path_factory.mktemp("inventory"), "duo", BLUE_GREEN)
    duo.set_up()
    duo.push("2.0.0")
    yield duo
    local.stop()


def other(version: str) -> str:
    """Return the version that is not this one."""
    return "2.0.0" if version == "1.0.0" else "1.0.0"


def written(stack: Stack) -> int:
    """Return how many writes Azure and the registry have taken since the last `forget`."""
    return sum(one["is_write"] and one["status"] < 400 for one in stack.azure.requests())


def test_ten_redeployments_lose_no_request(stack: Stack) -> None:
    with Load(stack.address) as load:
        for _number in range(10):
            wanted = other(stack.version())
            run = stack.play("redeploy_backend", "-e", f"backend_image_tag={wanted}")
            assert run.code == 0, run.output
            assert stack.version() == wanted
    assert load.failures == []
    assert load.sent > 10 * 50, "the load has to have been there all the time"


@pytest.mark.parametrize("number", range(1, WRITES + 1))
def test_a_run_killed_after_a_write_is_finished_by_the_next(stack: Stack, number: int, tmp_path: Path) -> None:
    before = stack.version()
    wanted = other(before)
    arguments = ("-e", f"backend_image_tag={wanted}")
    stack.azure.forget()
    with Load(stack.address) as load:
        with stack.start("redeploy_backend", *arguments, log=tmp_path / "output") as run:
            until(lambda: written(stack) >= number or run.is_over(), f"write {number}")
            assert not run.is_over(), run.said()
        assert stack.version() in (before, wanted)
        again = stack.play("redeploy_backend", *arguments)
        assert again.code == 0, again.output
        assert stack.version() == wanted
    assert load.failures == []
    assert len(stack.groups()) == 1


def test_the_runs_were_killed_at_every_write_and_nothing_is_left_of_them(stack: Stack) -> None:
    wanted = other(stack.version())
    arguments = ("-e", f"backend_image_tag={wanted}")
    stack.azure.forget()
    assert stack.play("redeploy_backend", *arguments).code == 0
    assert written(stack) == WRITES
    verified = stack.play("verify_stack")
    assert verified.code == 0, verified.output
    stack.azure.forget()
    assert stack.play("redeploy_backend", *arguments).recap("duo")["changed"] == 0
    assert stack.azure.writes() == []
