"""A stack with a database, as its operator sees it: set up, connected, checked, its password replaced, torn down."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.simulator_fixture import Simulator
from tests.support.invoke import CONNECTION, invoke
from tests.support.load import Load
from tests.support.stack import BLUE_GREEN, DATABASE, Stack

pytestmark = [pytest.mark.slow, pytest.mark.soak]

ENDED = 0.5
"""How many seconds beside the first or the last failure of one kind another one still belongs to the same outage."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the secrets of the stack are, and the password they are encrypted with."""
    folder = tmp_path_factory.mktemp("database")
    (folder / "vault").write_text("the password of the vault", encoding="utf-8")
    return folder


def _variables(folder: Path, name: str) -> dict[str, Any]:
    """Those of a stack whose passwords are made by its first run and kept in files."""
    file = folder / "secrets" / ("password" if name == "data" else name)
    kept = {"database_server_name": f"{name}-db-server", "database_password": "", "database_password_file": str(file)}
    return {**DATABASE, **kept}


def _environment(folder: Path) -> dict[str, str]:
    return {"ANSIBLE_VAULT_PASSWORD_FILE": str(folder / "vault")}


@pytest.fixture(scope="module")
def stack(folder: Path) -> Iterator[Stack]:
    """A stack with a backend and no database yet; that one's password is made by the run that needs it."""
    local = Simulator(folder / "azure", 0)
    local.start()
    variables = {**_variables(folder, "data"), "stack_profile": "{{ profile | default('database') }}"}
    data = Stack(local, folder, "data", variables, _environment(folder))
    assert data.play("push_sample_image").code == 0
    local.forget()
    yield data
    local.stop()


def test_a_stack_without_a_database_is_told_so(stack: Stack) -> None:
    refused = stack.play("provision_database", "-e", "profile=mvp")
    assert refused.code != 0
    assert "Set stack_profile: database in the inventory" in refused.text()
    assert not stack.azure.writes()


def test_a_rehearsal_says_what_would_come_and_writes_nothing(stack: Stack) -> None:
    run = stack.play("setup_stack", "--check", "--diff")
    assert run.code == 0, run.output
    assert "Standard_B1ms" in run.output
    assert "0001_capsules.sql: 6 statements in one transaction" in run.output
    assert not stack.azure.writes()


def test_the_backend_is_connected_with_one_restart(stack: Stack, folder: Path) -> None:
    stack.set_up("-e", "profile=mvp")
    assert stack.health()["database"] == {"status": "not configured"}
    stack.azure.forget()
    run = stack.play("provision_database", "-vvvv")
    assert run.code == 0, run.output
    assert stack.health()["database"]["status"] == "healthy"
    written = [write for write in stack.azure.writes() if "containerGroups" in write]
    assert [write.split()[0] for write in written] == ["PUT", "PATCH"]
    assert (folder / "secrets" / "password").read_bytes().startswith(b"$ANSIBLE_VAULT;")
    assert "postgresql://" not in run.output


def test_what_is_provisioned_is_left_alone(stack: Stack) -> None:
    stack.azure.forget()
    for playbook in ("provision_database", "setup_stack", "redeploy_backend", "update_env"):
        run = stack.play(playbook)
        assert run.code == 0, run.output
        assert run.recap("data")["changed"] == 0, run.output
    assert not stack.azure.writes()
    assert stack.health()["database"]["status"] == "healthy"


def test_a_mark_is_left_before_another_image_only(stack: Stack) -> None:
    def marks() -> int:
        return len(list((stack.azure.state_dir / "backups").glob("*.json")))

    before = marks()
    assert before == 0, "setting up has left a mark, though there was nothing to go back to"
    assert stack.play("redeploy_backend").code == 0
    assert marks() == before
    stack.push("1.1.0")
    rehearsed = stack.play("redeploy_backend", "--check")
    assert rehearsed.code == 0, rehearsed.output
    assert marks() == before
    run = stack.play("redeploy_backend")
    assert run.code == 0, run.output
    assert (stack.version(), marks()) == ("1.1.0", before + 1)
    back = stack.play("rollback_backend")
    assert back.code == 0, back.output
    assert marks() == before + 2
    again = stack.play("rollback_backend")
    assert again.code == 0, again.output
    assert (stack.version(), marks()) == ("1.1.0", before + 3)
    stack.push("1.2.0")
    assert stack.play("setup_stack", "--check").code == 0
    assert marks() == before + 3
    for _time in range(2):  # the second one finds nothing to do
        run = stack.play("setup_stack")
        assert run.code == 0, run.output
        assert (stack.version(), marks()) == ("1.2.0", before + 4)
    assert run.recap("data")["changed"] == 0, run.output


def test_it_is_checked_with_the_stack(stack: Stack) -> None:
    run = stack.play("verify_stack")
    assert run.code == 0, run.output
    assert "data-db-server is ready" in run.output
    assert "body database {'status': 'healthy'" in run.text()


def _kept(folder: Path) -> dict[str, bytes]:
    """What is kept of the passwords, encrypted anew with each of them."""
    return {path.name: path.read_bytes() for path in (folder / "secrets").iterdir()}


def test_the_passwords_are_replaced(stack: Stack, folder: Path) -> None:
    before = _kept(folder)
    assert set(before) == {"password", "password-backend"}
    # One asks the backend for itself only, the other has it open a connection to its database each time.
    with Load(stack.address, rate=20) as alone, Load(stack.address, "/health", rate=20) as connecting:
        run = stack.play("rotate_database_password", "-vvvv")
    assert run.code == 0, run.output
    assert alone.failures, "the backend was not restarted"
    assert "status 503" not in connecting.failures, "the backend was refused by the server"
    assert connecting.failed_at[0] >= alone.failed_at[0] - ENDED, "connections fail before the restart"
    assert connecting.failed_at[-1] <= alone.failed_at[-1] + ENDED, "connections fail after the restart"
    after = _kept(folder)
    assert set(after) == set(before), "what follows is kept no longer than a rotation takes"
    assert all(after[name] != before[name] for name in before)
    assert stack.health()["database"]["status"] == "healthy"
    assert "postgresql://" not in run.output
    again = stack.play("setup_stack")
    assert again.recap("data")["changed"] == 0, again.output


def test_only_the_present_login_gets_in(stack: Stack) -> None:
    run = stack.play("provision_database")
    assert "codex_backend_b, reads and writes" in run.text()
    back = stack.play("rotate_database_password")
    assert back.code == 0, back.output
    assert "codex_backend_a, reads and writes" in stack.play("provision_database").text()
    locked = [line for line in back.output.splitlines() if "item=codex_backend" in line]
    assert locked == ["changed: [data] => (item=codex_backend_b)"]


def test_a_login_the_backend_does_not_come_up_with_is_taken_back(stack: Stack, folder: Path) -> None:
    before = _kept(folder)
    stack.azure.fault("error", method="PUT", path="containerGroups/", status=400, code="InvalidRequest")
    run = stack.play("rotate_database_password")
    assert run.code != 0
    assert "it has the present one again, which has worked all the time" in run.text()
    after = _kept(folder)
    prepared = after.pop("password-backend.next")
    assert after == before
    assert stack.health()["database"]["status"] == "healthy"
    finished = stack.play("rotate_database_password")
    assert finished.code == 0, finished.output
    assert _kept(folder)["password-backend"] == prepared
    assert stack.health()["database"]["status"] == "healthy"


def test_a_rehearsed_rotation_writes_nothing(stack: Stack, folder: Path) -> None:
    before = _kept(folder)
    stack.azure.forget()
    run = stack.play("rotate_database_password", "--check", "--diff")
    assert run.code == 0, run.output
    assert "codex_backend" in run.output and "(secret, changed)" in run.output
    assert not stack.azure.writes()
    assert _kept(folder) == before


def test_an_interrupted_rotation_of_the_administrator_is_finished(stack: Stack, folder: Path) -> None:
    stack.azure.fault("error", method="PATCH", path="flexibleServers/", status=400, code="InvalidParameterValue")
    run = stack.play("rotate_database_password")
    assert run.code != 0
    assert "password.next" in _kept(folder)
    stack.azure.forget()
    assert stack.play("verify_stack").code == 0
    finished = stack.play("rotate_database_password")
    assert finished.code == 0, finished.output
    assert set(_kept(folder)) == {"password", "password-backend"}


def _cut_off(stack: Stack, folder: Path) -> str:
    """Leave what a rotation leaves that ends between the server and the file; return the password in force."""
    if not (folder / "secrets" / "password").exists():  # chosen alone, without the tests that set the stack up
        stack.set_up()
    library = VaultLib([("default", VaultSecret((folder / "vault").read_bytes()))])
    password = f"Cut-off-{secrets.token_hex(8)}"
    (folder / "secrets" / "password.next").write_bytes(library.encrypt(password))
    settings = stack.azure.settings()
    azure = {name: settings[name] for name in CONNECTION}
    server = {"resource_group": "data-rg", "name": "data-db-server", "administrator_password": password}
    assert invoke("postgresql_server", {**server, **azure})["changed"]
    return password


@pytest.mark.parametrize(
    ("playbook", "arguments"),
    [
        ("backup_database", ()),
        ("verify_backups", ()),
        ("verify_stack", ()),
        ("drill_restore", ("-e", "database_backup_drill_hourly_price=0.02")),
        ("restore_database", ("-e", "restore=latest", "-e", "confirm=data")),
        ("provision_database", ()),
        ("setup_stack", ()),
        ("rotate_database_password", ()),
    ],
)
def test_whatever_comes_next_ends_a_rotation_that_was_cut_off(
    stack: Stack, folder: Path, playbook: str, arguments: tuple[str, ...]
) -> None:
    password = _cut_off(stack, folder)
    rehearsed = stack.play(playbook, *arguments, "--check")
    assert rehearsed.code == 0, rehearsed.output
    assert (folder / "secrets" / "password.next").exists()
    run = stack.play(playbook, *arguments, "-vvvv")
    assert run.code == 0, run.output
    assert password not in run.output + rehearsed.output
    assert run.recap("data")["changed"] == rehearsed.recap("data")["changed"], rehearsed.output + run.output
    assert set(_kept(folder)) == {"password", "password-backend"}


def test_each_run_left_a_line_without_the_password(stack: Stack, folder: Path) -> None:
    audit = (stack.azure.state_dir / "codexdominion.azure" / "audit.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in audit.splitlines()]
    results = [line["result"] for line in lines if line["action"] == "rotate_database_password"]
    assert results == ["ok", "ok", "failed", "ok", "failed", "ok", "ok"]
    assert "postgresql://" not in audit


def test_blue_and_green_rotate_without_an_unanswered_request(stack: Stack, folder: Path) -> None:
    duo = Stack(stack.azure, folder / "duo", "duo", {**_variables(folder, "duo"), **BLUE_GREEN}, _environment(folder))
    duo.set_up()
    with Load(duo.address, "/health", rate=20) as connecting:
        run = duo.play("rotate_database_password")
    assert run.code == 0, run.output
    assert connecting.sent > 0 and not connecting.failures, connecting.failures
    assert duo.health()["database"]["status"] == "healthy"


def test_all_of_it_is_removed_once_confirmed(stack: Stack) -> None:
    refused = stack.play("teardown_stack")
    assert refused.code != 0
    assert "the database with all its data and backups" in refused.text()
    run = stack.play("teardown_stack", "-e", "confirm=data")
    assert run.code == 0, run.output
    path = f"{stack.azure.subscription}/resourceGroups/data-rg"
    assert stack.azure.call("GET", path, "2022-09-01").status_code == 404
