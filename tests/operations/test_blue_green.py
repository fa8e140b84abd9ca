"""Blue and green: the change goes to the group that does not serve, and the traffic follows once that one answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator_fixture import Simulator
from tests.support.stack import BLUE_GREEN, Stack

pytestmark = [pytest.mark.slow, pytest.mark.soak]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with its first release, on blue."""
    local = Simulator(tmp_path_factory.mktemp("azure"), 0)
    local.start()
    duo = Stack(local, tmp_path_factory.mktemp("inventory"), "duo", BLUE_GREEN)
    duo.set_up()
    yield duo
    local.stop()


def test_a_release_goes_from_blue_to_green_and_back(stack: Stack) -> None:
    assert stack.version() == "1.0.0"
    stack.azure.forget()
    again = stack.play("setup_stack")
    assert again.recap("duo")["changed"] == 0, again.output
    assert stack.azure.writes() == []

    stack.push("2.0.0")
    stack.azure.forget()
    checked = stack.play("redeploy_backend", "--check", "--diff")
    assert checked.code == 0, checked.output
    assert stack.azure.writes() == []
    done = stack.play("redeploy_backend")
    assert done.code == 0, done.output
    assert (stack.version(), stack.groups()) == ("2.0.0", ["duo-api-green"])
    verified = stack.play("verify_stack")
    assert verified.code == 0, verified.output
    assert "duo-api-green alone takes the traffic" in verified.text()

    back = stack.play("rollback_backend")
    assert back.code == 0, back.output
    assert (stack.version(), stack.groups()) == ("1.0.0", ["duo-api-blue"])


def test_a_restart_is_that_of_the_group_that_serves(stack: Stack) -> None:
    serving = stack.groups()
    stack.azure.forget()
    run = stack.play("restart_backend")
    assert run.code == 0, run.output
    assert f"{serving[0]} was restarted (impact: restart)" in run.text()
    assert [write.split("/")[-2:] for write in stack.azure.writes()] == [[serving[0], "restart"]]
    assert stack.groups() == serving


def test_the_old_group_may_be_kept_and_a_rollback_starts_it(stack: Stack) -> None:
    keep = ("-e", "backend_keep_previous=true")
    stack.push("3.0.0")
    assert stack.play("redeploy_backend", *keep).code == 0
    assert stack.version() == "3.0.0"
    assert len(stack.groups()) == 2
    stack.azure.forget()
    again = stack.play("redeploy_backend", *keep)
    assert again.recap("duo")["changed"] == 0, again.output
    assert stack.azure.writes() == []
    back = stack.play("rollback_backend", *keep)
    assert back.code == 0, back.output
    assert stack.version() != "3.0.0"
    assert any(write.endswith("/start") for write in stack.azure.writes())
    assert stack.play("redeploy_backend").code == 0
    assert len(stack.groups()) == 1


def test_the_environment_goes_the_same_way_and_the_image_stays(stack: Stack) -> None:
    change = ("-e", '{"backend_environment": {"PORT": "8001", "LOG_LEVEL": "debug"}}')
    before, groups = stack.version(), stack.groups()
    done = stack.play("update_env", *change)
    assert done.code == 0, done.output
    assert stack.version() == before
    assert stack.groups() != groups
    stack.azure.forget()
    again = stack.play("update_env", *change)
    assert again.recap("duo")["changed"] == 0, again.output
    assert stack.azure.writes() == []


def test_a_bad_release_gets_no_traffic(stack: Stack) -> None:
    before = (stack.version(), stack.groups())
    stack.push("bad-crash", "--fault", "crash")
    stack.azure.forget()
    run = stack.play("redeploy_backend")
    assert run.code != 0
    assert "The traffic stayed on duo-api-" in run.text()
    assert "was removed." in run.text()
    assert (stack.version(), stack.groups()) == before
    assert not any("trafficManagerProfiles" in write for write in stack.azure.writes())


def test_what_cannot_work_is_refused_together(stack: Stack) -> None:
    stack.azure.forget()
    run = stack.play(
        "redeploy_backend", "-e", "{backend_drain_seconds: 0, backend_wait: false, backend_readiness_path: ''}"
    )
    assert run.code != 0
    for problem in (
        "backend_drain_seconds: 0 is less than backend_traffic_ttl",
        "backend_wait: backend_strategy blue_green needs true",
        "backend_readiness_path: backend_strategy blue_green needs it",
    ):
        assert problem in run.text()
    assert stack.azure.writes() == []


def test_another_strategy_says_what_it_means_first_and_goes_both_ways(stack: Stack) -> None:
    blue_green = ("-e", "backend_image_tag=1.0.0")
    in_place = (*blue_green, "-e", "backend_strategy=in_place")
    for strategy, groups in ((in_place, ["duo-api"]), (blue_green, ["duo-api-blue"])):
        allowed = (*strategy, "-e", "backend_allow_recreate=true")
        stack.azure.forget()
        refused = stack.play("redeploy_backend", *strategy)
        assert refused.code != 0
        assert "gets another address" in refused.text()
        assert "To do it: -e backend_allow_recreate=true" in refused.text()
        assert stack.azure.writes() == []
        if strategy is in_place:
            bad = stack.play("redeploy_backend", *allowed, "-e", "backend_image_tag=bad-crash")
            assert bad.code != 0
            assert "duo-api was removed." in bad.text()
        checked = stack.play("redeploy_backend", *allowed, "--check")
        assert "duo-api would be changed (impact: recreate)" in checked.text()
        run = stack.play("redeploy_backend", *allowed)
        assert run.code == 0, run.output
        assert "duo-api was changed (impact: recreate)" in run.text()
        assert stack.groups() == groups
        again = stack.play("redeploy_backend", *strategy)
        assert again.recap("duo")["changed"] == 0, again.output


def test_teardown_leaves_nothing(stack: Stack) -> None:
    run = stack.play("teardown_stack", "-e", "confirm=duo")
    assert run.code == 0, run.output
    assert stack.groups() == []


def test_a_traffic_manager_name_that_is_taken_is_found_out_first(stack: Stack) -> None:
    stack.azure.hook("POST", "traffic-manager/reserve-name", {"name": "taken"})
    assert stack.play("setup_stack", "--tags", "registry").code == 0
    assert stack.play("push_sample_image").code == 0
    run = stack.play("setup_stack", "-e", "backend_traffic_name=taken")
    assert run.code != 0
    assert "taken" in run.text()
    assert stack.groups() == []
