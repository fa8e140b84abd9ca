"""Passwords as they are made, and the states they are brought to, whatever they are kept in."""

from __future__ import annotations

import string
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords import _generated
from ansible_collections.codexdominion.azure.plugins.module_utils._passwords._generated import CURRENT, NEXT
from tests.support.invoke import problems

URL = "https://kv-codex.vault.azure.net"


class Memory:
    """A store that counts its writes."""

    def __init__(self, **passwords: str) -> None:
        self.passwords = passwords
        self.writes = 0

    def where(self, which: str) -> str:
        return f"memory/{which}"

    def holds(self, which: str) -> bool:
        return which in self.passwords

    def read(self, which: str) -> str | None:
        return self.passwords.get(which)

    def create(self, which: str, password: str) -> bool:
        self.writes += 1
        return self.passwords.setdefault(which, password) == password

    def promote(self) -> None:
        self.writes += 1
        self.passwords[CURRENT] = self.passwords.pop(NEXT)

    def delete(self, which: str) -> None:
        self.writes += 1
        del self.passwords[which]


def bring(
    store: Memory, state: str, *, check_mode: bool = False, length: int = 32, users: list[str] | None = None
) -> dict[str, Any]:
    """Bring a store to a state."""
    params = {"state": state, "length": length, "user": None, "users": users}
    context = Context(params, check_mode, RunCache(None), lambda _text: None)
    return _generated.bring(context, store)


@pytest.mark.parametrize("length", [16, 32, 128])
def test_a_password_has_all_kinds_of_characters(length: int) -> None:
    made = [_generated.make(length) for _time in range(300)]
    assert len(set(made)) == 300
    for password in made:
        assert len(password) == length
        assert password[0] in string.ascii_letters
        for kind in (string.ascii_uppercase, string.ascii_lowercase, string.digits, "-._"):
            assert set(password) & set(kind)
    assert set("".join(made)) == set(string.ascii_letters + string.digits + "-._")


def test_it_is_made_once() -> None:
    store = Memory()
    assert bring(store, "present", length=20) == {"changed": True, "where": "memory/current"}
    first = store.passwords[CURRENT]
    assert len(first) == 20
    assert not bring(store, "present", length=40)["changed"]
    assert store.passwords == {CURRENT: first}


def test_a_rotation() -> None:
    store = Memory(current="first")
    assert bring(store, "next") == {"changed": True, "where": "memory/next"}
    second = store.passwords[NEXT]
    assert second != "first" and store.passwords[CURRENT] == "first"
    assert not bring(store, "next")["changed"]
    assert store.passwords[NEXT] == second
    assert bring(store, "promoted") == {"changed": True, "where": "memory/current"}
    assert store.passwords == {CURRENT: second}
    assert not bring(store, "promoted")["changed"]
    assert store.passwords == {CURRENT: second}


def test_what_an_interrupted_promotion_left_is_no_new_password() -> None:
    store = Memory(current="same", next="same")
    assert bring(store, "next")["changed"]
    assert store.passwords[CURRENT] == "same" and store.passwords[NEXT] != "same"


def test_both_are_removed() -> None:
    store = Memory(current="first", next="second")
    assert bring(store, "absent")["changed"]
    assert store.passwords == {}
    assert not bring(store, "absent")["changed"]


def test_users_take_turns() -> None:
    store, users = Memory(), ["a", "b"]
    bring(store, "present", users=users)
    kept = [store.passwords[CURRENT]]
    for _rotation in range(2):
        bring(store, "next", users=users)
        assert not bring(store, "next", users=users)["changed"]
        bring(store, "promoted", users=users)
        kept.append(store.passwords[CURRENT])
    assert [one.split(":")[0] for one in kept] == ["a", "b", "a"]
    assert len({one.split(":")[1] for one in kept}) == 3


def test_a_password_of_nobody_named_is_followed_by_one_of_the_first_user() -> None:
    store = Memory(current="without-a-user")
    bring(store, "next", users=["a", "b"])
    assert store.passwords[NEXT].startswith("a:")


@pytest.mark.parametrize(
    ("there", "state", "changed"),
    [
        ({}, "present", True),
        ({"current": "a"}, "present", False),
        ({"current": "a"}, "next", True),
        ({"current": "a", "next": "b"}, "next", False),
        ({"current": "a", "next": "a"}, "next", True),
        ({"current": "a"}, "promoted", False),
        ({"current": "a", "next": "b"}, "promoted", True),
        ({"next": "b"}, "absent", True),
        ({}, "absent", False),
    ],
)
def test_a_check_says_the_same_and_writes_nothing(there: dict[str, str], state: str, changed: bool) -> None:
    store = Memory(**there)
    assert bring(store, state, check_mode=True)["changed"] is changed
    assert store.writes == 0
    assert bring(store, state)["changed"] is changed


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({}, ["one of the following is required: path, vault_url"]),
        ({"path": "/a", "vault_url": URL, "secret_name": "a"}, ["exclusive: path|vault_url, path|secret_name"]),
        ({"vault_url": URL}, ["required together: vault_url, secret_name"]),
        ({"vault_url": URL, "secret_name": "a", "vault_id": "prod"}, ["vault_id|vault_url"]),
        ({"path": "secrets/a", "length": 15}, ["path: 'secrets/a' is not the absolute path", "length: 15"]),
        ({"path": "/a/", "length": 129}, ["path: '/a/' is not", "length: 129"]),
        ({"vault_url": "http://a", "secret_name": "a_b"}, ["vault_url: 'http://a'", "secret_name: 'a_b'"]),
        ({"vault_url": URL, "secret_name": "a" * 123}, ["secret_name: 'aaa"]),
        ({"path": "/a", "user": "a", "users": ["a", "b"]}, ["exclusive: user|users"]),
        ({"path": "/a", "users": ["a"]}, ["users: a: not two or more different names"]),
        ({"path": "/a", "users": ["a", "a"]}, ["users: a, a: not two"]),
        ({"path": "/a", "users": ["a", "b:c", ""]}, ["users: 'b:c' is", "users: '' is"]),
    ],
)
def test_bad_input_is_refused_all_at_once(params: dict[str, Any], told: list[str]) -> None:
    found = problems("generated_password", params)
    assert len(found) == len(told)
    for problem, words in zip(found, told, strict=True):
        assert words in problem


def test_good_input() -> None:
    assert problems("generated_password", {"path": "/a/b", "vault_id": "prod", "length": 16}) == []
    assert problems("generated_password", {"vault_url": URL, "secret_name": "a" * 122, "length": 128}) == []


def test_no_part_of_the_login_name_is_in_a_password() -> None:
    # Without the rule, seven of so many would hold it.
    made = [_generated.make(128, "Xyz") for _time in range(2000)]
    assert not any("xyz" in password.lower() for password in made)
