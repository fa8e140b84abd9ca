"""What a lock says, and when it is stale."""

from __future__ import annotations

import dataclasses
import json
import uuid
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _operator
from ansible_collections.codexdominion.azure.plugins.module_utils._lock import _content
from ansible_collections.codexdominion.azure.plugins.module_utils._lock._content import Found, Lock

ID = str(uuid.uuid4())
LOCK = Lock.new("production", "alice", "redeploy_backend", ID)


def stored(age: float = 0, **changes: Any) -> Found:
    """Return a lock as found in a storage."""
    return Found(dataclasses.replace(LOCK, **changes).to_bytes(), age)


def test_comes_back_as_it_was_stored() -> None:
    assert Lock.from_bytes(LOCK.to_bytes()) == LOCK


def test_does_not_tell_its_id() -> None:
    assert ID.encode() not in LOCK.to_bytes()
    assert stored().held_with(ID) and stored().held_with(ID.upper())
    assert not stored().held_with(str(uuid.uuid4()))


def test_nothing_of_it_reaches_the_terminal_but_text() -> None:
    lock = Lock.new("production", "al\x1b[2Jice\r\n", "x" * 500, ID)
    assert lock.owner == "al [2Jice" and len(lock.reason) == 200
    fields = {**json.loads(LOCK.to_bytes()), "owner": "bob\x07"}
    read = Lock.from_bytes(json.dumps(fields).encode())
    assert read and read.owner == "bob"


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"null", b"[]", b"{}", b'{"version": 1}', LOCK.to_bytes()[:-20], b'{"version": "1"}']
)
def test_anything_else_is_no_lock(content: bytes) -> None:
    found = Found(content, 10)
    assert found.lock is None and not found.held_with(ID)
    assert found.describe("production") == "stack production has a lock that cannot be read, for 10s"
    assert found.stale(0) == "" and found.stale(5) == "it is older than 5s"


def test_says_who_and_why() -> None:
    found = stored(190, host="ops-1")
    assert found.describe("production") == "stack production is locked by alice at ops-1 for 3m10s: redeploy_backend"
    assert stored(0, host="ops-1", reason="").describe("s") == "stack s is locked by alice at ops-1 for 0s"


class TestStale:
    ENDED: dict[str, Any] = {"pid": 2**22 + 1, "process_started": "1"}  # noqa: RUF012

    def test_when_its_process_has_ended(self) -> None:
        assert stored(**self.ENDED).stale(0) == f"its process {2**22 + 1} has ended"

    def test_never_by_a_process_of_another_machine(self) -> None:
        assert stored(**self.ENDED, machine="another").stale(0) == ""

    def test_never_by_a_process_that_is_not_known(self) -> None:
        assert LOCK.pid is None  # a test is no run of ansible-playbook
        assert stored().stale(0) == ""

    def test_when_it_is_old(self) -> None:
        assert stored(100).stale(100) == ""
        assert stored(101).stale(100) == "it is older than 1m40s"
        assert stored(10**9).stale(0) == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (59.9, "59s"), (60, "1m00s"), (190, "3m10s"), (3600, "1h00m"), (90061, "25h01m")]
)
def test_duration(seconds: float, text: str) -> None:
    assert _content.duration(seconds) == text


def test_new_names_this_machine() -> None:
    assert (LOCK.host, LOCK.machine) == (_operator.host(), _operator.machine())
