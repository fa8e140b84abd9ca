"""A stack with a cache, as its operator sees it: set up, connected, checked, operated, its key replaced, torn down."""

from __future__ import annotations

import json
import threading
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._redis import _connection
from ansible_collections.codexdominion.azure.plugins.module_utils._redis._connection import Endpoint
from tests.simulator_fixture import Simulator
from tests.support.invoke import CONNECTION, invoke
from tests.support.stack import DATABASE, Stack

pytestmark = [pytest.mark.slow, pytest.mark.soak]

CACHE = {"stack_profile": "full", "redis_name": "data-cache", "redis_ca_cert": "{{ rehearsal_azure['ca_path'] }}"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with a backend, a database, and a cache with a replica."""
    folder = tmp_path_factory.mktemp("cache")
    local = Simulator(folder / "azure", 0)
    local.start()
    full = Stack(local, folder, "data", {**DATABASE, **CACHE, "stack_profile": "{{ profile | default('full') }}"})
    full.set_up()
    yield full
    local.stop()


@contextmanager
def client(stack: Stack, service: str) -> Iterator[Any]:
    """Yield a client of the stack's cache of one service."""
    settings = stack.azure.settings()
    where = {"resource_group": "data-rg", "name": "data-cache", "service": service, "return_keys": True}
    found = invoke("redis_info", {**where, **{name: settings[name] for name in CONNECTION}})["redis_info"][service]
    endpoint = Endpoint(found["host_name"], found["port"], found["keys"]["primary"], settings["ca_path"])
    with _connection.connect(endpoint) as connected:
        yield connected


@contextmanager
def watched(stack: Stack) -> Iterator[list[str]]:
    """Ask the backend for its cache all the time; yield what it says. While it restarts it says nothing."""
    said: list[str] = []
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            try:
                said.append(stack.health()["cache"]["status"])
            except urllib.error.HTTPError as error:
                said.append(json.loads(error.read())["cache"]["status"])
            except OSError:
                ended.wait(0.05)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield said
    finally:
        ended.set()
        thread.join()


def writes(stack: Stack, part: str) -> list[str]:
    """Return the methods of the writes to one kind of resource."""
    return [write.split()[0] for write in stack.azure.writes() if part.lower() in write.lower()]


def test_the_backend_starts_connected(stack: Stack) -> None:
    assert stack.health()["cache"]["status"] == "healthy"
    run = stack.play("verify_stack")
    assert run.code == 0, run.output
    assert "data-cache port without TLS" in run.text()


def test_what_is_provisioned_is_left_alone(stack: Stack) -> None:
    stack.azure.forget()
    for playbook in ("provision_cache", "setup_stack", "redeploy_backend", "update_env"):
        run = stack.play(playbook)
        assert run.code == 0, run.output
        assert run.recap("data")["changed"] == 0, run.output
    assert not stack.azure.writes()


def test_a_stack_without_a_cache_is_told_so(stack: Stack) -> None:
    for playbook in ("provision_cache", "reboot_cache", "flush_cache", "rotate_cache_keys", "cache_info"):
        refused = stack.play(playbook, "-e", "profile=database")
        assert refused.code != 0
        assert "Set stack_profile: full in the inventory" in refused.text()


def test_a1_a_check_sends_no_reboot_no_flush_and_no_key(stack: Stack) -> None:
    stack.azure.forget()
    for playbook in ("reboot_cache", "flush_cache", "rotate_cache_keys"):
        run = stack.play(playbook, "--check")
        assert run.code == 0, run.output
        assert run.recap("data")["failed"] == 0
    assert not stack.azure.writes()


def test_a2_a_reboot_touches_nothing_else(stack: Stack) -> None:
    stack.azure.forget()
    run = stack.play("reboot_cache")
    assert run.code == 0, run.output
    assert "another node serves now" in run.text()
    assert writes(stack, "Microsoft.Cache") == ["POST", "POST"]
    assert all("forceReboot" in write for write in stack.azure.writes())


def test_what_loses_data_is_confirmed_by_name(stack: Stack) -> None:
    stack.azure.forget()
    for playbook, arguments in (("reboot_cache", ("-e", "redis_reboot_nodes=all")), ("flush_cache", ())):
        refused = stack.play(playbook, *arguments)
        assert refused.code != 0
        assert "-e confirm=data-cache" in refused.text()
    assert not stack.azure.writes()
    confirmed = stack.play("flush_cache", "-e", "confirm=data-cache")
    assert confirmed.code == 0, confirmed.output


def test_a_rotation_leaves_the_backend_connected_and_shows_no_key(stack: Stack) -> None:
    stack.azure.forget()
    with watched(stack) as said:
        run = stack.play("rotate_cache_keys", "-vvvv")
    assert run.code == 0, run.output
    assert len(said) > 20 and set(said) == {"healthy"}
    assert "the primary key of data-cache is new" in run.text()
    assert "rediss://" not in run.output
    assert writes(stack, "regenerateKey") == ["POST"]
    assert stack.health()["cache"]["status"] == "healthy"


def test_no_key_is_replaced_that_the_backend_may_still_use(stack: Stack) -> None:
    stack.azure.forget()
    stack.azure.fault("error", method="PUT", path="containerGroups/", status=400, code="InvalidRequest")
    run = stack.play("rotate_cache_keys")
    assert run.code != 0 and "InvalidRequest" in run.text(), run.output
    assert writes(stack, "regenerateKey") == []
    assert stack.health()["cache"]["status"] == "healthy"


def test_a_rotation_that_was_cut_off_is_no_trouble_to_anybody(stack: Stack) -> None:
    stack.azure.fault("error", method="POST", path="regenerateKey", status=400, code="InvalidRequest")
    assert stack.play("rotate_cache_keys").code != 0
    assert stack.health()["cache"]["status"] == "healthy"
    for playbook in ("provision_cache", "rotate_cache_keys"):
        run = stack.play(playbook)
        assert run.code == 0, run.output
        assert stack.health()["cache"]["status"] == "healthy"


def test_a_rehearsed_rotation_says_every_change(stack: Stack) -> None:
    rehearsed, run = stack.play("rotate_cache_keys", "--check"), stack.play("rotate_cache_keys")
    assert (rehearsed.code, run.code) == (0, 0), rehearsed.output + run.output
    assert rehearsed.recap("data")["changed"] == run.recap("data")["changed"] == 3


def test_a_migration_is_rehearsed(stack: Stack) -> None:
    stack.azure.forget()
    rehearsed = stack.play("migrate_cache", "--check")
    assert rehearsed.code == 0, rehearsed.output
    assert not stack.azure.writes()


def test_a_backend_that_does_not_work_with_the_managed_cache_keeps_the_classic_one(stack: Stack) -> None:
    stack.azure.fault("error", method="PUT", path="containerGroups/", status=400, code="InvalidRequest")
    run = stack.play("migrate_cache", "-e", "confirm=data-cache")
    assert run.code != 0 and "it has the Azure Cache for Redis again" in run.text(), run.output
    assert stack.health()["cache"]["status"] == "healthy"
    stack.azure.forget()
    converged = stack.play("provision_cache")
    assert converged.recap("data")["changed"] == 0, converged.output
    with client(stack, "classic") as cache:
        assert cache.ping()


def test_a_migration_moves_keys_and_backend(stack: Stack) -> None:
    with client(stack, "classic") as cache:
        cache.set("moved", "1", ex=5000)
        cache.set("for ever", "2")
    with watched(stack) as said:
        run = stack.play("migrate_cache")
    assert run.code == 0, run.output
    assert len(said) > 20 and set(said) == {"healthy"}
    assert "2 keys copied" in run.text()
    with client(stack, "managed") as cache:
        assert (cache.get("for ever"), cache.ttl("for ever"), 0 < cache.ttl("moved") <= 5000) == ("2", -1, True)
    assert stack.health()["cache"]["status"] == "healthy"
    stack.azure.forget()
    assert stack.play("redeploy_backend").recap("data")["changed"] == 0
    again = stack.play("migrate_cache")
    assert again.recap("data")["changed"] == 0, again.output
    assert not stack.azure.writes()


def test_the_old_cache_goes_once_it_is_confirmed(stack: Stack) -> None:
    stack.azure.forget()
    run = stack.play("migrate_cache", "-e", "confirm=data-cache")
    assert run.code == 0, run.output
    assert writes(stack, "Microsoft.Cache/Redis/") == ["DELETE"]
    verified = stack.play("verify_stack")
    assert verified.code == 0, verified.output
    refused = stack.play("reboot_cache")
    assert refused.code != 0 and "cannot be rebooted" in refused.text()


def test_where_there_is_none_left_there_is_nothing_to_migrate(stack: Stack) -> None:
    stack.azure.forget()
    run = stack.play("migrate_cache")
    assert run.code == 0 and "Nothing to migrate." in run.text(), run.output
    assert writes(stack, "Microsoft.Cache") == writes(stack, "Microsoft.ContainerInstance") == []


def test_it_goes_with_the_stack(stack: Stack) -> None:
    run = stack.play("teardown_stack", "-e", "confirm=data")
    assert run.code == 0, run.output
    assert writes(stack, "Microsoft.Cache/redisEnterprise/data-cache")[-1] == "DELETE"
