"""Releases of the backend: marked when they work, gone back to, pruned; a bad one puts itself back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator_fixture import Simulator
from tests.support.stack import Stack

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with its first release."""
    local = Simulator(tmp_path_factory.mktemp("azure"), 0)
    local.start()
    only = Stack(local, tmp_path_factory.mktemp("inventory"), "only", {"backend_ready_timeout": 60})
    only.set_up()
    yield only
    local.stop()


def test_a_release_is_made_listed_gone_back_to_and_pruned(releases: Stack) -> None:
    assert releases.version() == "1.0.0"
    assert len(releases.listed()) == 1
    nothing = releases.play("rollback_backend")
    assert nothing.code != 0
    assert "There is no release of only-api before the one that runs" in nothing.text()

    releases.push("2.0.0")
    deployed = releases.play("redeploy_backend")
    assert deployed.code == 0, deployed.output
    assert releases.version() == "2.0.0"
    newest, first = releases.listed()
    assert newest.startswith("> ") and not first.startswith("> ")

    releases.azure.forget()
    again = releases.play("redeploy_backend")
    assert again.recap("only")["changed"] == 0
    assert releases.azure.writes() == []

    checked = releases.play("rollback_backend", "--check", "--diff")
    assert checked.code == 0, checked.output
    assert releases.azure.writes() == []
    back = releases.play("rollback_backend")
    assert back.code == 0, back.output
    assert releases.version() == "1.0.0"

    named = releases.play("rollback_backend", "-e", f"release={newest.split()[1]}")
    assert named.code == 0, named.output
    assert releases.version() == "2.0.0"
    unknown = releases.play("rollback_backend", "-e", "release=release-of-nobody")
    assert unknown.code != 0
    assert "There is no release release-of-nobody of only-api. Releases: release-only-" in unknown.text()

    before = releases.listed()
    releases.azure.forget()
    would = releases.play("prune_releases", "-e", "backend_prune_keep=1")
    assert would.code == 0, would.output
    assert "would be removed; to do it: -e prune=true" in would.text()
    assert releases.azure.writes() == []
    done = releases.play("prune_releases", "-e", "backend_prune_keep=1", "-e", "prune=true")
    assert done.code == 0, done.output
    after = releases.listed()
    assert len(before) > len(after) >= 1
    assert after[0].startswith("> "), "what is deployed has to stay"
    assert releases.version() == "2.0.0"


def test_an_image_that_is_not_there_changes_nothing(releases: Stack) -> None:
    releases.azure.forget()
    run = releases.play("redeploy_backend", "-e", "backend_image_tag=nothing")
    assert run.code != 0
    assert "/codex-backend:nothing. Push it, then run this again" in run.text()
    assert releases.azure.writes() == []
