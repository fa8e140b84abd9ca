"""Who postgresql_firewall_rule admits, and what it refuses to open."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._postgresql._api import Child
from tests.support import postgresql
from tests.support.invoke import problems
from tests.support.postgresql import Memory

RULE: dict[str, Any] = {"server": "codex-db", "name": "office"}


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """See Memory."""
    memory = postgresql.install(monkeypatch)
    memory.add("codex-db")
    return memory


def run(check_mode: bool = False, **params: Any) -> dict[str, Any]:
    """Return the result of the module."""
    return postgresql.run("postgresql_firewall_rule", check_mode, **{**RULE, **params})


def addresses(memory: Memory) -> tuple[str, str]:
    """Return what the rule admits."""
    properties = memory.children[Child.FIREWALL_RULE]["office"]["properties"]
    return properties["startIpAddress"], properties["endIpAddress"]


def test_a_range_an_address_and_azure(memory: Memory) -> None:
    assert run(True, start_address="203.0.113.1")["changed"]
    assert run(start_address="203.0.113.1")["impact"] == "none"
    assert addresses(memory) == ("203.0.113.1", "203.0.113.1")
    widened = run(start_address="203.0.113.1", end_address="203.0.113.9")
    assert widened["diff"] == {"before": {"end_address": "203.0.113.1"}, "after": {"end_address": "203.0.113.9"}}
    assert not run(start_address="203.0.113.1", end_address="203.0.113.9")["changed"]
    assert not run()["changed"], "what is not named is not changed"
    assert run(azure_services=True)["changed"]
    assert addresses(memory) == ("0.0.0.0", "0.0.0.0")
    removed = run(state="absent")
    assert removed["changed"] and removed["impact"] == "none"
    assert not run(state="absent")["changed"]
    assert len(memory.verbs()) == 4


def test_a_new_rule_needs_an_address(memory: Memory) -> None:
    assert run()["failure"]["code"] == "AddressRequired"
    assert memory.verbs() == []


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"start_address": "here"}, "start_address: 'here' is not an IPv4 address"),
    ({"start_address": "::1"}, "is not an IPv4 address"),
    ({"end_address": "10.0.0.1"}, "start_address: missing"),
    ({"start_address": "10.0.0.2", "end_address": "10.0.0.1"}, "10.0.0.1 is before start_address 10.0.0.2"),
    ({"start_address": "0.0.0.0"}, "set azure_services if that is meant"),
    ({"start_address": "0.0.0.0", "end_address": "255.255.255.255"}, "set allow_any if that is meant"),
    ({"start_address": "1.0.0.0", "end_address": "255.255.255.254"}, "at least half of the internet"),
    ({"start_address": "10.0.0.1", "azure_services": True}, "no addresses of its own"),
    ({"azure_services": True, "allow_any": True}, "mutually exclusive"),
]


@pytest.mark.parametrize(("params", "words"), REFUSED)
def test_refused_before_any_request(params: dict[str, Any], words: str) -> None:
    found = problems("postgresql_firewall_rule", {"resource_group": "rg", **RULE, **params})
    assert len(found) == 1 and words in found[0], found


def test_everybody_is_admitted_when_that_is_meant(memory: Memory) -> None:
    assert run(start_address="0.0.0.0", end_address="255.255.255.255", allow_any=True)["changed"]
    assert addresses(memory) == ("0.0.0.0", "255.255.255.255")
