"""What proves a new access key, what does not, and what is refused before there is one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _connection
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._connection import Endpoint
from tests.support import redis_memory
from tests.support.redis_memory import Memory


class Doors:
    """What becomes of connections: keys in `refused` are refused, answers in `coming` come first."""

    def __init__(self) -> None:
        self.refused: set[str] = set()
        self.coming: dict[str, list[str]] = {}
        self.seen: list[str] = []

    @contextmanager
    def connect(self, endpoint: Endpoint) -> Iterator[None]:
        self.seen.append(endpoint.key)
        codes = self.coming.get(endpoint.key) or ["AccessKeyWrong" if endpoint.key in self.refused else ""]
        if code := codes.pop(0):
            raise OperationsError("no", code=code)
        yield


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """One cache."""
    memory = redis_memory.install(monkeypatch)
    memory.add("codex")
    return memory


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> Doors:
    """Let in with any key."""
    doors = Doors()
    monkeypatch.setattr(_connection, "connect", doors.connect)
    return doors


def run(check_mode: bool = False, key: str = "primary", **params: object) -> dict[str, object]:
    return redis_memory.run("redis_regenerate_key", check_mode, name="codex", key=key, **params)


def code_of(result: dict[str, object]) -> str:
    failure = result["failure"]
    assert isinstance(failure, dict)
    return str(failure["code"])


def test_it_waits_until_the_old_key_is_refused(memory: Memory, doors: Doors) -> None:
    doors.refused = {"K1"}
    # It is let in before, and for a while after.
    doors.coming = {"K1": ["", "", ""], "K1'": ["AccessKeyWrong", "ConnectionLost"]}
    assert not run().get("failed")
    assert memory.verbs() == ["regenerate primary"] and doors.seen.count("K1'") == 3


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (set[str](), "the old primary key answers"),
        ({"K1", "K1'"}, "the new primary key is refused"),
    ],
)
def test_no_proof(memory: Memory, doors: Doors, refused: set[str], said: str) -> None:
    doors.refused, doors.coming = refused, {"K1": [""]}
    result = run(timeout=1)
    assert code_of(result) == "NotConfirmed"
    assert said in str(result["msg"]) and "was regenerated" in str(result["msg"])


def test_another_error_after_the_write_says_what_it_is(memory: Memory, doors: Doors) -> None:
    doors.refused, doors.coming = {"K1"}, {"K1": [""], "K1'": ["CertificateNotTrusted"]}
    assert code_of(run()) == "CertificateNotTrusted"


@pytest.mark.parametrize("check_mode", [True, False])
def test_refusals(memory: Memory, doors: Doors, check_mode: bool) -> None:
    memory.add("codex", provisioningState="Scaling")
    assert code_of(run(check_mode)) == "CacheBusy"
    memory.add("codex", disableAccessKeyAuthentication=True)
    assert code_of(run(check_mode)) == "AccessKeysDisabled"
    assert not run(check_mode, verify=False).get("failed")
    assert memory.verbs() == ([] if check_mode else ["regenerate primary"]) and doors.seen == []


def test_a_key_that_does_not_work_stops_it(memory: Memory, doors: Doors) -> None:
    doors.refused = {"K2"}
    assert code_of(run()) == "AccessKeyWrong" and memory.verbs() == []


def test_busy_azure_is_waited_for(memory: Memory, doors: Doors) -> None:
    memory.refuse("CacheBusy")
    doors.refused, doors.coming = {"K1"}, {"K1": [""]}
    assert not run().get("failed")
    assert memory.verbs() == ["regenerate primary"]
