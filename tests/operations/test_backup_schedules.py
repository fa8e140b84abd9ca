"""Schedules of backups, from the inventory to what is installed: once for each kind, and for what is refused.

What is installed, and that it runs what it says, is in tests/unit/plugins/module_utils/backup/test_schedule.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.inventory import write_inventory
from tests.support.playbooks import ROOT, Run, playbook_path, run_playbook
from tests.support.schedules import put_crontab_on_path, put_systemctl_on_path

pytestmark = pytest.mark.slow

# As Ansible names it: by the link that makes a checkout a collection.
SCRIPT = ROOT / "collections/ansible_collections/codexdominion/azure/roles/database_backup/files/scheduled_run"


class Schedules:
    """The playbook that schedules backups, for a stack that is never connected to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "installed here"
        self.folder.mkdir()
        self._state_dir = folder
        (folder / "azure.json").write_text(
            '{"cloud": "AzureCloud", "ca_path": "", "tenant_id": "", "client_id": "", "client_secret": "",'
            ' "subscription_id": ""}'
        )
        self._inventory = write_inventory(folder / "stacks", {"codex": {}})

    def play(self, kind: str, *arguments: str, environment: dict[str, str] | None = None, **variables: Any) -> Run:
        """Install or remove one kind of schedule; the folder is this test's own, and nothing is started."""
        names = {
            "schedule": kind,
            "schedule_folder": str(self.folder),
            "schedule_enable": False,
            "schedule_environment": {"NOTE": """50 % of $HOME "or" it's"""},
            **variables,
        }
        return run_playbook(
            playbook_path("schedule_backups"),
            *arguments,
            state_dir=self._state_dir,
            inventory=self._inventory,
            environment=environment,
            variables={f"database_backup_{name}": value for name, value in names.items()},
        )

    def installed(self) -> dict[str, str]:
        """Return the content of every file there, by name."""
        return {path.name: path.read_text() for path in sorted(self.folder.iterdir())}


@pytest.fixture
def schedules(tmp_path: Path) -> Schedules:
    """Return a stack whose backups nobody has scheduled yet."""
    return Schedules(tmp_path)


def test_a_timer_is_installed_enabled_and_started_as_the_inventory_says(
    schedules: Schedules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = put_systemctl_on_path(tmp_path, schedules.folder, monkeypatch)
    arguments: dict[str, Any] = {"schedule_enable": True, "schedule_arguments": "-e 'note=100% $of it'"}
    checked = schedules.play("systemd", "--check", **arguments)
    assert checked.recap("codex")["changed"] > 0
    assert schedules.installed() == {}
    assert log.read_text() == ""
    first = schedules.play("systemd", **arguments)
    assert first.code == 0, first.output
    assert first.recap("codex")["changed"] == checked.recap("codex")["changed"]
    assert log.read_text().splitlines()[-1] == "--user start codexdominion-backup-codex.timer"
    assert "codex: systemd backs the database up at *-*-* 03:15:00 UTC" in first.output
    service = schedules.installed()["codexdominion-backup-codex.service"]
    assert f'"bash" "{SCRIPT}" "' in service
    assert '"--limit" "codex" "-e" "lock_wait=1800" "-e" "note=100%% $$of it"' in service
    assert r'''Environment="NOTE=50 %% of $HOME \"or\" it's"''' in service
    assert schedules.play("systemd", **arguments).recap("codex")["changed"] == 0


def test_what_it_lacks_is_told_it_is_tried_and_proofs_are_scheduled_with_it(
    schedules: Schedules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_crontab_on_path(tmp_path, monkeypatch)
    (schedules.folder / "vault-password").write_text("a password of ours")
    surroundings = {"ANSIBLE_VAULT_PASSWORD_FILE": str(schedules.folder / "vault-password")}
    refused = schedules.play("systemd", schedule_environment={"A": "1\nB=2"})
    assert refused.code != 0 and r"cannot hold the control character \n" in refused.text()
    failed = schedules.play("cron", schedule_try=True, environment=surroundings)
    assert failed.code != 0, failed.output
    for words in ("was tried once and ended with", "It lacks", "ANSIBLE_VAULT_PASSWORD_FILE"):
        assert words in failed.text()
    assert "a password of ours" not in failed.output
    run = schedules.play("systemd", drill_hourly_price=0.5, environment=surroundings)
    assert run.code == 0, run.output
    assert "proves by a restore that the backups are good at Sun *-*-* 05:15:00 UTC" in run.text()
    assert "lacks ANSIBLE_VAULT_PASSWORD_FILE" in run.text()
    proof = schedules.installed()["codexdominion-proof-codex.service"]
    assert '/playbooks/drill_restore.yml" "--limit" "codex"' in proof
    without = schedules.play("systemd")
    assert "No proof by restore is scheduled" not in without.text(), "what was there was removed, and that is told"
    assert "no longer proves the backups" in without.text()
    assert not [name for name in schedules.installed() if "proof" in name]
    assert "No proof by restore is scheduled" in schedules.play("systemd").text()


def test_a_line_in_the_crontab_of_the_user(
    schedules: Schedules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = put_crontab_on_path(tmp_path, monkeypatch)
    first = schedules.play("cron")
    assert first.code == 0, first.output
    assert "15 3 * * * cd " in table.read_text()
    assert schedules.play("cron", schedule_state="absent").code == 0
    assert "scheduled_run" not in table.read_text()


def test_a_workflow_is_written_for_backups_in_a_storage_account_only(schedules: Schedules) -> None:
    refused = schedules.play("github", schedule_cron="daily")
    assert refused.code != 0
    for reason in ("five fields: daily", "gone when it ends", "A workflow finds only what is in"):
        assert reason in refused.text()
    assert schedules.installed() == {}
    run = schedules.play(
        "github",
        schedule_inventories=[str(ROOT / "inventories" / "production")],
        storage_account_url="https://codexops.blob.core.windows.net",
    )
    assert run.code == 0, run.output
    workflow = yaml.safe_load(schedules.installed()["codexdominion-backup-codex.yml"])
    assert workflow["jobs"]["backup"]["steps"][-1]["run"] == (
        "bash roles/database_backup/files/scheduled_run ansible-playbook -i inventories/production "
        "playbooks/backup_database.yml --limit codex -e lock_wait=1800"
    )
