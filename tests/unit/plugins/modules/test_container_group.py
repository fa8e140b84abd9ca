"""Options of container_group that contradict each other, and what its events and probes say."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import _health, _liveness
from tests.support.invoke import problems

GATE = {"path": "/ready", "port": 8001}
REFUSED = [
    ({"gates": [{"path": "ready", "port": 8001}]}, "does not begin with /"),
    ({"gates": [{"path": "/", "port": 0}]}, "is not a port"),
    ({"gates": [{"path": "/", "port": 1, "timeout": -1}]}, "is negative"),
    ({"gates": [GATE], "wait": False}, "gates: needs wait"),
    ({"rollback": True, "wait": False}, "rollback: needs wait"),
    ({"stable_seconds": 20, "timeout": 10}, "longer than timeout"),
    (
        {
            "timeout": 60,
            "containers": [{"name": "api", "liveness_probe": {"command": ["true"], "failure_threshold": 9}}],
        },
        "fails only after 91 s",
    ),
]


@pytest.mark.parametrize(("options", "told"), REFUSED)
def test_what_cannot_be_seen_is_refused(options: dict[str, Any], told: str) -> None:
    found = problems("container_group", {"resource_group": "rg", "name": "api", "subscription_id": "0", **options})
    assert any(told in problem for problem in found), found


def event(name: str, message: str, at: str = "1", count: int = 1) -> dict[str, Any]:
    """Return an event as Azure has it."""
    return {
        "name": name,
        "message": message,
        "firstTimestamp": at,
        "lastTimestamp": at,
        "count": count,
        "type": "Normal",
    }


def group(probe: dict[str, Any] | None = None, **address: Any) -> dict[str, Any]:
    """Return a running group with one container."""
    view = {"currentState": {"state": "Running", "startTime": "1"}, "restartCount": 0, "events": []}
    properties = {"instanceView": view, **({"livenessProbe": probe} if probe else {})}
    return {"properties": {"containers": [{"name": "api", "properties": properties}], "ipAddress": address}}


@pytest.mark.parametrize(
    "page",
    [
        {"path": "/ü"},
        {"path": "/a b"},
        {"path": "/", "httpHeaders": [{"name": "X", "value": "漢"}]},
        {"path": "/", "httpHeaders": [{"name": "X", "value": "a\nb"}]},
    ],
)
def test_a_page_that_cannot_be_asked_for_does_not_answer(page: dict[str, Any]) -> None:
    """Whoever wrote the group: the report of a failure has to come to its end."""
    assert _liveness.ask(("127.0.0.1", 9), {"httpGet": page}).status == 0


PROBE = {"httpGet": {"path": "/", "port": 8001}, "periodSeconds": 5, "failureThreshold": 4, "initialDelaySeconds": 7}
PUBLIC = {"type": "Public", "ip": "127.0.0.1", "ports": [{"port": 8001}]}


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        (PUBLIC, True),
        ({**PUBLIC, "type": "Private"}, False),
        ({**PUBLIC, "ports": [{"port": 80}]}, False),
        ({}, False),
    ],
)
def test_a_page_is_asked_only_where_it_can_be_reached(address: dict[str, Any], asked: bool) -> None:
    assert (_liveness.address_of(group(PROBE, **address), PROBE) is not None) is asked
    assert _liveness.address_of(group(PROBE, **address), {"exec": {"command": ["true"]}}) is None


def test_a_page_that_cannot_be_asked_is_watched_for_as_long_as_azure_needs() -> None:
    assert _liveness.horizon(PROBE) == 7 + 4 * 5 + 1
    assert _liveness.horizon({}) == 31
    found = group(PROBE)
    container = found["properties"]["containers"][0]
    proofs = _liveness.Proofs()
    assert proofs.missing(found, container, 100.0, 110.0)
    assert proofs.missing(found, container, 100.0, 127.0)
    assert not proofs.missing(found, container, 100.0, 128.0)
    assert not proofs.missing(found, container, 128.0, 128.0), "once proven, it stays so"


@pytest.mark.parametrize(
    ("status", "counts"), [(199, False), (200, True), (204, True), (302, True), (399, True), (400, False), (503, False)]
)
def test_statuses_count_as_azure_counts_them(status: int, counts: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_liveness, "ask", lambda *_: _liveness.Answer(status, f"status {status}"))
    found = group(PROBE, **PUBLIC)
    container = found["properties"]["containers"][0]
    view = container["properties"]["instanceView"]
    proofs = _liveness.Proofs()
    assert proofs.missing(found, container, 100.0, 100.0) is not counts
    assert not proofs.refuted(container, view, [], 127.0), "it may still start"
    assert proofs.refuted(container, view, [], 128.0) is not counts
    assert proofs.missing(found, container, 100.0, 200.0) is not counts, "a wrong answer is not proven by waiting"


@pytest.mark.parametrize(
    ("exit_code", "events", "refuted"),
    [
        (143, [event("Killing", "Container failed liveness probe")], True),
        (137, [event("Unhealthy", "Liveness probe failed: 404", count=3)], True),
        (137, [event("Unhealthy", "Liveness probe failed: 404")], False),
        (137, [event("Unhealthy", "Readiness probe failed: 404", count=9)], False),
        (1, [event("Unhealthy", "Liveness probe failed: refused", count=9)], False),
    ],
)
def test_azure_has_killed_it_or_it_has_ended_by_itself(exit_code: int, events: list[Any], refuted: bool) -> None:
    container = group(PROBE)["properties"]["containers"][0]
    view = {"restartCount": 2, "previousState": {"exitCode": exit_code}}
    assert _liveness.Proofs().refuted(container, view, events, 1.0) is refuted
    view["restartCount"] = 1
    assert not _liveness.Proofs().refuted(container, view, events, 1.0), "it may have been slow to start"
    proofs = _liveness.Proofs()
    proofs.answers["api"] = _liveness.Answer(404, "status 404")
    assert proofs.refuted(container, view, events, 1.0) is refuted


CAUSES = [
    ("pull", None, [{**event("Failed", "Failed to pull image"), "type": "Warning"}], []),
    ("memory", 137, [], ["x"]),
    ("liveness", 137, [event("Killing", "failed liveness probe")], ["x"]),
    ("command", 127, [], []),
    ("liveness", None, [event("Unhealthy", "Liveness probe failed")], []),
    ("variable", 1, [event("Unhealthy", "Liveness probe failed")], ["KeyError: 'SESSION_KEY'"]),
    ("log", 1, [event("Unhealthy", "Liveness probe failed")], ["boom"]),
    ("silent", 1, [], []),
]


@pytest.mark.parametrize(("cause", "exit_code", "events", "lines"), CAUSES)
def test_the_cause_is_what_happened_and_not_what_followed(
    cause: str, exit_code: int | None, events: list[Any], lines: list[str]
) -> None:
    assert _health._cause(exit_code, events, lines, "")[0] == cause


def test_events_of_former_content_are_no_evidence() -> None:
    before = group(PROBE)
    view = before["properties"]["containers"][0]["properties"]["instanceView"]
    view["events"] = [event("Killing", "failed liveness probe", at="1")]
    past = _health.event_keys(before)
    view["events"] = [*view["events"], event("Started", "Started container", at="2")]
    assert [one["name"] for one in _health._events(before, view, past)] == ["Started"]
    assert _health.event_keys(None) == frozenset()
