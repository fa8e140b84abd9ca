"""What is read of a backend, and what is refused before anything is written."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _look
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import ExplainedError
from tests.unit.plugins.module_utils.backend.test_state import BLUE, group, profile

IMAGES = {"images": [], "chosen": {"digest": "sha256:2"}, "passed_over": [], "problem": ""}


class Asked:
    """What Azure has, and what was asked of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.groups: list[dict[str, Any]] = []
        self.profiles: list[dict[str, Any]] = []
        self.images: dict[str, Any] = IMAGES
        self.log: list[str] = []
        monkeypatch.setattr(_look, "find_groups", self._find_groups)
        monkeypatch.setattr(_look, "find_profile", self._find_profile)
        monkeypatch.setattr(_look, "_look_at_images", lambda _ctx: self.images)

    def _find_groups(self, ctx: Context) -> list[dict[str, Any]]:
        name = ctx.params["name"]
        self.log.append(f"group {name}" if name else "groups")
        return [one for one in self.groups if name in (None, one["name"])]

    def _find_profile(self, ctx: Context) -> list[dict[str, Any]]:
        self.log.append(f"profile {ctx.params['name']}")
        return self.profiles

    def info(self, **params: Any) -> dict[str, Any]:
        """Look."""
        checked = _look.SPEC.validate({"resource_group": "rg", "name": "api", "host": "h", "stack": "s", **params})
        assert _look.SPEC.problems(checked) == []
        return _look.info(Context(checked.validated_parameters, False, RunCache(None), lambda _text: None))


@pytest.fixture
def azure(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


WITH_IMAGES = {"registry": "reg", "repository": "app", "release_prefix": "release-s"}


def test_one_request_is_enough_for_one_group(azure: Asked) -> None:
    azure.groups = [group("api")]
    found = azure.info()
    assert azure.log == ["groups"]
    assert (found["serving"]["image"], found["host"]) == ("reg/app@sha256:1", "api.example")
    assert (found["image"], found["missing"], found["strategy_change"]) == ("", "", "")


def test_the_profile_is_asked_where_there_are_colours(azure: Asked) -> None:
    azure.groups, azure.profiles = [BLUE], [profile(("blue", "Enabled", 1))]
    assert azure.info()["serving_name"] == "api-blue"
    assert azure.log == ["groups", "profile api-traffic"]
    azure.log.clear()
    assert azure.info(strategy="blue_green")["serving_name"] == "api-blue"
    assert sorted(azure.log) == ["groups", "profile api-traffic"]


@pytest.mark.parametrize("strategy", ["in_place", "blue_green"])
def test_the_inside_is_that_of_the_group_that_serves(azure: Asked, strategy: str) -> None:
    view = {"current_state": {"state": "Running"}, "restart_count": 3}
    inside = {**BLUE, "containers": [{**BLUE["containers"][0], "instance_view": view}]}
    azure.groups, azure.profiles = [inside], [profile(("blue", "Enabled", 1))]
    serving = azure.info(strategy=strategy, inside=True)["serving"]
    assert (serving["name"], serving["state"], serving["restart_count"]) == ("api-blue", "Running", 3)


def test_what_is_required_and_not_there_says_what_brings_it(azure: Asked) -> None:
    assert azure.info()["serving"] is None
    with pytest.raises(ExplainedError, match=r"^The stack s has no container group api .* --limit h$"):
        azure.info(required=True)


def test_the_image_to_deploy_takes_the_place_of_another_or_not(azure: Asked) -> None:
    azure.groups = [group("api")]
    found = azure.info(choose="deploy", **WITH_IMAGES)
    assert (found["image"], found["replaces_image"]) == ("reg/app@sha256:2", True)
    azure.groups = [group("api", "reg/app@sha256:2")]
    assert not azure.info(choose="deploy", **WITH_IMAGES)["replaces_image"]
    azure.groups = []
    assert not azure.info(choose="deploy", **WITH_IMAGES)["replaces_image"]


def test_no_image_says_how_to_bring_one_and_what_to_run_again(azure: Asked) -> None:
    azure.images = {"chosen": None, "problem": "The registry has no image reg/app:1.", "passed_over": []}
    with pytest.raises(ExplainedError) as error:
        azure.info(choose="deploy", image_tag="1", action="redeploy_backend", **WITH_IMAGES)
    assert str(error.value) == (
        "The registry has no image reg/app:1. Push it, then run this again, for example: docker push reg/app:1;"
        " ansible-playbook playbooks/redeploy_backend.yml --limit h"
    )
    azure.images = {"chosen": None, "problem": "Only a chart.", "passed_over": [{"tag": "x"}]}
    with pytest.raises(ExplainedError, match="Push an image, or name one with backend_image_tag"):
        azure.info(choose="deploy", **WITH_IMAGES)


def test_a_registry_that_is_not_there_yet_has_no_image(azure: Asked) -> None:
    new = {**WITH_IMAGES, "registry": "", "registry_name": "codexacr"}
    with pytest.raises(ExplainedError, match=r"no image codexacr/app. .* --tags registry --limit h$"):
        azure.info(choose="deploy", **new)
    with pytest.raises(ExplainedError, match="There is no release of api before the one that runs"):
        azure.info(choose="rollback", **new)


def test_a_rollback_goes_to_the_release_before(azure: Asked) -> None:
    azure.groups = [group("api", "reg/app@sha256:2")]
    azure.images = {
        "images": [
            {"tag": f"release-s-2026112{n}T000000Z-000000{n}", "digest": f"sha256:{n}", "image": f"reg/app@sha256:{n}"}
            for n in (1, 2, 3)
        ]
    }
    found = azure.info(choose="rollback", **WITH_IMAGES)
    assert (found["image"], [one["running"] for one in found["releases"]]) == ("reg/app@sha256:1", [False, True, False])
    assert azure.info(choose="rollback", release="sha256:3", **WITH_IMAGES)["image"] == "reg/app@sha256:3"


def test_another_strategy_is_refused_until_it_is_allowed(azure: Asked) -> None:
    azure.groups = [group("api")]
    wanted = {"strategy": "blue_green", "change": "everything"}
    with pytest.raises(
        ExplainedError, match=r"To do it: -e backend_allow_recreate=true, .*redeploy_backend.yml --limit h$"
    ):
        azure.info(**wanted)
    assert azure.info(**wanted, allow_recreate=True)["strategy_change"]
    with pytest.raises(
        ExplainedError, match=r"Do it first: ansible-playbook playbooks/redeploy_backend.yml --limit h$"
    ):
        azure.info(**{**wanted, "change": "environment"}, allow_recreate=True)


def test_a_user_to_pull_with_is_needed_for_a_change_only(azure: Asked) -> None:
    azure.groups = [group("api")]
    assert azure.info(pull="admin")["serving"]
    with pytest.raises(ExplainedError, match="has no admin user, or its password was not asked for"):
        azure.info(pull="admin", change="everything", registry_name="codexacr")
    assert azure.info(pull="admin", change="everything", username="u", password="p")["serving"]


@pytest.mark.parametrize(
    ("pull", "credentials", "login"),
    [
        ("identity", {"username": "u", "password": "p"}, {}),
        ("admin", {"username": "u", "password": "p"}, {"username": "u", "password": "p"}),
        ("admin", {"username": "u", "password": "not known before"}, {}),
        ("admin", None, {}),
    ],
)
def test_who_logs_in_to_the_registry(pull: str, credentials: Any, login: dict[str, str]) -> None:
    assert _look.registry_login({"credentials": credentials}, pull) == login


def test_what_is_asked_beside_is_waited_for() -> None:
    assert _look.beside(lambda: 1, lambda: 2) == (1, 2)
    assert _look.beside(None, lambda: 2) == (None, 2)

    def fail() -> int:
        raise ExplainedError("no", code="x")

    with pytest.raises(ExplainedError):
        _look.beside(fail, lambda: 2)
    with pytest.raises(ExplainedError):
        _look.beside(lambda: 1, fail)
