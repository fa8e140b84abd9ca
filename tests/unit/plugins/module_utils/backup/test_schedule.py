"""Schedules of backups: what is installed, and that it runs what it says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _schedule_environment
from tests.support.invoke import invoke, problems
from tests.support.playbooks import ROOT
from tests.support.schedules import put_crontab_on_path, put_systemctl_on_path

SCRIPT = ROOT / "roles" / "database_backup" / "files" / "scheduled_run"


class Schedules:
    """The module that schedules backups, for a stack that is never connected to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "installed here"

    def params(self, kind: str, **params: Any) -> dict[str, Any]:
        """Return what the role hands over; nothing is started."""
        return {
            "stack": "codex",
            "host": "codex",
            "kind": kind,
            "folder": str(self.folder),
            "enable": False,
            "environment": {"NOTE": """50 % of $HOME "or" it's"""},
            "project": str(ROOT),
            "playbook": f"{ROOT}/playbooks/backup_database.yml",
            "script": str(SCRIPT),
            "ansible_config": "/etc/ansible config",
            "inventories": [f"{ROOT}/inventories/production"],
            **params,
        }

    def run(self, kind: str, *, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        """Install or remove one kind of schedule."""
        result = invoke("backup_schedule", self.params(kind, **params), check_mode=check_mode)
        assert not result.get("failed"), result
        return result

    def installed(self) -> dict[str, str]:
        """Return the content of every file there, by name."""
        return {path.name: path.read_text() for path in sorted(self.folder.glob("*"))}


@pytest.fixture
def schedules(tmp_path: Path) -> Schedules:
    """Return a stack whose backups nobody has scheduled yet."""
    return Schedules(tmp_path)


def test_a_timer_is_installed_once_and_removed(schedules: Schedules) -> None:
    checked = schedules.run("systemd", check_mode=True)
    assert checked["changed"]
    assert schedules.installed() == {}
    first = schedules.run("systemd")
    assert first["steps"] == checked["steps"]
    assert list(schedules.installed()) == ["codexdominion-backup-codex.service", "codexdominion-backup-codex.timer"]
    assert not schedules.run("systemd")["changed"]
    (schedules.folder / "codexdominion-backup-codex.timer").chmod(0o600)
    assert schedules.run("systemd")["steps"] == [f"write {schedules.folder}/codexdominion-backup-codex.timer"]
    assert schedules.run("systemd", state="absent")["changed"]
    assert schedules.installed() == {}
    assert not schedules.run("systemd", state="absent")["changed"]


def test_a_timer_is_enabled_and_started_once_and_stopped_before_it_goes(
    schedules: Schedules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = put_systemctl_on_path(tmp_path, schedules.folder, monkeypatch)

    def told(state: str = "present", *, check_mode: bool = False) -> tuple[list[str], list[str]]:
        log.write_text("")
        result = schedules.run("systemd", enable=True, state=state, check_mode=check_mode)
        assert result["changed"] is bool(result["steps"])
        return result["steps"], log.read_text().splitlines()

    timer = "codexdominion-backup-codex.timer"
    would = told(check_mode=True)
    assert would[1] == []
    assert schedules.installed() == {}
    assert told() == (would[0], ["--user daemon-reload", f"--user enable {timer}", f"--user start {timer}"])
    assert told() == ([], [])
    assert told(check_mode=True) == ([], [])
    would = told("absent", check_mode=True)
    assert would[1] == []
    assert told("absent") == (
        would[0],
        [f"--user disable {timer}", f"--user stop {timer}", "--user daemon-reload"],
    )
    assert told("absent") == ([], [])


def test_a_timer_that_was_stopped_by_hand_is_started_again(
    schedules: Schedules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = put_systemctl_on_path(tmp_path, schedules.folder, monkeypatch)
    schedules.run("systemd", enable=True, scope="system")
    (tmp_path / "systemctl.log.codexdominion-backup-codex.timer.active").unlink()
    log.write_text("")
    found = schedules.run("systemd", enable=True, scope="system")
    assert found["steps"] == ["start codexdominion-backup-codex.timer"]
    assert found["diff"][0]["before"] == {"active": False}
    assert log.read_text().splitlines() == ["start codexdominion-backup-codex.timer"]


def test_a_systemd_that_is_not_there_is_told(
    schedules: Schedules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    failed = invoke("backup_schedule", schedules.params("systemd", enable=True))
    assert failed["failure"]["code"] == "CommandFailed"
    assert "database_backup_schedule_enable to false" in failed["msg"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("scope", ["user", "system"])
def test_systemd_accepts_the_units(schedules: Schedules, scope: str) -> None:
    schedules.run("systemd", scope=scope, ansible_playbook=sys.executable)
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
    schedules.run("systemd", arguments=["-e", "note=100% $of it"])
    service = schedules.installed()["codexdominion-backup-codex.service"]
    assert '"-e" "lock_wait=1800" "-e" "note=100%% $$of it"' in service
    assert r'''Environment="NOTE=50 %% of $HOME \"or\" it's"''' in service
    assert 'Environment="ANSIBLE_CONFIG=/etc/ansible config"' in service
    assert "User=" not in service


def test_a_service_of_the_host_has_a_user_and_waits_for_the_network(schedules: Schedules) -> None:
    schedules.run("systemd", scope="system", user="operations")
    service = schedules.installed()["codexdominion-backup-codex.service"]
    assert "\nAfter=network-online.target\n" in service
    assert "\nUser=operations\n" in service


def test_a_line_for_cron_of_the_host_is_a_command_for_a_shell(schedules: Schedules, tmp_path: Path) -> None:
    recorder = tmp_path / "recorder"
    recorder.write_text('#!/bin/sh\nprintf "%s\\n" "$NOTE" "$@" > "$RECORD"\n')
    recorder.chmod(0o755)
    params: dict[str, Any] = {"scope": "system", "cron": "5 4 * * 1", "arguments": ["--tags", "a b%c"]}
    schedules.run("cron", **params)
    (line,) = [line for line in schedules.installed()["codexdominion-backup-codex"].splitlines() if line[0] != "#"]
    assert line.startswith("5 4 * * 1 root cd ")
    # What cron does with a line: after the user, to a shell, with escaped percent signs as they are.
    command = line.split(" root ", 1)[1].replace(r"\%", "%")
    command = command.replace(str(SCRIPT), str(recorder))
    record = tmp_path / "record"
    subprocess.run(
        ["/bin/sh", "-c", command.replace("/usr/bin/env bash", "")], check=True, env={"RECORD": str(record)}, timeout=60
    )
    note, *arguments = record.read_text().splitlines()
    assert note == """50 % of $HOME "or" it's"""
    assert arguments[-6:] == ["--limit", "codex", "-e", "lock_wait=1800", "--tags", "a b%c"]
    schedules.run("cron", **params, state="absent")
    assert schedules.installed() == {}


def test_a_line_in_the_crontab_of_the_user(
    schedules: Schedules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = put_crontab_on_path(tmp_path, monkeypatch)
    table.write_text("# DO NOT EDIT THIS FILE - edit the master and reinstall.\n@daily true\n")
    would = schedules.run("cron", check_mode=True)
    assert "scheduled_run" not in table.read_text()
    first = schedules.run("cron")
    assert first["steps"] == would["steps"] == ["write the crontab"]
    assert "15 3 * * * cd " in table.read_text()
    assert table.read_text().splitlines()[:2] == ["@daily true", "#Ansible: codexdominion-backup-codex"]
    assert not schedules.run("cron")["changed"]
    table.write_text(table.read_text() + "@weekly true\n")
    schedules.run("cron", cron="5  4 * * *")
    assert table.read_text().count("scheduled_run") == 1
    assert table.read_text().splitlines()[2].startswith("5 4 * * * cd ")
    schedules.run("cron", state="absent")
    assert table.read_text() == "@daily true\n@weekly true\n"
    assert not schedules.run("cron", state="absent")["changed"]


def test_a_crontab_that_cannot_be_read_is_left_alone(
    schedules: Schedules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_crontab_on_path(tmp_path, monkeypatch)
    (tmp_path / "programs/crontab").write_text("#!/bin/sh\necho not allowed >&2\nexit 77\n")
    failed = invoke("backup_schedule", schedules.params("cron"))
    assert "crontab -l ended with 77: not allowed" in failed["msg"]


def test_a_workflow_runs_the_same_command_in_a_checkout(schedules: Schedules) -> None:
    pytest.importorskip(
        "check_jsonschema", reason="check-jsonschema is a tool for developers, not of every environment"
    )
    schedules.run("github")
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
    assert workflow["jobs"]["backup"]["env"] == {"NOTE": """50 % of $HOME "or" it's"""}
    schedules.run("github", environment={})
    assert "env" not in yaml.safe_load(path.read_text())["jobs"]["backup"]


def test_a_workflow_that_would_lose_its_dumps_is_refused_with_all_reasons(schedules: Schedules, tmp_path: Path) -> None:
    wrong = schedules.params("github", cron="daily", inventories=[str(tmp_path)], keeps_files=True)
    refused = problems("backup_schedule", wrong)
    for reason in ("five fields: daily", "gone when it ends", "A workflow finds only what is in"):
        assert any(reason in problem for problem in refused)
    assert len(refused) == 3
    # What is to be removed may be wrong in its contents.
    assert len(problems("backup_schedule", {**wrong, "state": "absent"})) == 1
    assert "would find no stack" in problems("backup_schedule", {**wrong, "inventories": []})[1]


def test_a_folder_that_cannot_be_written_is_told(schedules: Schedules, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    failed = invoke("backup_schedule", schedules.params("systemd", folder=str(tmp_path / "file" / "units")))
    assert failed["failure"]["code"] == "ScheduleNotWritten"
    assert "database_backup_schedule_folder" in failed["msg"]


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
    run = subprocess.run(["bash", SCRIPT, "sh", "-c", script], capture_output=True, text=True, timeout=30)
    assert run.returncode == code
    assert run.stdout.strip()


# What a scheduled run knows


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a shell with what Azure, Ansible and an inventory may take from it."""
    for name in [*os.environ]:
        if _schedule_environment.lacking({name: "1"}, (), []):
            monkeypatch.delenv(name)
    for name in ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "ANSIBLE_VAULT_PASSWORD_FILE", "OUR_DATABASE_PASSWORD"):
        monkeypatch.setenv(name, f"the value of {name}")
    for name in ("ANSIBLE_CONFIG", "ANSIBLE_FORCE_COLOR", "UNHEARD_OF"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("AZURE_TENANT_ID", "")


@pytest.fixture
def inventory(tmp_path: Path) -> str:
    """Return an inventory that looks something up in the environment."""
    folder = tmp_path / "stacks" / "group_vars"
    folder.mkdir(parents=True)
    (folder / "all.yml").write_text("password: \"{{ lookup('env', 'OUR_DATABASE_PASSWORD') }}\"\nother: 'UNHEARD'\n")
    return str(tmp_path / "stacks")


@pytest.mark.usefixtures("shell")
def test_what_a_scheduled_run_will_lack_is_told_by_name(schedules: Schedules, inventory: str, tmp_path: Path) -> None:
    everything = ["ANSIBLE_VAULT_PASSWORD_FILE", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "OUR_DATABASE_PASSWORD"]
    found = schedules.run("systemd", inventories=[inventory])
    assert found["lacks"] == everything
    assert f"lacks    {', '.join(everything)}: " in found["message"] and "the value of" not in str(found)
    file = tmp_path / "secrets"
    file.write_text("# ours\nAZURE_CLIENT_SECRET='a secret'\n export NONE\nOUR_DATABASE_PASSWORD=x\n")
    file.chmod(0o600)
    known: dict[str, Any] = {
        "environment": {"AZURE_CLIENT_ID": "1"},
        "environment_file": str(file),
        "inventories": [inventory],
    }
    assert schedules.run("systemd", **known)["lacks"] == ["ANSIBLE_VAULT_PASSWORD_FILE"]
    assert f"\nEnvironmentFile={file}\n" in schedules.installed()["codexdominion-backup-codex.service"]
    assert "a secret" not in str(schedules.installed())
    for other in ({"kind": "github", "inventories": [f"{ROOT}/inventories/production"]}, {"state": "absent"}):
        result = schedules.run(**{"kind": "systemd", **other})  # type: ignore[arg-type]
        assert result["lacks"] == [] and "lacks" not in result["message"]


@pytest.mark.parametrize("character", ["\n", "\r", "\0", "\x1b", "\x7f", "\x85", "\u2028", "\t"])
@pytest.mark.parametrize(
    ("option", "wrap"),
    [
        ("environment", lambda text: {"GOOD": "1", "NOTE": text}),
        ("environment", lambda text: {text: "1"}),
        ("arguments", lambda text: ["-e", text]),
        ("inventories", lambda text: [text]),
        ("stack", str),
        ("host", str),
        ("user", str),
        ("calendar", str),
        ("cron", lambda text: f"15 3 * * {text}"),
        ("folder", str),
        ("project", str),
        ("playbook", str),
        ("runner", str),
        ("environment_file", str),
    ],
)
def test_what_does_not_fit_in_a_line_is_refused_wherever_it_is(
    schedules: Schedules, option: str, wrap: Any, character: str
) -> None:
    for kind in ("systemd", "cron", "github"):
        params = schedules.params(kind, **{option: wrap(f"a{character}b")})
        found = [one for one in problems("backup_schedule", params) if "control character" in one]
        assert len(found) == 1 and f"({option})" in found[0]
        assert character not in found[0] and ascii(character)[1:-1] in found[0]
        assert not any("control" in one for one in problems("backup_schedule", {**params, "state": "absent"}))


@pytest.mark.parametrize("name", ["A B", "A=B", "1A", "A;true", "", "A-B", "Ä"])
def test_what_is_no_name_of_a_variable_is_refused(schedules: Schedules, name: str) -> None:
    (problem,) = problems("backup_schedule", schedules.params("cron", environment={name: "1"}))
    assert "is no name of a variable" in problem


def test_a_file_with_secrets_that_others_can_read_is_refused(schedules: Schedules, tmp_path: Path) -> None:
    file = tmp_path / "secrets"

    def problem(path: object, kind: str = "systemd") -> str:
        (found,) = problems("backup_schedule", schedules.params(kind, environment_file=str(path)))
        return found

    assert "cannot be read: No such file" in problem(file)
    file.write_text("A=1\n")
    file.chmod(0o640)
    assert "chmod 600" in problem(file)
    file.chmod(0o600)
    assert problems("backup_schedule", schedules.params("systemd", environment_file=str(file))) == []
    assert "secrets of the repository" in problem(file, "github")
    assert "no absolute path" in problem("secrets")
    file.write_text("nothing")
    assert "no line NAME=value" in problem(file)
    assert "cannot be read: Is a directory" in problem(tmp_path)


# The try


def recorded(folder: Path, code: int) -> dict[str, Any]:
    """Return what has a program in the place of ansible-playbook that writes its environment down."""
    program = folder / "ansible-playbook"
    program.write_text(
        f'#!/bin/sh\nenv > "{folder}/environment"\npwd >> "{folder}/environment"\n'
        f'echo "fatal: the reason"\nexit {code}\n'
    )
    program.chmod(0o755)
    return {"ansible_playbook": str(program), "try_once": True}


@pytest.mark.usefixtures("shell")
@pytest.mark.parametrize("kind", ["cron", "systemd"])
def test_it_is_tried_once_with_what_it_will_have(
    schedules: Schedules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    table = put_crontab_on_path(tmp_path, monkeypatch)
    file = tmp_path / "secrets"
    file.write_text("OF_THE_FILE='it is there'\n")
    file.chmod(0o600)
    tried = {**recorded(tmp_path, 0), "environment_file": str(file)}
    would = schedules.run(kind, check_mode=True, **tried)
    assert not (tmp_path / "environment").exists()
    done = schedules.run(kind, **tried)
    assert done["steps"] == would["steps"] and done["steps"][0] == "try codexdominion-backup-codex once"
    assert "\ntried    it works" in done["message"] and "\ntried    " not in would["message"]
    known = (tmp_path / "environment").read_text().splitlines()
    assert str(ROOT.resolve()) in known and "OF_THE_FILE=it is there" in known
    assert """NOTE=50 % of $HOME "or" it's""" in known
    assert not [line for line in known if line.startswith(("AZURE_", "ANSIBLE_VAULT", "UNHEARD_OF", "OUR_"))]
    assert bool(table.read_text()) is (kind == "cron")
    (tmp_path / "environment").unlink()
    assert not schedules.run(kind, **tried)["changed"]
    assert not (tmp_path / "environment").exists(), "what is as it was is not tried again"


@pytest.mark.usefixtures("shell")
@pytest.mark.parametrize("kind", ["cron", "systemd"])
def test_what_does_not_work_is_not_installed(
    schedules: Schedules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    table = put_crontab_on_path(tmp_path, monkeypatch)
    failed = invoke("backup_schedule", schedules.params(kind, **recorded(tmp_path, 2)))
    assert failed["failure"]["code"] == "ScheduleDoesNotWork"
    for words in ("ended with 2: fatal: the reason", "It lacks ", "AZURE_CLIENT_ID", "_schedule_try=false"):
        assert words in failed["msg"]
    assert "\n" not in failed["msg"] and "the value of" not in str(failed)
    assert (table.read_text(), schedules.installed()) == ("", {})


@pytest.mark.parametrize("works", [True, False])
def test_where_systemd_is_there_it_runs_the_unit_before_the_timer_is_enabled(
    schedules: Schedules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, works: bool
) -> None:
    log = put_systemctl_on_path(tmp_path, schedules.folder, monkeypatch)
    if not works:
        program = tmp_path / "programs" / "systemctl"
        refusal = 'case "$*" in *start*.service) echo "Job failed." >&2; exit 1 ;; esac'
        program.write_text(program.read_text().replace("#!/bin/sh\n", f"#!/bin/sh\n{refusal}\n"))
    name = "codexdominion-backup-codex"
    result = invoke("backup_schedule", schedules.params("systemd", enable=True, try_once=True))
    timer = [f"--user enable {name}.timer", f"--user start {name}.timer"]
    if works:
        assert log.read_text().splitlines() == ["--user daemon-reload", f"--user start {name}.service", *timer]
        assert not schedules.run("systemd", enable=True, try_once=True)["changed"]
    else:
        assert result["failure"]["code"] == "ScheduleDoesNotWork" and "Job failed" in result["msg"]
        assert log.read_text().splitlines() == ["--user daemon-reload"]
        again = invoke("backup_schedule", schedules.params("systemd", enable=True, try_once=True))
        assert again["failure"]["code"] == "ScheduleDoesNotWork", "it is tried until it works"


# Proofs


@pytest.mark.parametrize("kind", ["systemd", "cron", "github"])
def test_a_proof_is_scheduled_beside_the_backup_and_goes_by_itself(
    schedules: Schedules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    put_crontab_on_path(tmp_path, monkeypatch)
    scope: dict[str, Any] = {"scope": "system"} if kind == "cron" else {}
    schedules.run(kind, **scope)
    backup = schedules.installed()
    proof: dict[str, Any] = {
        "purpose": "proof",
        "playbook": f"{ROOT}/playbooks/drill_restore.yml",
        "cron": "15 5 * * 0",
        **scope,
    }
    done = schedules.run(kind, **proof)
    assert "proves by a restore that the backups are good" in done["message"]
    both = schedules.installed()
    mine = {name: text for name, text in both.items() if name not in backup}
    assert all(name.startswith("codexdominion-proof-codex") for name in mine)
    assert "drill_restore.yml" in str(mine) and "backup_database.yml" not in str(mine)
    assert {name: both[name] for name in backup} == backup
    schedules.run(kind, **proof, state="absent")
    assert schedules.installed() == backup
