"""What of Azure a run keeps, what takes it away, and what is never kept."""

from __future__ import annotations

import itertools
import json
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._azure import _reads
from ansible_collections.codexdominion.azure.plugins.module_utils._azure._reads import Kept, Reads
from ansible_collections.codexdominion.azure.plugins.module_utils._controller._run_cache import RunCache

AZURE = "https://management.example"
NORTH = "/subscriptions/s/resourceGroups/north-rg"
SOUTH = "/subscriptions/s/resourceGroups/south-rg"
KINDS = {
    "group": "",
    "container groups": "/providers/Microsoft.ContainerInstance/containerGroups",
    "container group": "/providers/Microsoft.ContainerInstance/containerGroups/api",
    "registry": "/providers/Microsoft.ContainerRegistry/registries/acr",
    "roles": "/providers/Microsoft.ContainerRegistry/registries/acr/providers/Microsoft.Authorization/roleAssignments",
    "identity": "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/pull",
    "traffic": "/providers/Microsoft.Network/trafficmanagerprofiles/api-traffic",
    "server": "/providers/Microsoft.DBforPostgreSQL/flexibleServers/db",
    "database": "/providers/Microsoft.DBforPostgreSQL/flexibleServers/db/databases/codex",
    "rule": "/providers/Microsoft.DBforPostgreSQL/flexibleServers/db/firewallRules/all",
    "parameters": "/providers/Microsoft.DBforPostgreSQL/flexibleServers/db/configurations",
    "cache": "/providers/Microsoft.Cache/redis/cache",
    "cluster": "/providers/Microsoft.Cache/redisEnterprise/cache",
    "its database": "/providers/Microsoft.Cache/redisEnterprise/cache/databases/default",
}
WRITES = (
    ("PUT", "/providers/Microsoft.ContainerInstance/containerGroups/api"),
    ("PATCH", "/providers/Microsoft.DBforPostgreSQL/flexibleServers/db"),
    ("DELETE", ""),
    ("POST", "/providers/Microsoft.Cache/redis/cache/regenerateKey"),
    ("POST", "/providers/Microsoft.ContainerInstance/containerGroups/api/restart"),
    (
        "PUT",
        "/providers/Microsoft.ContainerRegistry/registries/acr/providers/Microsoft.Authorization/roleAssignments/1",
    ),
    ("PUT", "/providers/Microsoft.Unheard.Of/things/one"),
)


def url(path: str) -> str:
    return f"{AZURE}{path}?api-version=2025-01-01"


def answer(status: int = 200, **body: Any) -> Kept:
    return Kept(status, {"content-type": "application/json"}, json.dumps(body))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def task(folder: Path | None, who: str = "me", **options: Any) -> Reads:
    """The reads of another task of the run, that may take what there is."""
    reads = Reads(RunCache(str(folder) if folder else None, "north"), who, **options)
    reads.open()
    return reads


def keep(reads: Reads, path: str, kept: Kept | None = None, asked: float | None = None) -> None:
    kept = kept or answer(name="it")
    if reads.wants("GET", url(path), kept.status):
        reads.keep(url(path), time.monotonic() if asked is None else asked, kept)


def taken(reads: Reads, path: str) -> Kept | None:
    return reads.take(url(path)) if reads.may_take("GET", url(path)) else None


@pytest.mark.parametrize("kind", KINDS)
def test_another_task_gets_what_one_has_read(folder: Path, kind: str) -> None:
    keep(task(folder), NORTH + KINDS[kind])
    other = task(folder)
    assert taken(other, NORTH + KINDS[kind]) == answer(name="it")
    assert other.used


def test_that_there_is_no_such_thing_is_an_answer(folder: Path) -> None:
    missing = answer(404, error={"code": "ResourceNotFound"})
    keep(task(folder), NORTH + KINDS["cache"], missing)
    assert taken(task(folder), NORTH + KINDS["cache"]) == missing


def test_names_of_different_case_mean_the_same(folder: Path) -> None:
    keep(task(folder), f"{NORTH}/providers/Microsoft.Network/trafficManagerProfiles/API-traffic")
    assert taken(task(folder), NORTH.lower() + KINDS["traffic"])


def test_each_is_taken_once_for_asking_again_is_asking_what_has_become_of_it(folder: Path) -> None:
    path = NORTH + KINDS["server"]
    keep(task(folder), path)
    reads = task(folder)
    assert taken(reads, path)
    assert not reads.may_take("GET", url(path))
    reads.open()
    assert taken(reads, path)


def test_nothing_is_taken_where_nothing_was_said_of_it(folder: Path) -> None:
    keep(task(folder), NORTH + KINDS["server"])
    reads = task(folder)
    reads.close()
    assert not reads.may_take("GET", url(NORTH + KINDS["server"]))


def test_nothing_is_kept_of_a_task_whose_run_is_not_known(folder: Path) -> None:
    reads = Reads(RunCache(str(folder)), "me")
    reads.open()
    keep(reads, NORTH)
    assert not reads.may_take("GET", url(NORTH))
    assert list(folder.iterdir()) == []


def test_what_is_old_is_asked_again(folder: Path) -> None:
    keep(task(folder), NORTH, asked=time.monotonic() - _reads.KEPT_SECONDS)
    assert taken(task(folder), NORTH) is None


def test_what_one_may_read_another_one_is_not_shown(folder: Path) -> None:
    keep(task(folder), NORTH)
    assert taken(task(folder, who="somebody else"), NORTH) is None


@pytest.mark.parametrize(("write", "kind"), list(itertools.product(WRITES, KINDS)))
def test_a_write_drops_everything_of_its_group_and_nothing_of_others(
    folder: Path, write: tuple[str, str], kind: str
) -> None:
    for group in (NORTH, SOUTH):
        keep(task(folder), group + KINDS[kind])
    method, path = write
    task(folder).sending(method, url(NORTH + path))
    assert taken(task(folder), NORTH + KINDS[kind]) is None
    assert taken(task(folder), SOUTH + KINDS[kind])


@pytest.mark.parametrize("path", ["/subscriptions/s/providers/Microsoft.Cache/register", "/providers/somewhere/else"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_write_of_no_group_drops_everything(folder: Path, path: str, kind: str) -> None:
    keep(task(folder), NORTH + KINDS[kind])
    task(folder).sending("POST", url(path))
    assert taken(task(folder), NORTH + KINDS[kind]) is None


def test_what_was_asked_before_a_write_and_answered_after_it_is_not_kept(folder: Path) -> None:
    asking, asked = task(folder), time.monotonic()
    task(folder).sending("PUT", url(NORTH + KINDS["server"]))
    keep(asking, NORTH + KINDS["server"], asked=asked)
    assert taken(task(folder), NORTH + KINDS["server"]) is None


def test_nothing_of_what_was_written_is_kept_in_the_rest_of_the_run(folder: Path) -> None:
    task(folder).sending("PUT", url(NORTH + KINDS["server"]))
    keep(task(folder), NORTH + KINDS["server"])
    assert taken(task(folder), NORTH + KINDS["server"]) is None


@pytest.mark.parametrize("action", ["listKeys", "listCredentials", "checkNameAvailability"])
def test_what_only_reads_drops_nothing(folder: Path, action: str) -> None:
    keep(task(folder), NORTH + KINDS["cache"])
    task(folder).sending("POST", url(f"{NORTH}{KINDS['cache']}/{action}"))
    task(folder).sending("GET", url(NORTH + KINDS["cache"]))
    assert taken(task(folder), NORTH + KINDS["cache"])


@pytest.mark.parametrize(
    "path",
    [
        f"{NORTH}/providers/Microsoft.ContainerInstance/containerGroups/api/containers/api/logs",
        f"{NORTH}/providers/Microsoft.DBforPostgreSQL/flexibleServers/db/backups",
        f"{NORTH}/providers/Microsoft.Cache/redis/cache/listKeys",
        f"{NORTH}/providers/Microsoft.KeyVault/vaults/v/secrets/s",
        f"{NORTH}/resources",
        "/subscriptions/s/providers/Microsoft.Cache",
        "/subscriptions/s/providers/Microsoft.Cache/locations/eastus/operationsStatus/1",
        "/subscriptions/s/providers/Microsoft.Cache/redis",
        "/metadata/endpoints",
    ],
)
def test_other_paths_are_not_kept(folder: Path, path: str) -> None:
    keep(task(folder), path)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("status", [201, 202, 204, 400, 401, 403, 409, 429, 500, 503])
def test_other_answers_are_not_kept(folder: Path, status: int) -> None:
    keep(task(folder), NORTH, answer(status))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "body",
    [
        {"properties": {"accessKeys": {"primaryKey": "s"}}},
        {"properties": {"administratorLoginPassword": "s"}},
        {"properties": {"storageAccountKey": "s"}},
        {"properties": {"containers": [{"environmentVariables": [{"name": "API_TOKEN", "value": "s"}]}]}},
        {"properties": {"containers": [{"environmentVariables": [{"name": "X", "secureValue": "s"}]}]}},
        {"properties": {"containers": [{"environmentVariables": [{"name": "BACKEND", "value": "amqp://u:p@h"}]}]}},
        {"value": [{"properties": {"connectionString": "s"}}]},
    ],
)
def test_what_looks_like_a_secret_is_not_kept(folder: Path, body: dict[str, Any]) -> None:
    keep(task(folder), NORTH + KINDS["container group"], answer(**body))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "body",
    [
        {"properties": {"accessKeys": None, "provisioningState": "Succeeded"}},
        {"properties": {"authConfig": {"passwordAuth": "Enabled"}, "state": "Ready"}},
        {"properties": {"containers": [{"environmentVariables": [{"name": "SECRET_KEY"}]}]}},
        {"tags": {"codex-secrets": "digest"}, "value": [{"properties": {"provisioningState": "Succeeded"}}]},
    ],
)
def test_what_only_sounds_like_one_is(folder: Path, body: dict[str, Any]) -> None:
    keep(task(folder), NORTH + KINDS["container group"], answer(**body))
    assert taken(task(folder), NORTH + KINDS["container group"])


@pytest.mark.parametrize("state", ["Creating", "Updating", "Deleting", "Failed", "Starting", "Pending"])
def test_what_has_not_settled_is_not_kept(folder: Path, state: str) -> None:
    for body in ({"provisioningState": state}, {"state": state}):
        keep(task(folder), NORTH + KINDS["server"], answer(properties=body))
        keep(task(folder), NORTH + KINDS["container groups"], answer(value=[{}, {"properties": body}]))
    assert list(folder.iterdir()) == []


def test_a_list_of_several_pages_is_not_kept(folder: Path) -> None:
    keep(task(folder), NORTH + KINDS["container groups"], answer(value=[], nextLink=url(NORTH)))
    assert list(folder.iterdir()) == []


def test_files_are_private_and_whole(folder: Path) -> None:
    keep(task(folder), NORTH)
    (path,) = folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.suffix == ""  # put in place under its name


def test_a_folder_that_takes_nothing_fails_no_read(folder: Path) -> None:
    reads = task(folder)
    folder.rmdir()
    keep(reads, NORTH)
    assert taken(reads, NORTH) is None


def test_the_first_look_reads_ahead_once(folder: Path) -> None:
    ahead: list[int] = []

    def read_ahead() -> None:
        ahead.append(1)
        keep(task(folder), NORTH)

    reads = task(folder, read_ahead=read_ahead)
    assert taken(reads, NORTH)
    assert taken(reads, SOUTH) is None
    assert ahead == [1]
