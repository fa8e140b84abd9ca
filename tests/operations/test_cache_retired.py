"""The cache of a stack in a subscription for which Azure makes no Azure Cache for Redis any more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.local_azure import LocalAzure
from tests.support.playbooks import ROOT, Run, run_playbook

SETUP = ROOT / "playbooks" / "setup_stack.yml"

pytestmark = pytest.mark.slow


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[LocalAzure]:
    """A local Azure that refuses to create classic caches."""
    local = LocalAzure(tmp_path / "azure")
    local.start()
    local.hook("POST", "redis/creation", {"creation": "blocked"})
    (local.state_dir / "profile").write_text("full", encoding="utf-8")
    yield local
    local.stop()


def set_up(azure: LocalAzure, *arguments: str) -> Run:
    """Set up the cache of the rehearsed stack, and what it needs."""
    return run_playbook(SETUP, "--tags", "cache", *arguments, state_dir=azure.state_dir)


def cache_writes(azure: LocalAzure) -> list[str]:
    """Return the kind of resource of every PUT about caches."""
    parts = [write.split("/providers/Microsoft.Cache/") for write in azure.writes() if write.startswith("PUT ")]
    return [right.split("/")[0] for _left, *rest in parts for right in rest]


def test_auto_takes_the_successor_and_says_why(azure: LocalAzure) -> None:
    azure.forget()
    rehearsed = set_up(azure, "--check")
    assert rehearsed.code == 0, rehearsed.output
    assert "If Azure makes none any more for this subscription, it will be Azure Managed Redis" in rehearsed.text()
    assert not azure.writes()

    made = set_up(azure)
    assert made.code == 0, made.output
    assert "codex-redis-cache becomes an Azure Managed Redis." in made.text()
    assert "No new caches of this kind here" in made.text(), made.output
    # Asked for once, refused once; then the cluster, and its database.
    assert cache_writes(azure) == ["redis", "redisEnterprise", "redisEnterprise"]

    azure.forget()
    again = set_up(azure)
    assert again.code == 0, again.output
    assert again.recap("rehearsal")["changed"] == 0, again.output
    assert not azure.writes()


def test_a_classic_one_that_was_asked_for_is_not_replaced_by_another(azure: LocalAzure) -> None:
    refused = set_up(azure, "-e", "redis_service=classic")
    assert refused.code != 0
    assert "create an Azure Managed Redis" in refused.text()
    assert cache_writes(azure) == ["redis"]
