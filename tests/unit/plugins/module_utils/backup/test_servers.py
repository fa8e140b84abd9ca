"""The server that something is restored into."""

from __future__ import annotations

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
