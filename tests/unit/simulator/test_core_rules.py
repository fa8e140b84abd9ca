"""Routing, body checks, faults, throttling, durations, redaction."""

from __future__ import annotations

from typing import Any

import pytest

from azure_simulator.core.body import Anything, Array, Boolean, Integer, MapOf, Number, Object, String
from azure_simulator.core.durations import Durations
from azure_simulator.core.errors import ArmError
from azure_simulator.core.faults import Faults
from azure_simulator.core.request_log import is_write, redact
from azure_simulator.core.routing import ArmRequest, ArmResponse, Route, Router
from azure_simulator.core.throttling import Throttle

THING = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Things/things/{name}"


async def _handler(request: ArmRequest) -> ArmResponse:
    return ArmResponse()


def _route(method: str, template: str) -> Route:
    return Route(method, template, _handler)


@pytest.fixture
def router() -> Router:
    return Router(
        [
            _route("GET", THING),
            _route("PUT", THING),
            _route("POST", THING + "/start"),
            _route("GET", "/subscriptions/{subscription}/resourcegroups/{group}"),
            _route("PUT", "{scope}/providers/Microsoft.Authorization/locks/{name}"),
        ]
    )


def test_literals_match_without_case_and_values_keep_theirs(router: Router) -> None:
    match = router.match("GET", "/SUBSCRIPTIONS/s/resourcegroups/RG/providers/microsoft.things/THINGS/Name")
    assert match is not None
    assert match.params == {"subscription": "s", "group": "RG", "name": "Name"}


def test_known_path_with_another_method(router: Router) -> None:
    match = router.match("DELETE", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Things/things/n")
    assert match is not None
    assert match.route is None
    assert set(match.methods) == {"GET", "PUT"}


def test_unknown_path(router: Router) -> None:
    assert router.match("GET", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Things/others/n") is None


@pytest.mark.parametrize(
    "scope", ["/subscriptions/s", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Things/things/n"]
)
def test_extension_resources_at_any_scope(router: Router, scope: str) -> None:
    match = router.match("PUT", f"{scope}/providers/Microsoft.Authorization/locks/keep")
    assert match is not None
    assert match.params == {"scope": scope, "name": "keep"}


@pytest.mark.parametrize(
    ("method", "template", "action"),
    [
        ("GET", THING, "Microsoft.Things/things/read"),
        ("PUT", THING, "Microsoft.Things/things/write"),
        ("DELETE", THING + "/parts/{part}", "Microsoft.Things/things/parts/delete"),
        ("POST", THING + "/start", "Microsoft.Things/things/start/action"),
        ("DELETE", "/subscriptions/{s}/resourcegroups/{g}", "Microsoft.Resources/subscriptions/resourceGroups/delete"),
    ],
)
def test_permission_of_a_route(method: str, template: str, action: str) -> None:
    assert _route(method, template).action == action


def test_a_route_twice_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="twice"):
        Router([_route("GET", THING), _route("GET", THING.upper().replace("{NAME}", "{other}"))])


SCHEMA = Object(
    {
        "name": String(),
        "colour": String(("Red", "Blue")),
        "count": Integer(1, 5),
        "size": Number(0.5),
        "on": Boolean(),
        "tags": MapOf(String()),
        "parts": Array(Object({"id": String()}, required=("id",), name="Part")),
        "state": Anything(),
    },
    required=("name",),
    name="Thing",
)


def test_good_body() -> None:
    SCHEMA.check(
        {
            "name": "n",
            "colour": "red",
            "count": 5,
            "size": 1,
            "on": False,
            "tags": {"a": "b"},
            "parts": [{"id": "x"}],
            "state": {"any": 1},
        }
    )
    SCHEMA.check({"name": "n", "colour": None})


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "Required property 'name'"),
        ({"name": "n", "nmae": "x"}, "Could not find member 'nmae' on object of type 'Thing'"),
        ({"name": 1}, "Path 'name'"),
        ({"name": "n", "colour": "green"}, "Allowed values are: Red, Blue"),
        ({"name": "n", "count": 0}, "out of range"),
        ({"name": "n", "count": True}, "Int32"),
        ({"name": "n", "count": 1.5}, "Int32"),
        ({"name": "n", "size": 0.1}, "out of range"),
        ({"name": "n", "on": "true"}, "Boolean"),
        ({"name": "n", "tags": {"a": 1}}, "tags.a"),
        ({"name": "n", "parts": [{"id": "x"}, {}]}, "parts[1]"),
        ({"name": "n", "parts": {}}, "Array"),
    ],
)
def test_bad_body(body: dict[str, Any], words: str) -> None:
    with pytest.raises(ArmError) as caught:
        SCHEMA.check(body)
    assert (caught.value.status, caught.value.code) == (400, "InvalidRequestContent")
    assert words in caught.value.message


def test_fault_counts_only_matching_requests() -> None:
    faults = Faults()
    faults.add({"kind": "error", "method": "put", "path": "/x", "nth": 2, "times": 2})
    applied = [
        bool(faults.matching(method, path))
        for method, path in (("PUT", "/x"), ("GET", "/x"), ("PUT", "/X"), ("PUT", "/y"), ("PUT", "/x"), ("PUT", "/x"))
    ]
    assert applied == [False, False, True, False, True, False]


def test_buckets_are_apart_and_empty() -> None:
    throttle = Throttle(scale=1)
    left = [throttle.take("p", "s", "GET")["x-ms-ratelimit-remaining-subscription-reads"] for _ in range(3)]
    assert left == ["249", "248", "247"]
    for _ in range(200):
        throttle.take("p", "s", "PUT")
    with pytest.raises(ArmError) as caught:
        while True:
            throttle.take("p", "s", "PUT")
    assert (caught.value.status, caught.value.code) == (429, "SubscriptionRequestsThrottled")
    assert caught.value.headers["Retry-After"] == "1"
    throttle.take("p", "s", "GET")
    throttle.take("other", "s", "PUT")


def test_no_throttling_where_time_stands_still() -> None:
    throttle = Throttle(scale=0)
    for _ in range(1000):
        throttle.take("p", "s", "PUT")


@pytest.mark.parametrize(
    ("scale", "name", "headers"),
    [
        (1, "resource_group.delete", {"Retry-After": "15"}),
        (1, "registry.create", {}),
        (0.01, "resource_group.delete", {"retry-after-ms": "150"}),
        (0.01, "registry.create", {"retry-after-ms": "50"}),
        (0, "registry.create", {"retry-after-ms": "10"}),
    ],
)
def test_retry_headers(scale: float, name: str, headers: dict[str, str]) -> None:
    assert Durations(scale).retry_headers(name) == headers


@pytest.mark.parametrize(
    ("method", "path", "write"),
    [
        ("GET", "/x", False),
        ("PUT", "/x", True),
        ("DELETE", "/x", True),
        ("POST", "/registries/r/listCredentials", False),
        ("POST", "/registries/r/regenerateCredential", True),
        ("POST", "/providers/N/checkNameAvailability", False),
        ("POST", "/tenant/oauth2/v2.0/token", False),
        ("POST", "/containerGroups/g/restart", True),
    ],
)
def test_what_counts_as_a_write(method: str, path: str, write: bool) -> None:
    assert is_write(method, path) is write


def test_redaction() -> None:
    body = {
        "password": "p",
        "environmentVariables": [{"name": "A", "value": "v"}, {"name": "B", "secureValue": "s"}],
        "logAnalytics": {"workspaceKey": "k"},
        "volumes": [{"secret": {"file": "content"}}],
    }
    text = str(redact(body))
    assert "'v'" in text
    assert not any(f"'{secret}'" in text for secret in ("p", "s", "k", "content"))
