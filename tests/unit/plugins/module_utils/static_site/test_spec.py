"""What a task may ask of a static web app."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.invoke import problems

HERE = {"resource_group": "rg", "name": "site", "subscription_id": "s"}


def domains(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": "-a"}, ["name: '-a' is not valid"]),
        ({"name": "a" * 41}, ["1 to 40 letters"]),
        ({"sku": "Basic"}, ["value of sku must be one of"]),
        ({"custom_domains": domains("a.com", "A.com")}, ["a.com is named twice"]),
        ({"sku": "Free", "custom_domains": domains("a.com", "b.com", "c.com")}, ["3 domains, a Free static web app"]),
        (
            {"name": "a_b", "custom_domains": domains("a"), "app_settings": {"A": None}},
            ["name: 'a_b'", "app_settings.A", "custom_domains.name: 'a'"],
        ),
        ({"timeout": 0}, ["timeout"]),
        ({"tags": {"a<b": "c"}}, ["tags"]),
    ],
)
def test_refuses_with_all_problems_at_once(given: dict[str, Any], words: list[str]) -> None:
    found = problems("static_web_app", {**HERE, **given})
    assert len(found) == len(words)
    assert [word for word, problem in zip(words, found, strict=True) if word not in problem] == []


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"name": "a"},
        {"sku": "Standard", "custom_domains": domains("a.com", "b.com", "c.com")},
        {"custom_domains": domains("a.com", "b.com", "c.com")},
        {"custom_domains": []},
    ],
)
def test_takes(given: dict[str, Any]) -> None:
    assert problems("static_web_app", {**HERE, **given}) == []
