"""Build arguments that are no secrets, whatever they are called and wherever a secret stands in them."""

from __future__ import annotations

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._registry import _build_arguments

SECRETS = ["Quiet-5ecret-8d1f", "Quiet-5ecret", "abc"]

NAMED = [
    "PASSWORD", "DB_PASSWORD", "dbPassword", "DB_PASS", "DB_PWD", "SECRET", "CLIENT_SECRET", "NPM_TOKEN",
    "TOKENS", "API_KEY", "APIKEY", "STORAGE_KEY", "accountKey", "SSH_KEY", "CONNECTION_STRING", "AWS_CREDENTIALS",
]  # fmt: skip
HARMLESS_NAMES = [
    "VERSION",
    "TOKENIZER",
    "PASSENGERS",
    "BYPASS_CACHE_SIZE",
    "NODE_ENV",
    "KEYBOARD",
    "MONKEY",
    "COMPASS",
]
LOOKING = [
    "postgresql://user:word@host/db",
    "https://:word@host",
    "Server=x;Password=word",
    "AccountName=a;AccountKey=word==",
    "https://a.blob.core.windows.net/b?sp=r&sig=word",
    "-----BEGIN RSA PRIVATE" + " KEY-----",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-123",
    "ghp_" + "a" * 36,
    "github_pat_" + "a" * 30,
    "npm_" + "a" * 36,
    "AKIAABCDEFGHIJKLMNOP",
    "abc",
    "Quiet-5ecret",
    "Quiet-5ecret-8d1f",
    "before Quiet-5ecret-8d1f after",
]
HARMLESS = ["1.2.3", "production", "https://host/path?a=b", "user@host", "abcdef", "Quiet", "true", "", "signature"]


@pytest.mark.parametrize("name", NAMED)
def test_a_name_that_says_secret_is_refused(name: str) -> None:
    (problem,) = _build_arguments.problems({name: "1"}, [])
    assert problem.startswith(f"{name} is named like a secret")


@pytest.mark.parametrize("name", HARMLESS_NAMES)
def test_other_names_are_taken(name: str) -> None:
    assert list(_build_arguments.problems({name: "1"}, SECRETS)) == []


@pytest.mark.parametrize("value", LOOKING)
def test_a_value_that_is_a_secret_is_refused_by_name_and_not_shown(value: str) -> None:
    (problem,) = _build_arguments.problems({"VERSION": value}, SECRETS)
    assert problem.startswith("the value of VERSION ")
    assert value not in problem and "word" not in problem


@pytest.mark.parametrize("value", HARMLESS)
def test_other_values_are_taken(value: str) -> None:
    assert list(_build_arguments.problems({"VERSION": value}, [*SECRETS, ""])) == []


@pytest.mark.parametrize("name", ["1A", "A-B", "A B", "", "A="])
def test_what_no_builder_takes_as_a_name_is_refused(name: str) -> None:
    assert len(list(_build_arguments.problems({name: "1"}, []))) == 1


def test_all_problems_are_told_at_once() -> None:
    arguments = {"A": "1", "B_TOKEN": "2", "C": "abc", "D D": "3"}
    assert len(list(_build_arguments.problems(arguments, SECRETS))) == 3
