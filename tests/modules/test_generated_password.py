"""A password that a run makes and never shows: in a file and in a key vault, rotated, interrupted, refused."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.simulator_fixture import Simulator
from tests.support.inventory import write_inventory
from tests.support.playbooks import Run, StartedRun, run_playbook
from tests.support.vault import Vault
from tests.support.waiting import until

pytestmark = pytest.mark.slow

Play = Callable[..., Run]
VAULT_PASSWORD = "the-password-of-ansible-vault"
MODULE = "codexdominion.azure.generated_password"


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A local Azure whose operations end at once."""
    local = Simulator(tmp_path_factory.mktemp("azure"))
    local.start()
    yield local
    local.stop()


@pytest.fixture(scope="module")
def vault(azure: Simulator) -> Vault:
    """A key vault in which the playbooks may write."""
    return Vault(azure, "kv-codex")


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two stacks."""
    return write_inventory(tmp_path_factory.mktemp("inventory") / "stacks", {"north": {}, "south": {}})


@pytest.fixture(scope="module")
def vault_password(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the secret of Ansible Vault."""
    file = tmp_path_factory.mktemp("ansible-vault") / "password"
    file.write_text(VAULT_PASSWORD, encoding="utf-8")
    return file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a password is kept."""
    return tmp_path / "secrets" / "database-password"


@pytest.fixture
def play(azure: Simulator, inventory: Path, tmp_path: Path) -> Play:
    """Run a play of one task of the module on the stacks, with more output than an operator would ask for."""

    def run(options: dict[str, Any], *arguments: str, keywords: dict[str, Any] | None = None, **others: Any) -> Run:
        playbook = write_playbook(tmp_path, [{MODULE: options, **(keywords or {})}])
        others |= {"state_dir": azure.state_dir, "inventory": inventory}
        return run_playbook(playbook, "-vvvv", "--diff", *arguments, **others)

    return run


def write_playbook(folder: Path, tasks: list[dict[str, Any]]) -> Path:
    """Write a play of these tasks."""
    content = {
        "hosts": "all",
        "gather_facts": False,
        "module_defaults": {"group/codexdominion.azure.azure": "{{ azure }}"},
        "tasks": tasks,
    }
    path = folder / "play.yml"
    path.write_text(yaml.safe_dump([content]), encoding="utf-8")
    return path


def read(path: Path) -> str:
    """Decrypt a file."""
    content: bytes = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))]).decrypt(path.read_bytes())
    return content.decode()


@pytest.mark.parametrize("in_process", [True, False], ids=["in-process", "ordinary"])
def test_several_stacks_share_one_file_and_nobody_sees_it(
    path: Path, play: Play, vault_password: Path, in_process: bool
) -> None:
    run = play({"path": str(path)}, "--vault-password-file", str(vault_password), in_process=in_process)
    assert run.code == 0, run.output
    assert sorted(run.recap(stack)["changed"] for stack in ("north", "south")) == [0, 1]
    password = read(path)
    assert len(password) == 32
    assert password not in run.output
    assert str(path) in run.output
    assert [one.name for one in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("in_process", [True, False], ids=["in-process", "ordinary"])
def test_a_key_vault_without_a_word_about_it(azure: Simulator, vault: Vault, play: Play, in_process: bool) -> None:
    name = f"database-{in_process}"
    seen = []
    for state in ("present", "next", "promoted", "promoted"):
        options = {"vault_url": vault.url, "secret_name": name, "state": state}
        run = play(options, "--limit", "north", in_process=in_process)
        assert run.code == 0, run.output
        if state != "promoted":
            seen.append(vault.get(name if state == "present" else f"{name}-next"))
        for password in (*seen, azure.connection["client_secret"]):
            assert password not in run.output
    assert run.recap("north")["changed"] == 0
    assert len(set(seen)) == 2
    assert vault.get(name) == seen[1]


def test_a_rotation_that_is_killed_goes_on_with_the_same_password(
    azure: Simulator, inventory: Path, vault_password: Path, path: Path, play: Play, vault: Vault, tmp_path: Path
) -> None:
    """In both stores at once; the run ends between the two steps."""
    arguments = ("-vvvv", "--limit=north", "--vault-password-file", str(vault_password))
    stores: list[dict[str, Any]] = [{"path": str(path)}, {"vault_url": vault.url, "secret_name": "killed"}]
    for store in stores:
        run = play(store, *arguments)
        assert run.code == 0, run.output
    before = [read(path), vault.get("killed")]

    reached, go_on = tmp_path / "reached", tmp_path / "go-on"
    rotation = write_playbook(
        tmp_path,
        [
            *({MODULE: {**store, "state": "next"}} for store in stores),
            {"ansible.builtin.file": {"path": str(reached), "state": "touch", "mode": "0600"}},
            {"ansible.builtin.wait_for": {"path": str(go_on), "timeout": 100}},
            *({MODULE: {**store, "state": "promoted"}} for store in stores),
        ],
    )
    with StartedRun(
        rotation, *arguments, state_dir=azure.state_dir, inventory=inventory, log=tmp_path / "killed.log"
    ) as killed:
        until(lambda: reached.exists() or killed.is_over(), "the new passwords to be prepared")
        assert not killed.is_over(), killed.said()
        killed.signal(signal.SIGKILL)
        killed.wait()
    assert [read(path), vault.get("killed")] == before
    prepared = [read(path.with_name(f"{path.name}.next")), vault.get("killed-next")]
    assert len({*before, *prepared}) == 4

    go_on.touch()
    run = run_playbook(rotation, *arguments, state_dir=azure.state_dir, inventory=inventory)
    assert run.code == 0, run.output
    assert [read(path), vault.get("killed")] == prepared
    for password in (*before, *prepared):
        assert password not in run.output
        assert password not in killed.said()


def test_without_a_secret_of_ansible_vault_nothing_is_written(path: Path, play: Play) -> None:
    for mode in ((), ("--check",)):
        run = play({"path": str(path)}, "--limit", "north", *mode)
        assert run.code != 0
        assert "The run has no secret of Ansible Vault (VaultSecretMissing). Give it one: --vault-id" in run.text()
    assert not path.parent.exists()


def test_the_file_is_the_controllers_whatever_the_task_says(path: Path, play: Play, vault_password: Path) -> None:
    """Neither another connection nor another user is used: on those hosts there is no secret of Ansible Vault."""
    vault_id = f"prod@{vault_password}"
    elsewhere = {"vars": {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}}
    run = play({"path": str(path)}, "--limit", "north", "--vault-id", vault_id, keywords={**elsewhere, "become": True})
    assert run.code == 0, run.output
    assert path.read_bytes().startswith(b"$ANSIBLE_VAULT;1.2;AES256;prod\n")


def test_a_file_is_not_made_in_the_background(path: Path, play: Play) -> None:
    run = play({"path": str(path)}, keywords={"async": 10, "poll": 1})
    assert run.code != 0
    assert "does not support async" in run.text()
    assert not path.parent.exists()
