"""Which domains have to be added or removed, and what is told of them."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Impact
from ansible_collections.codexdominion.azure.plugins.module_utils._static_site import _domains

HOST = "jolly-mud-0.4.azurestaticapps.net"
# They contain each other.
NAMES = ("example.com", "www.example.com", "www.example.com.au")


def domain(name: str, status: str | None = "Ready", token: str | None = None) -> dict[str, Any]:
    """A domain as Azure tells of it."""
    return {"name": name, "properties": {"domainName": name, "status": status, "validationToken": token}}


@pytest.mark.parametrize(
    ("wanted", "present"),
    [
        (wanted, present)
        for size in range(len(NAMES) + 1)
        for wanted in itertools.combinations(NAMES, size)
        for other in range(len(NAMES) + 1)
        for present in itertools.combinations(NAMES, other)
    ],
)
def test_what_is_wanted_is_what_will_be(wanted: tuple[str, ...], present: tuple[str, ...]) -> None:
    changes = _domains.changes(dict.fromkeys(wanted, "dns_txt"), {name: domain(name) for name in present}, ())
    left = set(present)
    for change in changes:
        assert change.path[0] == "custom_domains"
        if change.after is None:
            assert change.impact is Impact.RECREATE
            left.remove(change.path[1])
        else:
            assert change.impact is Impact.NONE
            left.add(change.path[1])
    assert left == set(wanted)
    assert bool(changes) is (set(wanted) != set(present))


@pytest.mark.parametrize("status", ["RetrievingValidationToken", "Validating", "Adding", "Ready", "Unhealthy", None])
def test_what_is_on_its_way_is_left_alone(status: str | None) -> None:
    assert _domains.changes({NAMES[0]: "dns_txt"}, {NAMES[0]: domain(NAMES[0], status)}, ()) == []


def test_what_has_failed_is_added_again() -> None:
    (change,) = _domains.changes({NAMES[0]: "cname"}, {NAMES[0]: domain(NAMES[0], "Failed")}, ())
    assert (change.before, change.after) == ("Failed", "cname")


def test_what_waits_for_its_record_is_no_change() -> None:
    assert _domains.changes({NAMES[1]: "cname", NAMES[0]: "dns_txt"}, {}, {NAMES[1]: "why"})[0].path[1] == NAMES[0]


@pytest.mark.parametrize(
    ("found", "status", "record"),
    [
        (domain("www.example.com"), "Ready", None),
        (domain("www.example.com", None), "Ready", None),
        (
            domain("www.example.com", "Validating", "_t"),
            "Validating",
            {"type": "TXT", "name": "_dnsauth.www.example.com", "value": "_t"},
        ),
        (
            domain("example.com", "Validating", "_t"),
            "Validating",
            {"type": "TXT", "name": "example.com", "value": "_t"},
        ),
        (
            domain("www.example.com", "Unhealthy"),
            "Unhealthy",
            {"type": "CNAME", "name": "www.example.com", "value": HOST},
        ),
    ],
)
def test_tells_which_record_is_to_be_made(found: dict[str, Any], status: str, record: Any) -> None:
    described = _domains.describe(found, HOST)
    assert (described["status"], described["dns_record"]) == (status, record)


def test_a_record_cannot_lead_to_a_site_without_a_name() -> None:
    told = _domains.waiting_for_record("www.example.com", None, None)
    assert (told["status"], told["dns_record"]) == ("RecordMissing", None)


@pytest.mark.parametrize(
    "name", ["", "example", "-a.com", "a..com", "A.com", "a_b.com", "a.com.", "*.a.com", "xn--a.com"]
)
def test_refuses_what_is_no_name_of_a_host(name: str) -> None:
    assert _domains.problem_with_name(name)


@pytest.mark.parametrize("name", NAMES)
def test_takes_names_of_hosts(name: str) -> None:
    assert _domains.problem_with_name(name) is None
