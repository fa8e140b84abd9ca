"""Schedules of backups: what is installed, and that it runs what it says."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.inventory import write_inventory
from tests.support.playbooks import ROOT, Run, playbook_path, run_playbook

pytestmark = pytest.mark.slow

SCHEDULED_RUN = ROOT / "roles" / "database_backup" / "files" / "scheduled_run"
# As Ansible names it: by the link that makes a checkout a collection.
SCHEDULED_RUN_INSTALLED = ROOT / "collections/ansible_collections/codexdominion/azure" / SCHEDULED_RUN.relative_to(ROOT)

# Looks units up in a folder, keeps whether they are enabled and active beside it, and notes what changes anything.
SYSTEMCTL = """#!/bin/sh
options=""
while [ "${1#--}" != "$1" ]; do options="$options$1 "; shift; done
verb=$1 unit=$2 state=$SYSTEMCTL_LOG.$2
case $verb in
show)
    [ -e "$SYSTEMCTL_UNITS/$unit" ] || { echo LoadState=not-found; echo ActiveState=inactive; exit 0; }
    echo LoadState=loaded
    if [ -e "$state.active" ]; then echo ActiveState=active; else echo ActiveState=inactive; fi
    exit 0 ;;
is-enabled)
    if [ -e "$state.enabled" ]; then echo enabled; else echo disabled; exit 1; fi
    exit 0 ;;
list-unit-files) exit 1 ;;
esac
echo "$options$*" >> "$SYSTEMCTL_LOG"
case $verb in
daemon-reload) exit 0 ;;
enable) touch "$state.enabled" ;;
disable) rm "$state.enabled" ;;
start) touch "$state.active" ;;
stop) rm "$state.active" ;;
*) echo "unexpected: $*" >&2; exit 1 ;;
esac
[ -e "$SYSTEMCTL_UNITS/$unit" ]
"""


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

    def play(self, kind: str, *arguments: str, **variables: Any) -> Run:
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
            variables={f"database_backup_{name}": value for name, value in names.items()},
        )

    def installed(self) -> dict[str, str]:
        """Return the content of every file there, by name."""
        return {path.name: path.read_text() for path in sorted(self.folder.iterdir())}


@pytest.fixture
def schedules(tmp_path: Path) -> Schedules:
    """Return a stack whose backups nobody has scheduled yet."""
    return Schedules(tmp_path)


def test_a_timer_is_installed_once_and_removed(schedules: Schedules) -> None:
    checked = schedules.play("systemd", "--check")
    assert checked.recap("codex")["changed"] > 0
    assert schedules.installed() == {}
    first = schedules.play("systemd")
    assert first.code == 0, first.output
    assert list(schedules.installed()) == ["codexdominion-backup-codex.service", "codexdominion-backup-codex.timer"]
    assert schedules.play("systemd").recap("codex")["changed"] == 0
    assert schedules.play("systemd", schedule_state="absent").code == 0
    assert schedules.installed() == {}
    assert schedules.play("systemd", schedule_state="absent").recap("codex")["changed"] == 0


@pytest.fixture
def systemctl(schedules: Schedules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a systemctl on the PATH that knows the units in the folder of the test; return the log of what it is told."""
    programs, log = tmp_path / "programs", tmp_path / "systemctl.log"
    programs.mkdir()
    script = programs / "systemctl"
    script.write_text(SYSTEMCTL)
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    monkeypatch.setenv("SYSTEMCTL_LOG", str(log))
    monkeypatch.setenv("SYSTEMCTL_UNITS", str(schedules.folder))
    return log


@pytest.mark.soak
def test_a_timer_is_enabled_and_started_once_and_stopped_before_it_goes(schedules: Schedules, systemctl: Path) -> None:
    def told(*arguments: str, state: str = "present") -> tuple[int, list[str]]:
        systemctl.write_text("")
        run = schedules.play("systemd", *arguments, schedule_enable=True, schedule_state=state)
        assert run.code == 0, run.output
        return run.recap("codex")["changed"], systemctl.read_text().splitlines()

    timer = "codexdominion-backup-codex.timer"
    would = told("--check")
    assert would[1] == []
    assert schedules.installed() == {}
    did = told()
    assert did == (would[0], ["--user daemon-reload", f"--user enable {timer}", f"--user start {timer}"])
    assert told() == (0, [])
    assert told("--check") == (0, [])
    would = told("--check", state="absent")
    assert would[1] == []
    assert told(state="absent") == (
        would[0],
        [f"--user disable {timer}", f"--user stop {timer}", "--user daemon-reload"],
    )
    assert told(state="absent") == (0, [])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("scope", ["user", "system"])
def test_systemd_accepts_the_units(schedules: Schedules, scope: str) -> None:
    assert schedules.play("systemd", schedule_scope=scope).code == 0
    units = [schedules.folder / name for name in schedules.installed()]
    option = ["--user"] if scope == "user" else []
    # The manager of a user wants a folder of its own.
    environment = os.environ | {"XDG_RUNTIME_DIR": str(schedules.folder)}
    verified = subprocess.run(
        ["systemd-analyze", *option, "verify", *units], capture_output=True, text=True, env=environment, timeout=60
    )
    # The host's own units are loaded with them, and may be grumbled about.
    ours = [line for line in verified.stderr.splitlines() if any(unit.name in line for unit in units)]
    assert (verified.returncode, ours) == (0, []), verified.stderr
    calendar = subprocess.run(["systemd-analyze", "calendar", "*-*-* 03:15:00 UTC"], capture_output=True, timeout=60)
    assert calendar.returncode == 0


def test_what_systemd_runs_is_what_was_meant(schedules: Schedules) -> None:
    assert schedules.play("systemd", schedule_arguments=["-e", "note=100% $of it"]).code == 0
    service = schedules.installed()["codexdominion-backup-codex.service"]
    assert '"-e" "lock_wait=1800" "-e" "note=100%% $$of it"' in service
    assert r'''Environment="NOTE=50 %% of $HOME \"or\" it's"''' in service


def test_a_line_for_cron_of_the_host_is_a_command_for_a_shell(schedules: Schedules, tmp_path: Path) -> None:
    recorder = tmp_path / "recorder"
    recorder.write_text('#!/bin/sh\nprintf "%s\\n" "$NOTE" "$@" > "$RECORD"\n')
    recorder.chmod(0o755)
    variables: dict[str, Any] = {
        "schedule_scope": "system",
        "schedule_cron": "5 4 * * 1",
        "schedule_arguments": ["--tags", "a b%c"],
    }
    assert schedules.play("cron", **variables).code == 0
    (line,) = [line for line in schedules.installed()["codexdominion-backup-codex"].splitlines() if line[0] != "#"]
    assert line.startswith("5 4 * * 1 root cd ")
    # What cron does with a line: after the user, to a shell, with escaped percent signs as they are.
    command = line.split(" root ", 1)[1].replace(r"\%", "%")
    command = command.replace(str(SCHEDULED_RUN_INSTALLED), str(recorder))
    record = tmp_path / "record"
    subprocess.run(
        ["/bin/sh", "-c", command.replace("/usr/bin/env bash", "")], check=True, env={"RECORD": str(record)}, timeout=60
    )
    note, *arguments = record.read_text().splitlines()
    assert note == """50 % of $HOME "or" it's"""
    assert arguments[-6:] == ["--limit", "codex", "-e", "lock_wait=1800", "--tags", "a b%c"]
    assert schedules.play("cron", **variables, schedule_state="absent").code == 0
    assert schedules.installed() == {}


def test_a_line_in_the_crontab_of_the_user(
    schedules: Schedules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    table = tmp_path / "table"
    table.touch()
    crontab = programs / "crontab"
    crontab.write_text(f'#!/bin/sh\nif [ "$1" = -l ]; then cat "{table}"; else cat "$1" > "{table}"; fi\n')
    crontab.chmod(crontab.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    first = schedules.play("cron")
    assert first.code == 0, first.output
    assert "15 3 * * * cd " in table.read_text()
    assert schedules.play("cron").recap("codex")["changed"] == 0
    assert schedules.play("cron", schedule_state="absent").code == 0
    assert "scheduled_run" not in table.read_text()


def test_a_workflow_runs_the_same_command_in_a_checkout(schedules: Schedules) -> None:
    inventory = str(ROOT / "inventories" / "production")
    account = {"storage_account_url": "https://codexops.blob.core.windows.net"}
    run = schedules.play("github", schedule_inventories=[inventory], **account)
    assert run.code == 0, run.output
    path = schedules.folder / "codexdominion-backup-codex.yml"
    # What GitHub would refuse, or not know.
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", path],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    workflow = yaml.safe_load(path.read_text())
    assert workflow[True]["schedule"] == [{"cron": "15 3 * * *"}]
    steps = workflow["jobs"]["backup"]["steps"]
    assert steps[-1]["run"] == (
        "bash roles/database_backup/files/scheduled_run ansible-playbook -i inventories/production "
        "playbooks/backup_database.yml --limit codex -e lock_wait=1800"
    )
    assert all((ROOT / word).exists() for word in steps[-1]["run"].split() if "/" in word)
    assert steps[2]["with"]["client-id"] == "${{ vars.AZURE_CLIENT_ID }}"
    assert workflow["jobs"]["backup"]["env"]["NOTE"] == """50 % of $HOME "or" it's"""


def test_a_workflow_that_would_lose_its_dumps_is_refused_with_all_reasons(schedules: Schedules) -> None:
    run = schedules.play("github", schedule_cron="daily")
    assert run.code != 0
    for reason in ("five fields: daily", "gone when it ends", "A workflow finds only what is in"):
        assert reason in run.text()
    assert schedules.installed() == {}


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("echo fine", 0),
        ("echo broken; exit 2", 2),
        ("echo 'msg: Stack codex is locked by root (StackLocked). Wait'; exit 2", 75),
        # Somebody else's lock in the output of a run that worked.
        ("echo '(StackLocked)'", 0),
    ],
)
def test_the_exit_code_of_a_scheduled_run_tells_a_locked_stack_from_a_failed_backup(script: str, code: int) -> None:
    run = subprocess.run(["bash", SCHEDULED_RUN, "sh", "-c", script], capture_output=True, text=True, timeout=30)
    assert run.returncode == code
    assert run.stdout.strip()
