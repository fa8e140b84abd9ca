"""The server that something is restored into."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _servers

DEFAULTS: dict[str, Any] = {
    "location": "eastus",
    "version": "16",
    "sku": "Standard_D2ds_v5",
    "storage_gb": 32,
    "high_availability": "ZoneRedundant",
}


def test_only_servers_made_for_a_proof_of_this_stack_are_removed() -> None:
    ours = "codex-db-drill-20261123t031500z"
    servers: list[dict[str, Any]] = [
        {"name": ours, "tags": {"codex-scratch": "codex"}},
        {"name": "codex-db-drill-20261123t031501z", "tags": {"codex-scratch": "other"}},
        {"name": "codex-db-drill-20261123t031502z", "tags": {"owner": "somebody"}},
        {"name": "codex-db-drill-20261123t031503z", "tags": None},
        {"name": "codex-db-drill-20261123t031504z"},
        {"name": "codex-db", "tags": {"codex-scratch": "codex"}},
    ]
    assert _servers.scratch(servers, base="codex-db-drill", stack="codex") == [ours]


NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC).timestamp()


@pytest.mark.parametrize("stack", ["codex", "codex2", "co", "codex-db"])
@pytest.mark.parametrize("tag", ["codex-restoring", "codex-scratch"])
@pytest.mark.parametrize(
    ("name", "young"),
    [
        ("codex-db-20261123t031500z", False),
        ("codex-db-20261123t115900z", True),
        ("codex-db-drill-20261123t110000z", True),
        ("codex-db-drill-20261123t095900z", False),
        ("codex-db-20269999t999999z", False),
        ("named-by-somebody", False),
    ],
)
def test_what_a_run_has_left_is_told_with_what_ends_it(stack: str, tag: str, name: str, young: bool) -> None:
    words = "codex mark-20261123T031500Z-1" if tag == "codex-restoring" else "codex"
    servers: list[dict[str, Any]] = [
        {"name": "codex-db", "tags": {"owner": "codex"}},
        {"name": "codex-db-20261123t031500z-by-hand", "tags": None},
        {"name": name, "tags": {tag: words}},
    ]
    left = _servers.left_over(servers, stack=stack, host="production", group="rg", now=NOW, running_timeout=7200)
    if stack != "codex":
        assert left == []
        return
    (one,) = left
    assert one["check"]["ok"] is young and name in one["check"]["name"]
    assert f"PostgreSQL server {name} was made for" in one["message"]
    assert ("has not finished yet" if young else "did not finish") in one["message"]
    assert f"az postgres flexible-server delete --resource-group rg --name {name}" in one["message"]
    playbook = "restore_database" if tag == "codex-restoring" else "drill_restore"
    assert f"playbooks/{playbook}.yml --limit production" in one["message"]
    assert tag != "codex-restoring" or "-e restore=mark-20261123T031500Z-1" in one["message"]


@pytest.mark.parametrize(
    ("kind", "target", "found", "way", "problem"),
    [
        ("dump", "codex-db", None, "own", ""),
        ("point", "codex-db", None, "own", "Azure restores a point in time into a new server only"),
        ("dump", "new", None, "new", ""),
        ("point", "new", {}, "new", ""),
        ("dump", "near", {"name": "near", "tags": None}, "existing", ""),
        ("point", "near", {"name": "near"}, "existing", "There is a PostgreSQL server near already"),
        ("point", "near", {"name": "near", "tags": {"codex-restoring": "codex one"}}, "new", ""),
        ("dump", "near", {"name": "near", "tags": {"codex-restoring": "codex two"}}, "existing", ""),
    ],
)
def test_where_it_goes(kind: str, target: str, found: dict[str, Any] | None, way: str, problem: str) -> None:
    chosen = _servers.choose({"kind": kind}, target=target, own="codex-db", restoring="codex one", found=found)
    assert chosen["way"] == way
    assert chosen["problem"].startswith(problem)
    assert bool(chosen["problem"]) is bool(problem)


def test_what_azure_does_not_copy_is_as_on_the_source() -> None:
    office = {"name": "office", "start_ip_address": "203.0.113.0", "end_ip_address": "203.0.113.9"}
    source = {
        "location": "westus",
        "version": "15",
        "sku": {"name": "Standard_D4ds_v5"},
        "storage": {"storage_size_gb": 64},
        "configurations": [
            {"name": "work_mem", "value": "8192", "is_read_only": False},
            {"name": "fixed", "value": "1", "is_read_only": True},
        ],
        "firewall_rules": [
            office,
            {"name": "named", "start_ip_address": "203.0.113.0", "end_ip_address": "203.0.113.0"},
            {"name": "azure", "start_ip_address": "0.0.0.0", "end_ip_address": "0.0.0.0"},
        ],
    }
    assert _servers.settings(source, DEFAULTS, named_rules=["named"], scratch=False) == {
        "location": "westus",
        "version": "15",
        "sku": "Standard_D4ds_v5",
        "storage_gb": 64,
        "high_availability": "ZoneRedundant",
        "configurations": {"work_mem": "8192"},
        "firewall_rules": [office],
    }


def test_where_the_source_is_gone_the_inventory_says_it() -> None:
    found = _servers.settings({}, DEFAULTS, named_rules=[], scratch=False)
    assert found == {**DEFAULTS, "configurations": {}, "firewall_rules": []}


@pytest.mark.parametrize(
    ("sku", "scratch", "standby"),
    [
        ("Standard_B1ms", False, ""),
        ("Standard_D2ds_v5", True, ""),
        ("Standard_D2ds_v5", False, "ZoneRedundant"),
    ],
)
def test_a_standby_is_where_it_can_be_and_is_worth_it(sku: str, scratch: bool, standby: str) -> None:
    found = _servers.settings({"sku": {"name": sku}}, DEFAULTS, named_rules=[], scratch=scratch)
    assert found["high_availability"] == standby


def test_a_database_beside_the_stacks_own() -> None:
    dump, point = {"kind": "dump"}, {"kind": "point"}
    names: dict[str, Any] = {"own": "own", "restoring": "codex one", "database": "yesterday"}
    there = {"name": "other", "tags": {}}
    assert _servers.choose(dump, target="own", found=None, **names) == {"way": "own", "problem": ""}
    assert _servers.choose(dump, target="other", found=there, **names) == {"way": "existing", "problem": ""}
    assert "whole server" in _servers.choose(point, target="new", found=None, **names)["problem"]
    assert "no PostgreSQL server new" in _servers.choose(dump, target="new", found=None, **names)["problem"]
    assert "switch_backend" in _servers.choose(dump, target="own", found=None, switch=True, **names)["problem"]
