"""Names of environments, as they are given and as Azure knows them."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._frontend import _deployment_tag, _served


@pytest.mark.parametrize(
    ("given", "known"),
    [("production", "production"), ("pr-42", "pr42"), ("PR-42", "pr42"), ("42", "42"), ("a-b-c", "abc")],
)
def test_an_environment_is_known_by_letters_and_digits(given: str, known: str) -> None:
    assert _served.problem_with_environment(given) is None
    assert _served.environment_of({"environment": given}) == known


@pytest.mark.parametrize(
    "given",
    [
        "",
        "-",
        "--",
        "a_b",
        "a b",
        "x" * 17,
        "default",
        "prod",
        "Prod",
        "pro-d",
        "preview",
        "Production",
        "pro-duction",
        "ä",
    ],
)
def test_what_would_be_another_environment_is_refused(given: str) -> None:
    assert _served.problem_with_environment(given)


def test_previews_found_by_their_whole_name_only() -> None:
    class Api:
        def builds(self) -> list[dict[str, object]]:
            return [{"properties": {"buildId": one}} for one in ("default", "pr421", "pr42", "xpr42")]

    found = _served.find_preview(Api(), "pr42")  # type: ignore[arg-type]
    assert found == {"properties": {"buildId": "pr42"}}
    assert _served.find_preview(Api(), "pr4") is None  # type: ignore[arg-type]


def test_each_environment_has_a_tag_of_its_own() -> None:
    assert _deployment_tag.name_of("production") == "codex-frontend"
    assert _deployment_tag.name_of("pr42") == "codex-frontend-pr42"
