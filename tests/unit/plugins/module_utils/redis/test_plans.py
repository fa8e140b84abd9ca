"""What a migration, a reboot and a flush do, and what stands against them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.filter.redis_flush_plan import redis_flush_plan
from ansible_collections.codexdominion.azure.plugins.filter.redis_migration_plan import redis_migration_plan
from ansible_collections.codexdominion.azure.plugins.filter.redis_reboot_plan import redis_reboot_plan
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _reboot_plan

CLASSIC: dict[str, Any] = {"sku": "Standard C0", "tags": {}, "keys": {"primary": "s3cret"}}
MANAGED: dict[str, Any] = {"sku": "Balanced_B5", "tags": {}, "keys": {"primary": "s3cret"}}
COPYING = {**MANAGED, "tags": {"codex-migration": "copying"}}
SWITCHED = {**MANAGED, "tags": {"codex-migration": "switched"}}


def migration(classic: Any, managed: Any, expected: str = "auto") -> dict[str, Any]:
    """Return the plan for a cache of one name."""
    caches = {"classic": classic, "managed": managed, "classic_in_subscription": None}
    where = {"name": "cache", "resource_group": "rg", "host": "north"}
    return dict(redis_migration_plan(caches, expected=expected, sku="Balanced_B0", **where))


@pytest.mark.parametrize(
    ("classic", "managed", "migrates", "copies", "text"),
    [
        (
            CLASSIC,
            None,
            True,
            True,
            "cache, Azure Cache for Redis Standard C0, is to be replaced by Azure Managed ",
        ),
        (CLASSIC, COPYING, True, True, "is to be replaced by Azure Managed Redis Balanced_B5. The keys are copied"),
        (
            CLASSIC,
            SWITCHED,
            True,
            False,
            "by Azure Managed Redis Balanced_B5. Its keys are not copied again",
        ),
        (CLASSIC, MANAGED, True, False, "was replaced by"),
        (
            None,
            MANAGED,
            False,
            False,
            "cache is an Azure Managed Redis already, and there is no other. Nothing",
        ),
        (None, COPYING, False, False, "Nothing to migrate."),
    ],
)
def test_migrations(classic: Any, managed: Any, migrates: bool, copies: bool, text: str) -> None:
    for expected in ("auto", "managed"):
        plan = migration(classic, managed, expected)
        assert (plan["migrates"], plan["copies"], plan["problem"]) == (migrates, copies, "")
        assert text in plan["text"] and "s3cret" not in str(plan)


def test_migrations_that_cannot_be() -> None:
    asked = migration(CLASSIC, None, "classic")
    assert asked["problem"].startswith("The inventory says redis_service: classic.")
    none = migration(None, None)
    assert "There is no Azure Cache for Redis named cache in rg." in none["problem"]
    assert none["problem"].endswith("playbooks/provision_cache.yml --limit north")
    assert not any(plan[step] for plan in (asked, none) for step in ("migrates", "copies"))


@pytest.mark.parametrize(
    ("sku", "nodes", "order", "loses_data", "impact"),
    [
        ("Standard C0", "rolling", ["secondary", "primary"], False, "disconnected for a moment"),
        ("Premium P1", "primary", ["primary"], False, "disconnected for a moment"),
        ("Standard C1", "secondary", ["secondary"], False, "clients notice nothing"),
        ("Standard C1", "all", ["all"], True, "All its data is lost"),
        ("Basic C0", "rolling", ["primary"], True, "All its data is lost"),
        ("Basic C0", "primary", ["primary"], True, "All its data is lost"),
    ],
)
def test_reboots(sku: str, nodes: str, order: list[str], loses_data: bool, impact: str) -> None:
    given = {"service": "classic", "nodes": nodes, "name": "cache", "host": "north"}
    plan = redis_reboot_plan(sku, **given, confirmed=True)
    assert (plan["order"], plan["loses_data"], plan["problem"]) == (order, loses_data, "")
    assert impact in plan["impact"]
    problem = redis_reboot_plan(sku, **given, confirmed=False)["problem"]
    assert bool(problem) is loses_data
    if loses_data:
        assert f"This reboots {', then '.join(order)} of cache. All its data is lost" in problem
        assert problem.endswith("-e confirm=cache")


def test_reboots_that_cannot_be() -> None:
    given: dict[str, Any] = {"name": "cache", "host": "north", "confirmed": True}
    managed = redis_reboot_plan("Balanced_B0", service="managed", nodes="rolling", **given)["problem"]
    assert "cannot be rebooted" in managed and "playbooks/flush_cache.yml --limit north" in managed
    alone = redis_reboot_plan("Basic C0", service="classic", nodes="secondary", **given)["problem"]
    assert alone == "cache is a Basic cache, and has no secondary node."


def test_what_was_seen_of_reboots() -> None:
    seen = {
        "nodes": "secondary",
        "verified": True,
        "run_id_before": "a",
        "run_id": "a",
        "uptime_seconds": 3600,
        "keys_before": 5,
        "keys": 5,
        "away_seconds": 0.0,
        "seconds": 8.1,
    }
    lines = _reboot_plan.report([seen, {**seen, "nodes": "primary", "run_id": "b"}]).splitlines()
    assert lines == [
        "secondary  away for 0.0 s, proven after 8.1 s; the same node serves, up for 3600 s; keys 5 before, 5 after",
        "primary    away for 0.0 s, proven after 8.1 s; another node serves now, up for 3600 s; keys 5 before, 5 after",
    ]
    assert _reboot_plan.report([]) == _reboot_plan.report([{"nodes": "all", "verified": False}]) == ""


@pytest.mark.parametrize(
    ("pattern", "all_of_them"),
    [("", True), ("*", True), ("**?", True), ("?", True), ("session:*", False), ("a", False), ("[^~]*", True)],
)
def test_flushes(pattern: str, all_of_them: bool) -> None:
    plan = redis_flush_plan(pattern, name="cache", database="3")
    assert plan["deletes_all"] is bool(plan["problem"]) is all_of_them
    does = f"The pattern {pattern} matches nearly every key" if pattern else "This deletes every key"
    assert not all_of_them or plan["problem"].startswith(f"{does} of cache, database 3. If that is meant")
    assert redis_flush_plan(pattern, name="cache", confirmed=True) == {"deletes_all": all_of_them, "problem": ""}


def test_a_flush_of_all_databases_names_the_cache_only() -> None:
    assert "every key of cache. If" in redis_flush_plan("", name="cache")["problem"]
