"""The deployment of a backend, with the tasks it consists of played."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _deployment, _deployment_spec, _look
from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import _task as _group_task
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import ExplainedError, OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._core._plan import Impact
from ansible_collections.codexdominion.azure.plugins.module_utils._http import _check as _http
from ansible_collections.codexdominion.azure.plugins.module_utils._traffic import _task as _traffic_task
from tests.unit.plugins.module_utils.backend.test_state import group

OLD, NEW = (f"reg.azurecr.io/app@sha256:{digit * 64}" for digit in "12")
PATHS: dict[str, Any] = {
    "readiness_path": "/ready",
    "health_path": "/health",
    "ip_address": "Public",
    "location": "eastus",
}
IN_PLACE: dict[str, Any] = {**PATHS, "image": NEW}
BLUE_GREEN: dict[str, Any] = {
    **IN_PLACE,
    "strategy": "blue_green",
    "traffic_ttl": 1,
    "bake_seconds": 2,
    "drain_seconds": 1,
}


class World:
    """Azure, as far as tasks show it: each task is written down, and does what it says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.groups: dict[str, dict[str, Any]] = {}
        self.endpoints: list[dict[str, Any]] | None = None
        self.log: list[str] = []
        self.fails: str | None = None
        self.limits: dict[str, Impact] = {}
        monkeypatch.setattr(_group_task, "run", self._group)
        monkeypatch.setattr(_traffic_task, "run", self._profile)
        monkeypatch.setattr(_http, "check", self._check)
        for where in (_deployment, _look):
            monkeypatch.setattr(where, "find_groups", self._find)
        monkeypatch.setattr(_look, "find_profile", lambda _ctx: [self._shown()] if self.endpoints is not None else [])
        monkeypatch.setattr(_deployment, "read_log", lambda _ctx: ("api", ["last words"], ""))

    def has(self, *names: str, image: str = OLD, serving: str = "") -> None:
        """Have groups there, and the colour that serves."""
        self.groups |= {name: {**group(name, image), "tags": {}} for name in names}
        if serving:
            self.endpoints = [{"name": serving, "target": f"api-{serving}.example", "enabled": True, "priority": 1}]

    def deploy(self, *, check: bool = False, limit: Impact = Impact.DATA_LOSS, **params: Any) -> dict[str, Any]:
        """Deploy, and return the result."""
        checked = _deployment_spec.SPEC.validate({"resource_group": "rg", "name": "api", **params})
        assert _deployment_spec.SPEC.problems(checked) == []
        ctx = Context(checked.validated_parameters, check, RunCache(None), lambda _text: None)
        ctx.max_impact = limit
        return _deployment.Deployment(ctx).run()

    def _note(self, text: str) -> None:
        self.log.append(text)
        if self.fails and text.startswith(self.fails):
            raise OperationsError(f"{text} failed", code="CheckFailed", remedy="")

    def _find(self, ctx: Context) -> list[dict[str, Any]]:
        name = ctx.params["name"]
        return [one for one in self.groups.values() if name in (None, one["name"])]

    def _group(self, ctx: Context) -> dict[str, Any]:
        params, name = ctx.params, ctx.params["name"]
        before, state = self.groups.get(name), params["state"]
        image = (params["containers"] or [{}])[0].get("image") or (OLD if before is None else None)
        changed = before is None or bool(image and before["containers"][0]["image"] != image) or state != "present"
        impact = "none" if before is None or not changed else "restart"
        if not ctx.check_mode:
            self.limits.setdefault(name, ctx.max_impact)
            if changed:
                self._note(f"{state} {name}")
            if state == "absent":
                self.groups.pop(name, None)
            elif state == "present":
                self.has(name, image=image or before["containers"][0]["image"] if before else image or OLD)
        shown = self.groups.get(name) or {"name": name, "ip_address": None}
        previous = None if before is None else {"name": name}
        return {
            "changed": changed,
            "impact": impact,
            "diff": {"before": {}, "after": {"image": image}},
            "container_group": shown,
            "previous": previous,
            "operation": None,
        }

    def _shown(self) -> dict[str, Any]:
        shown = [
            {**one, "endpoint_status": "Enabled" if one.get("enabled", True) else "Disabled"}
            for one in self.endpoints or []
        ]
        return {"dns_config": {"fqdn": "api.trafficmanager.net"}, "endpoints": shown}

    def _profile(self, ctx: Context) -> dict[str, Any]:
        wanted = ctx.params["endpoints"]
        text = ", ".join(f"{one['name']}{'' if one['enabled'] else ' off'}" for one in wanted or [])
        if ctx.params["state"] == "absent":
            changed, after = self.endpoints is not None, None
            text = "no profile"
        else:
            changed = self.endpoints is None or (wanted is not None and _brief(wanted) != _brief(self.endpoints))
            after = self.endpoints or [] if wanted is None else wanted
        if not ctx.check_mode:
            if changed:
                self._note(f"traffic {text}".strip())
            self.endpoints = after
        return {"changed": changed, "diff": {}, "traffic_manager_profile": self._shown()}

    def _check(self, ctx: Context) -> dict[str, Any]:
        self._note(f"watch {ctx.params['url']} {ctx.params['duration']}")
        return {}


def _brief(endpoints: list[dict[str, Any]]) -> list[tuple[str, str, bool]]:
    """Return what of endpoints makes a difference."""
    return [(one["name"], one["target"], one["enabled"]) for one in endpoints]


@pytest.fixture
def azure(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def operations(result: dict[str, Any]) -> list[str]:
    """Return the steps of a result in short."""
    return [f"{one['operation']} {one['name']}" for one in result["steps"]]


SWITCHED = [
    "present api-green",
    "traffic blue, green",
    "traffic green, blue off",
    "watch http://api-green.example:8001/ready 2",
    "traffic green",
    "absent api-blue",
]


def test_in_place_is_one_write_and_none_the_second_time(azure: World) -> None:
    azure.has("api")
    result = azure.deploy(**IN_PLACE)
    assert azure.log == ["present api"]
    assert (result["changed"], result["impact"], result["host"]) == (True, "restart", "api.example")
    assert (result["image"], result["digest"]) == (NEW, f"sha256:{'2' * 64}")
    azure.log.clear()
    again = azure.deploy(**IN_PLACE)
    assert (azure.log, again["changed"], again["steps"], again["diff"]) == ([], False, [], [])


def test_the_first_colour_has_the_traffic_at_once(azure: World) -> None:
    result = azure.deploy(**BLUE_GREEN)
    assert azure.log == ["traffic", "present api-blue", "traffic blue"]
    assert (result["host"], result["impact"]) == ("api.trafficmanager.net", "none")
    azure.log.clear()
    assert not azure.deploy(**BLUE_GREEN)["changed"]
    assert azure.log == []


def test_a_change_goes_to_the_other_colour(azure: World) -> None:
    azure.has("api-blue", serving="blue")
    result = azure.deploy(**BLUE_GREEN)
    assert azure.log == SWITCHED
    assert result["container_group"]["name"] == "api-green"
    assert operations(result) == [
        "create api-green",
        "probe api-green",
        "switch api-green",
        "watch api-green",
        "forget api-green",
        "remove api-blue",
    ]


def test_a_check_plans_what_the_run_does_and_writes_nothing(azure: World) -> None:
    azure.has("api-blue", serving="blue")
    planned = azure.deploy(check=True, **BLUE_GREEN)
    assert azure.log == []
    done = azure.deploy(**BLUE_GREEN)
    assert planned["steps"] == done["steps"]
    assert (planned["changed"], planned["impact"], planned["image"]) == (True, done["impact"], done["image"])


def test_a_colour_that_does_not_serve_has_no_impact_and_no_limit(azure: World) -> None:
    """One that was kept is restarted, or made anew: a limit is for what somebody notices."""
    azure.has("api-blue", "api-green", serving="blue")
    result = azure.deploy(**BLUE_GREEN, keep_previous=True, limit=Impact.NONE)
    assert azure.log[0] == "present api-green"
    assert result["impact"] == "none"
    assert azure.limits["api-green"] == Impact.DATA_LOSS


def test_what_serves_keeps_to_the_limit(azure: World) -> None:
    azure.has("api")
    azure.deploy(**IN_PLACE, limit=Impact.RESTART)
    assert azure.limits == {"api": Impact.RESTART}


def test_the_former_colour_may_be_kept(azure: World) -> None:
    azure.has("api-blue", serving="blue")
    azure.deploy(**BLUE_GREEN, keep_previous=True)
    assert azure.log[-1] == "stopped api-blue"


@pytest.mark.parametrize(
    ("fails", "status", "log"),
    [
        ("present api-green", "stayed", ["present api-green", "absent api-green"]),
        ("traffic blue, green", "stayed", ["present api-green", "traffic blue, green", "absent api-green"]),
        ("watch", "returned", [*SWITCHED[:4], "traffic blue", "absent api-green"]),
    ],
)
def test_what_fails_gets_no_traffic_or_loses_it(azure: World, fails: str, status: str, log: list[str]) -> None:
    azure.has("api-blue", serving="blue")
    azure.fails = fails
    with pytest.raises(OperationsError) as error:
        azure.deploy(**BLUE_GREEN)
    assert azure.log == log
    back = error.value.details["way_back"]
    assert (back["status"], back["serving_name"], back["serving_image"]) == (status, "api-blue", OLD)
    assert (back["failed_name"], back["problem"]) == ("api-green", "")
    if fails != "present api-green":
        assert error.value.details["log"] == ["last words"]


def test_a_first_group_that_fails_is_left_to_be_looked_at(azure: World) -> None:
    azure.fails = "traffic blue"
    with pytest.raises(OperationsError) as error:
        azure.deploy(**BLUE_GREEN)
    assert error.value.details["way_back"]["status"] == "nothing"
    assert list(azure.groups) == ["api-blue"]


def test_a_way_back_that_fails_does_not_hide_the_reason(azure: World, monkeypatch: pytest.MonkeyPatch) -> None:
    azure.has("api-blue", serving="blue")
    azure.fails = "watch"

    def lost(ctx: Context) -> dict[str, Any]:
        if azure.log[-1:] and azure.log[-1].startswith("watch"):
            raise OperationsError("Azure is away", code="Gone", remedy="")
        return azure._profile(ctx)

    monkeypatch.setattr(_traffic_task, "run", lost)
    with pytest.raises(OperationsError, match=r"^watch .* failed") as error:
        azure.deploy(**BLUE_GREEN)
    back = error.value.details["way_back"]
    assert (back["status"], back["problem"]) == ("traffic_lost", "Azure is away (Gone).")
    assert "api-green" in azure.groups


def test_what_an_interrupted_run_has_left_is_drained_and_removed(azure: World) -> None:
    azure.has("api-blue", "api-green", image=NEW, serving="blue")
    assert azure.endpoints is not None
    azure.endpoints.append({"name": "green", "target": "api-green.example", "enabled": True, "priority": 2})
    result = azure.deploy(**BLUE_GREEN)
    assert azure.log == [
        "traffic blue, green off",
        "watch http://api-blue.example:8001/ready 1",
        "traffic blue",
        "absent api-green",
    ]
    assert result["impact"] == "none"


def test_from_one_strategy_to_the_other(azure: World) -> None:
    azure.has("api")
    with pytest.raises(ExplainedError, match="To do it: -e backend_allow_recreate=true"):
        azure.deploy(**BLUE_GREEN)
    assert azure.log == []
    result = azure.deploy(**BLUE_GREEN, allow_recreate=True)
    assert azure.log == [
        "traffic",
        "present api-blue",
        "traffic blue",
        "watch http://api-blue.example:8001/ready 2",
        "absent api",
    ]
    assert result["impact"] == "recreate"
    azure.log.clear()
    result = azure.deploy(**IN_PLACE, allow_recreate=True, drain_seconds=3)
    assert azure.log == [
        "present api",
        "watch http://api.example:8001/ready 3",
        "traffic no profile",
        "absent api-blue",
    ]
    assert result["impact"] == "recreate"


def test_the_environment_keeps_the_image(azure: World) -> None:
    azure.has("api")
    result = azure.deploy(**{**PATHS, "change": "environment", "environment": {"A": "1"}})
    assert (result["image"], result["changed"]) == (OLD, False)
    with pytest.raises(OperationsError, match=r"Do it first|gets another address"):
        azure.deploy(**{**BLUE_GREEN, "change": "environment"}, allow_recreate=True)


def test_a_restart_is_that_of_what_serves(azure: World) -> None:
    azure.has("api-blue", "api-green", serving="green")
    result = azure.deploy(change="restart", **PATHS)
    assert azure.log == ["restarted api-green"]
    assert (result["image"], result["host"]) == (OLD, "api.trafficmanager.net")
    with pytest.raises(OperationsError, match="No container group serves as other"):
        azure.deploy(change="restart", **{**PATHS, "name": "other"})


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"drain_seconds": 0, "strategy": "blue_green"}, "drain_seconds: 0 is less than traffic_ttl"),
        ({"wait": False, "strategy": "blue_green"}, "wait: strategy blue_green needs true"),
        ({"strategy": "blue_green", "readiness_path": ""}, "readiness_path: strategy blue_green needs it"),
        ({"strategy": "blue_green", "ip_address": "None"}, "ip_address: strategy blue_green needs Public"),
        ({"pull": "admin", "registry": "reg"}, "registry_password: needed with pull admin"),
        ({"image": None}, "image: needed with change everything"),
        ({"bake_seconds": -1}, "bake_seconds: -1 is negative"),
        ({"liveness_path": "alive"}, "liveness_probe.path"),
        ({"environment": {"A": "1"}, "secret_environment": {"A": "2"}}, "A is in both"),
    ],
)
def test_what_cannot_work_is_refused_before_the_first_request(params: dict[str, Any], problem: str) -> None:
    wanted = {"resource_group": "rg", "name": "api", **IN_PLACE, **params}
    assert any(problem in one for one in _deployment_spec.problems(_deployment_spec.SPEC, wanted))


def test_an_environment_is_told_by_its_variables_and_the_names_of_its_secrets() -> None:
    def digest(plain: dict[str, Any], secret: dict[str, Any]) -> str:
        return _deployment_spec.environment_digest({"environment": plain, "secret_environment": secret})

    one = digest({"b": "1", "A": "2"}, {"KEY": "x"})
    assert one == digest({"A": "2", "b": "1"}, {"KEY": "y"})
    assert one != digest({"A": "2", "b": "3"}, {"KEY": "x"})
    assert one != digest({"A": "2", "b": "1"}, {"OTHER": "x"})
    # What the tags of groups hold that are there already.
    assert digest({"PORT": "8001"}, {}) == hashlib.sha256(b'[[["PORT", "8001"]], []]').hexdigest()[:12]


def test_every_part_keeps_to_the_limit_of_the_task() -> None:
    ctx = Context({"name": "api"}, True, RunCache(None), lambda _text: None)
    ctx.max_impact = Impact.NONE
    part = ctx.part({"name": "api-blue"}, check_mode=False)
    part.warn("one")
    assert (part.max_impact, part.check_mode, part.params["name"]) == (Impact.NONE, False, "api-blue")
    assert ctx.warnings == ["one"]


@pytest.mark.parametrize(
    ("changed", "secrets", "expected"),
    [
        (
            {"DATABASE_URL": "(changed)"},
            {"DATABASE_URL": "postgresql://u:p@database.invalid:5432/codex"},
            ["DATABASE_URL"],
        ),
        ({"REDIS_URL": "(changed)"}, {"REDIS_URL": "rediss://:none-yet@cache.invalid:6380/0"}, ["REDIS_URL"]),
        ({"DATABASE_URL": "(changed)"}, {"DATABASE_URL": "postgresql://u:p@db.example.com:5432/codex"}, []),
        ({"DATABASE_URL": "(changed)"}, {"DATABASE_URL": "postgresql://u:p@invalid.example:5432/codex"}, []),
        ({"DATABASE_URL": "(changed)", "image": "b"}, {"DATABASE_URL": "postgresql://u:p@database.invalid/codex"}, []),
        ({}, {"DATABASE_URL": "postgresql://u:p@database.invalid/codex"}, []),
        ({"DATABASE_URL": "(changed)"}, None, []),
    ],
)
def test_a_change_that_depends_on_what_nobody_knows_yet(
    changed: dict[str, str], secrets: dict[str, str] | None, expected: list[str]
) -> None:
    diffs = [{"before": {}, "after": {"containers": {"api": {"secret_environment": changed}}}}] if changed else [{}]
    assert _deployment._unknown({"secret_environment": secrets}, diffs) == expected
