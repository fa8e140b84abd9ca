"""What a run looks at is read at its beginning: the list of it stays true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._azure._reads import KEPT_SECONDS, key_of
from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _stack_reads
from tests.simulator_fixture import Simulator
from tests.support.stack import DATABASE, Stack

pytestmark = pytest.mark.slow

VARIABLES: dict[str, Any] = {
    **DATABASE,
    "stack_profile": "full",
    "redis_name": "data-cache",
    "redis_ca_cert": "{{ rehearsal_azure['ca_path'] }}",
}
VALUES: dict[str, Any] = {
    **{f"{role}_resource_group": "data-rg" for role in ("stack", "registry", "backend", "database", "redis")},
    "registry_name": "dataregistry",
    "backend_name": "data-api",
    "backend_strategy": "in_place",
    "backend_pull": "identity",
    "backend_identity_name": "data-api-pull",
    "database_server_name": "data-db-server",
    "database_name": "codex",
    "database_firewall_rules": DATABASE["database_firewall_rules"],
    "redis_name": "data-cache",
    "redis_service": "auto",
}
PARTS = ("stack", "registry", "backend", "database", "redis")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with all its parts, set up."""
    folder = tmp_path_factory.mktemp("reads")
    local = Simulator(folder / "azure", 0)
    local.start()
    full = Stack(local, folder, "data", VARIABLES)
    full.set_up()
    yield full
    local.stop()


def reads(stack: Stack) -> list[dict[str, Any]]:
    """What was asked of Azure Resource Manager, tokens and metadata aside."""
    found = [one for one in stack.azure.requests() if one["host"] == "management"]
    return [one for one in found if one["path"].startswith("/subscriptions/")]


@pytest.mark.parametrize(
    "command",
    [
        ("setup_stack",),
        ("setup_stack", "--check"),
        ("update_env",),
        ("update_env", "--check"),
        ("redeploy_backend",),
        ("redeploy_backend", "--check"),
        ("verify_stack",),
    ],
    ids=" ".join,
)
def test_a_run_that_changes_nothing_reads_nothing_but_what_was_read_ahead(
    stack: Stack, command: tuple[str, ...]
) -> None:
    stack.azure.forget()
    run = stack.play(*command)
    assert run.code == 0, run.output
    assert run.recap("data")["changed"] == 0
    requests = reads(stack)
    gets = [one for one in requests if one["method"] == "GET"]
    (principal,) = {one["query"] for one in gets if one["path"].endswith("/roleAssignments")}
    expected = set()
    for read in _stack_reads.of_stack(VALUES, stack.azure.settings()["subscription_id"], PARTS):
        query = principal if read.of else f"api-version={read.api_version}"
        expected.add(key_of(f"{read.path}?{query}"))
    if command[0] == "verify_stack":  # which looks for servers that a restore has left, as changes do not
        group = f"/subscriptions/{stack.azure.settings()['subscription_id']}/resourceGroups/data-rg"
        provider = "Microsoft.DBforPostgreSQL"
        version = _stack_reads.VERSIONS[provider]
        expected.add(key_of(f"{group}/providers/{provider}/flexibleServers?api-version={version}"))
    asked = [key_of(f"{one['path']}?{one['query']}") for one in gets]
    assert set(asked) <= expected
    # On a busy machine a run takes so long that what was read ahead does not count any more.
    if gets[-1]["answered"] - gets[0]["answered"] < KEPT_SECONDS / 2:
        assert len(asked) == len(set(asked)), sorted(asked)
    others = {one["path"].rsplit("/", 1)[-1] for one in requests if one["method"] != "GET"}
    assert others <= {"listKeys"}


def test_trouble_while_reading_ahead_fails_nothing(stack: Stack) -> None:
    for kind, options in (("error", {"status": 500}), ("throttle", {"seconds": 0.1}), ("reset", {}), ("truncate", {})):
        stack.azure.fault(kind, method="GET", path="/resourceGroups/data-rg", times=3, **options)
    run = stack.play("update_env")
    assert run.code == 0, run.output
    assert run.recap("data")["changed"] == 0


def test_modules_as_processes_of_their_own_take_what_was_read(stack: Stack) -> None:
    stack.azure.forget()
    run = stack.play("update_env", in_process=False)
    assert run.code == 0, run.output
    gets = [one["path"] for one in reads(stack) if one["method"] == "GET"]
    assert len(gets) == len(set(gets)) > 10
