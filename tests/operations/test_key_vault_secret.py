"""Secrets from a key vault in the playbooks an operator runs: read late, seen nowhere, rotated by the next run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.simulator_fixture import Simulator
from tests.support.inventory import write_inventory
from tests.support.playbooks import Run, playbook_path, run_playbook
from tests.support.vault import USER, Vault, object_id

pytestmark = pytest.mark.slow

Play = Callable[..., Run]
SECRET = "correct-horse-from-the-vault"
ROTATED = "another-horse-from-the-vault"


def reference(vault: Vault, name: str) -> str:
    """A variable's value that refers to a secret."""
    return f"{{{{ lookup('codexdominion.azure.key_vault_secret', '{name}', vault_url='{vault.url}') }}}}"


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A local Azure whose operations end at once."""
    local = Simulator(tmp_path_factory.mktemp("azure"))
    local.start()
    yield local
    local.stop()


@pytest.fixture(scope="module")
def vault(azure: Simulator) -> Vault:
    """A vault with one secret."""
    made = Vault(azure, "kv-codex")
    made.set("backend-secret-key", SECRET)
    return made


@pytest.fixture(scope="module")
def play(azure: Simulator, vault: Vault, tmp_path_factory: pytest.TempPathFactory) -> Play:
    """Run a playbook, by name or path, on the stack `north`, whose backend has one secret from the vault."""
    secret_environment = {"SECRET_KEY": reference(vault, "backend-secret-key")}
    inventory = write_inventory(
        tmp_path_factory.mktemp("inventory") / "stacks",
        {"north": {"backend_image_tag": "1.0.0", "backend_secret_environment": secret_environment}},
    )

    def run(playbook: str | Path, *arguments: str, **options: object) -> Run:
        path = playbook_path(playbook) if isinstance(playbook, str) else playbook
        return run_playbook(path, "-vvvv", *arguments, state_dir=azure.state_dir, inventory=inventory, **options)  # type: ignore[arg-type]

    return run


@pytest.fixture(scope="module")
def first_setup(play: Play) -> Run:
    """The stack, set up from nothing."""
    pushed = play("push_sample_image")
    assert pushed.code == 0, pushed.output
    return play("setup_stack", "--diff")


@pytest.fixture
def stack(first_setup: Run, azure: Simulator) -> Simulator:
    """The local Azure with the stack up, and an empty log of requests."""
    assert first_setup.code == 0, first_setup.output
    azure.forget()
    return azure


def test_the_backend_comes_up_with_it(first_setup: Run) -> None:
    assert first_setup.code == 0, first_setup.output
    assert SECRET not in first_setup.output


def test_an_unchanged_secret_restarts_nothing(stack: Simulator, vault: Vault, play: Play) -> None:
    run = play("update_env")
    assert run.code == 0, run.output
    assert run.recap("north")["changed"] == 0
    assert stack.writes() == []
    assert set(vault.reads()) == {"backend-secret-key"}
    assert SECRET not in run.output


def test_a_rotated_secret_restarts_once_and_is_told_by_name(stack: Simulator, vault: Vault, play: Play) -> None:
    vault.set("backend-secret-key", ROTATED)
    stack.forget()
    checked = play("update_env", "--check", "--diff")
    assert checked.code == 0, checked.output
    assert stack.writes() == []
    run = play("update_env", "--diff")
    assert run.code == 0, run.output
    for told in (checked, run):
        assert told.recap("north")["changed"] == 1
        assert re.search(r"SECRET_KEY.*\(secret, changed\)", told.output)
        assert SECRET not in told.output
        assert ROTATED not in told.output
    assert len([write for write in stack.writes() if write.startswith("PUT")]) == 1
    assert play("update_env").recap("north")["changed"] == 0


def test_a_secret_that_is_missing_stops_before_anything_is_written(stack: Simulator, vault: Vault, play: Play) -> None:
    secret_environment = {"SECRET_KEY": reference(vault, "not-there")}
    run = play("update_env", variables={"backend_secret_environment": secret_environment})
    assert run.code != 0
    assert f"Reading secret not-there of {vault.url.rstrip('/')} failed" in run.text()
    assert "(SecretNotFound). Check the name, the version and vault_url" in run.text()
    assert stack.writes() == []


class TestOutput:
    """What is seen of a value that was read, when something else fails."""

    @pytest.fixture
    def playbook(self, tmp_path: Path, vault: Vault) -> Path:
        """A play that reads, and fails with the value in its hands; with a second task that reads again."""
        vault.set("sentinel", SECRET)
        group = {
            "resource_group": "rg-that-is-not-there",
            "name": "codex-api",
            "location": "eastus",
            "containers": [
                {"name": "api", "image": "x", "memory": 1, "secret_environment": {"SECRET_KEY": "{{ sentinel }}"}}
            ],
        }
        tasks = [
            {"ansible.builtin.assert": {"that": "sentinel is defined", "quiet": True}},
            {"codexdominion.azure.container_group": group, "ignore_errors": True},
            {"codexdominion.azure.container_group": {**group, "location": "{{ sentinel.nothing }}"}},
        ]
        content = {
            "hosts": "all",
            "gather_facts": False,
            "module_defaults": {"group/codexdominion.azure.azure": "{{ azure }}"},
            "vars": {"sentinel": reference(vault, "sentinel")},
            "tasks": tasks,
        }
        path = tmp_path / "reads.yml"
        path.write_text(yaml.safe_dump([content]), encoding="utf-8")
        return path

    @pytest.mark.parametrize("in_process", [True, False])
    def test_a_failure_does_not_show_it(
        self, azure: Simulator, vault: Vault, play: Play, playbook: Path, tmp_path: Path, in_process: bool
    ) -> None:
        azure.forget()
        local = tmp_path / "local"
        environment = {"ANSIBLE_DISPLAY_TRACEBACK": "always", "ANSIBLE_LOCAL_TEMP": str(local)}
        run = play(playbook, in_process=in_process, environment=environment)
        assert run.code != 0
        assert "ResourceGroupNotFound" in run.output
        assert SECRET not in run.output
        assert not [path for path in local.rglob("*") if path.is_file()]
        # Three tasks have used it, the run has asked for one token for vaults and one for Azure Resource Manager.
        assert vault.reads().count("sentinel") == 3
        tokens = [entry for entry in azure.requests() if entry["path"].endswith("/oauth2/v2.0/token")]
        assert len(tokens) == 2


def test_without_permission_the_role_is_named(azure: Simulator, vault: Vault, tmp_path: Path, play: Play) -> None:
    """Another identity by the lookup's own options, refused; then given the role on this one secret."""
    other = {"client_id": "11111111-1111-1111-1111-111111111111", "client_secret": "secret-of-the-other-one"}
    principal = "22222222-2222-2222-2222-222222222222"
    assert principal != object_id(azure)
    azure.hook("POST", "identity/applications", {**other, "object_id": principal})
    vault.set("mine", SECRET)
    options = f"client_id='{other['client_id']}', client_secret=other_secret"
    value = reference(vault, "mine").replace(") }}", f", {options}) }}}}")
    content = {
        "hosts": "all",
        "gather_facts": False,
        "vars": {"mine": value, "other_secret": other["client_secret"]},
        "tasks": [{"ansible.builtin.assert": {"that": f"mine | length == {len(SECRET)}", "quiet": True}}],
    }
    path = tmp_path / "reads.yml"
    path.write_text(yaml.safe_dump([content]), encoding="utf-8")
    run = play(path)
    assert run.code != 0
    assert f"oid={principal}" in run.text()
    assert "(ForbiddenByRbac). Give the identity the role Key Vault Secrets User on the vault" in run.text()
    assert other["client_secret"] not in run.output
    vault.assign(USER, principal, "/secrets/mine")
    assert play(path).code == 0
