"""Releases of the backend: marked when they work, gone back to, pruned; a bad one puts itself back."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.inventory import write_inventory
from tests.support.local_azure import LocalAzure
from tests.support.playbooks import ROOT, Run, run_playbook
from tests.support.sample import push_sample

pytestmark = pytest.mark.slow


class Releases:
    """A stack whose backend is redeployed again and again."""

    def __init__(self, azure: LocalAzure, inventory: Path) -> None:
        self.azure = azure
        self._inventory = inventory
        assert self._run(ROOT / "tools" / "push_sample_image.yml").code == 0
        first = self.play("setup_stack")
        assert first.code == 0, first.output
        words = first.text().split()
        self.address = words[words.index("address") + 1]
        self.server = words[words.index("image") + 1].split("/")[0]

    def play(self, playbook: str, *arguments: str) -> Run:
        """Run one of the playbooks by name."""
        return self._run(ROOT / "playbooks" / f"{playbook}.yml", *arguments)

    def _run(self, path: Path, *arguments: str) -> Run:
        return run_playbook(path, *arguments, state_dir=self.azure.state_dir, inventory=self._inventory)

    def push(self, version: str, *options: str) -> None:
        """Push another version of the sample backend, which is the newest image then."""
        push_sample(self.azure, self.server, "codex-backend", version, "--version", version, *options)

    def version(self) -> str:
        """Return the version that answers."""
        with urllib.request.urlopen(self.address, timeout=10) as answer:
            return str(json.loads(answer.read())["version"])

    def listed(self) -> list[str]:
        """Return the lines of the list of releases."""
        run = self.play("list_releases")
        assert run.code == 0, run.output
        return [line.strip() for line in run.output.splitlines() if "release-only-" in line]


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Releases]:
    """A stack with its first release."""
    local = LocalAzure(tmp_path_factory.mktemp("azure"))
    local.start()
    inventory = write_inventory(
        tmp_path_factory.mktemp("inventory") / "stacks",
        {"only": {"backend_ready_timeout": 8, "backend_stable_seconds": 0}},
    )
    yield Releases(local, inventory)
    local.stop()


def test_a_release_is_made_listed_gone_back_to_and_pruned(releases: Releases) -> None:
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


def test_an_image_that_is_not_there_changes_nothing(releases: Releases) -> None:
    releases.azure.forget()
    run = releases.play("redeploy_backend", "-e", "backend_image_tag=nothing")
    assert run.code != 0
    assert "/codex-backend:nothing. Push it, then run this again" in run.text()
    assert releases.azure.writes() == []
