# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When backups are made, in the words of systemd, cron and GitHub. Pure but for paths; private to this collection.

All of them run the same command, by absolute paths, except a workflow, which runs in a checkout.
"""

from __future__ import annotations

import functools
import json
import math
import os
import pathlib
import re
import shlex
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _schedule_environment
from ansible_collections.codexdominion.azure.plugins.module_utils._core._spec import ArgumentSpec, Params

BACKUP, PROOF = "backup", "proof"
SYSTEMD, CRON, GITHUB = "systemd", "cron", "github"
_MADE = "# Made by schedule_backups: a change here is lost with its next run."
_FIELDS = 5


class _Words(t.NamedTuple):
    """How a schedule of something is called.

    :ivar does: what it does, and C(no_more) what it does not do any more, of its stack.
    :ivar title: what a unit does, before the name of the stack.
    :ivar step: what a workflow calls it.
    """

    does: str
    no_more: str
    title: str
    when: str
    step: str


_WORDS = {
    BACKUP: _Words(
        does="backs the database up",
        no_more="no longer backs the database up",
        title="Backup of the database of the stack",
        when="When the database of the stack {} is backed up",
        step="Back up",
    ),
    PROOF: _Words(
        does="proves by a restore that the backups are good",
        no_more="no longer proves the backups",
        title="Proof by restore of the backups of the stack",
        when="When the backups of the stack {} are proven by a restore",
        step="Prove the backups",
    ),
}


class Schedule:
    """A schedule as the options of the module say it.

    :ivar name: what it is called, wherever it is.
    :ivar is_of_the_host: whether it is the host's, or a user's own.
    :ivar folder: where its files are; None for a line in a user's own crontab.
    """

    def __init__(self, params: Params) -> None:
        self._params = params
        self.kind: str = params["kind"]
        self.stack: str = params["stack"]
        self.name = f"codexdominion-{params['purpose']}-{re.sub('[^A-Za-z0-9-]', '-', self.stack)}"
        self._words = _WORDS[params["purpose"]]
        self.is_of_the_host = params["scope"] == "system"
        self.project = pathlib.Path(os.path.realpath(params["project"]))
        self.folder = self._folder()

    def _folder(self) -> pathlib.Path | None:
        if self.kind == CRON and not self.is_of_the_host:
            return None
        if self._params["folder"]:
            return pathlib.Path(self._params["folder"]).expanduser()
        usual = {
            SYSTEMD: "/etc/systemd/system" if self.is_of_the_host else "~/.config/systemd/user",
            CRON: "/etc/cron.d",
            GITHUB: str(self.project / ".github/workflows"),
        }
        return pathlib.Path(usual[self.kind]).expanduser()

    # What is installed

    def files(self) -> dict[pathlib.Path, str]:
        """Return the content of each file; none for a line in a crontab."""
        if self.folder is None:
            return {}
        if self.kind == SYSTEMD:
            return {
                self.folder / f"{self.name}.service": self._service(),
                self.folder / self.timer: self._timer(),
            }
        if self.kind == CRON:
            line = f"{self._params['cron']} {self._params['user']} {self.cron_job}"
            return {self.folder / self.name: f"{_MADE}\n{line}\n"}
        return {self.folder / f"{self.name}.yml": self._workflow()}

    @property
    def timer(self) -> str:
        """The unit that systemd starts backups by."""
        return f"{self.name}.timer"

    @property
    def service(self) -> str:
        """The unit of systemd that is what the timer starts."""
        return f"{self.name}.service"

    @property
    def cron_line(self) -> str:
        """The line in a user's own crontab."""
        return f"{' '.join(self._params['cron'].split())} {self.cron_job}"

    @property
    def cron_job(self) -> str:
        """The command for cron: for a shell, and a percent sign means something else there."""
        return self.shell_job.replace("%", r"\%")

    @property
    def shell_job(self) -> str:
        """The command for a shell, with all that it needs."""
        assignments = [f"{name}={shlex.quote(value)}" for name, value in self.environment]
        job = f"cd {shlex.quote(str(self.project))} && {' '.join([*assignments, shlex.join(self.command)])}"
        if self.environment_file:
            # The file has what is known to nobody else: a line of a crontab may be shown to others.
            job = f"set -a && . {shlex.quote(str(self.environment_file))} && set +a && {job}"
        return job

    @property
    def environment_file(self) -> pathlib.Path | None:
        """A file with variables that not everybody may read, if there is one."""
        given = self._params["environment_file"]
        return pathlib.Path(given) if given else None

    def lacking(self, shell: t.Mapping[str, str]) -> list[str]:
        """Return the names of variables that this shell has, and a scheduled run would miss."""
        if self.kind == GITHUB or self._params["state"] == "absent":
            return []
        known = {name for name, _value in self.environment}
        if self.environment_file:
            known |= set(_schedule_environment.in_file(self.environment_file))
        return _schedule_environment.lacking(shell, known, map(pathlib.Path, self._params["inventories"]))

    @functools.cached_property
    def command(self) -> list[str]:
        """What is run."""
        params = self._params
        if self.kind == GITHUB:
            script, playbook, *inventories = self.paths_in_checkout()
            start = ["bash", script, "ansible-playbook"]
        else:
            start = ["/usr/bin/env", "bash", params["script"], params["ansible_playbook"]]
            playbook, *inventories = map(os.path.realpath, (params["playbook"], *params["inventories"]))
        named = [word for one in inventories for word in ("-i", one)]
        options = ["--limit", params["host"], "-e", f"lock_wait={params['lock_wait']}", *params["arguments"]]
        return [*start, *named, playbook, *options]

    def paths_in_checkout(self) -> list[str]:
        """Return script, playbook and inventories as paths from the project; what is not in it begins with C(../)."""
        paths = (self._params["script"], self._params["playbook"], *self._params["inventories"])
        return [os.path.relpath(os.path.realpath(one), self.project) for one in paths]

    @property
    def where(self) -> str:
        """Where it is, in words."""
        if self.folder is None:
            return "the crontab of the user"
        return str(self.folder / (self.name + {SYSTEMD: ".timer", CRON: "", GITHUB: ".yml"}[self.kind]))

    def told(self, lacks: t.Sequence[str], *, tried: bool) -> str:
        """Return what runs when, for people.

        :param lacks: what C(lacking) returns.
        :param tried: whether it has been run once, and works.
        """
        if self._params["state"] == "absent":
            does = self._words.no_more
        else:
            does = f"{self._words.does} at {self._params['calendar' if self.kind == SYSTEMD else 'cron']}"
        lines = [
            f"{self.stack}: {self.kind} {does}",
            f"where    {self.where}",
            f"command  {shlex.join(self.command)}",
        ]
        if tried:
            lines.append("tried    it works with what it has")
        if lacks:
            lines.append(f"lacks    {', '.join(lacks)}: {LACKS_REMEDY}")
        return "\n".join(lines)

    # How each of them is written

    @property
    def environment(self) -> list[tuple[str, str]]:
        """The variables that it is given and everybody may see, with their values."""
        given = {str(name): str(value) for name, value in self._params["environment"].items()}
        if self.kind != GITHUB and self._params["ansible_config"]:
            given = {"ANSIBLE_CONFIG": self._params["ansible_config"], **given}
        return sorted(given.items(), key=lambda one: one[0].lower())

    def _service(self) -> str:
        online = ["Wants=network-online.target", "After=network-online.target"] if self.is_of_the_host else []
        lines = [
            _MADE,
            "[Unit]",
            f"Description={self._words.title} {_specifiers(self.stack)}",
            *online,
            "",
            "[Service]",
            "Type=oneshot",
            *([f"User={self._params['user']}"] if self.is_of_the_host else []),
            f"WorkingDirectory={_specifiers(str(self.project))}",
            *(f"Environment={_word(f'{name}={value}')}" for name, value in self.environment),
            *([f"EnvironmentFile={_specifiers(str(self.environment_file))}"] if self.environment_file else []),
            f"ExecStart={' '.join(_word(part.replace('$', '$$')) for part in self.command)}",
            "# 75: another run had the stack for longer than this one was to wait.",
            f"TimeoutStartSec={self._params['timeout']}",
        ]
        return "\n".join(lines) + "\n"

    def _timer(self) -> str:
        lines = [
            _MADE,
            "[Unit]",
            f"Description={self._words.when.format(_specifiers(self.stack))}",
            "",
            "[Timer]",
            f"OnCalendar={self._params['calendar']}",
            "# What was missed while the host was off is done when it is on again.",
            "Persistent=true",
            "",
            "[Install]",
            "WantedBy=timers.target",
        ]
        return "\n".join(lines) + "\n"

    def _workflow(self) -> str:
        variables = [f"      {name}: {json.dumps(value)}" for name, value in self.environment]
        environment = "\n".join(["    env:", *variables, ""]) if variables else ""
        return (
            _WORKFLOW.replace("(title)", json.dumps(f"{self._words.title} {self.stack}"))
            .replace("(step)", json.dumps(self._words.step))
            .replace("(cron)", json.dumps(self._params["cron"]))
            .replace("(group)", json.dumps(self.name))
            .replace("(runner)", json.dumps(self._params["runner"]))
            .replace("(minutes)", str(math.ceil(self._params["timeout"] / 60)))
            .replace("(environment)\n", environment)
            .replace("(command)", json.dumps(shlex.join(self.command)))
        )


def _word(text: str) -> str:
    """Return a word as systemd reads it: see systemd.syntax(7), systemd.unit(5)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_specifiers(escaped)}"'


def _specifiers(text: str) -> str:
    return text.replace("%", "%%")


_WORKFLOW = (
    f"""{_MADE}
# Needs the variables AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_SUBSCRIPTION_ID of the repository, an identity in Azure
# that trusts this repository, and the secret ANSIBLE_VAULT_PASSWORD if the inventory is encrypted.
"""
    + """\
name: (title)
on:
  schedule:
    - cron: (cron)
  workflow_dispatch: {}
permissions:
  contents: read
  id-token: write
concurrency:
  group: (group)
  cancel-in-progress: false
jobs:
  backup:
    runs-on: (runner)
    timeout-minutes: (minutes)
(environment)
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - uses: azure/login@v2
        with:
          client-id: ${{ vars.AZURE_CLIENT_ID }}
          tenant-id: ${{ vars.AZURE_TENANT_ID }}
          subscription-id: ${{ vars.AZURE_SUBSCRIPTION_ID }}
      - name: Install what the modules need
        run: python -m pip install --quiet --require-hashes -r requirements/operator.txt
      - name: Lay the vault's password where Ansible finds it
        env:
          VAULT_PASSWORD: ${{ secrets.ANSIBLE_VAULT_PASSWORD }}
        run: |
          if [ -n "$VAULT_PASSWORD" ]; then
            (umask 077 && printf '%s' "$VAULT_PASSWORD" > "$RUNNER_TEMP/vault-password")
            echo "ANSIBLE_VAULT_PASSWORD_FILE=$RUNNER_TEMP/vault-password" >> "$GITHUB_ENV"
          fi
      - name: (step)
        run: (command)
"""
)


LACKS_REMEDY = (
    "this shell has them, a scheduled run has not. What it needs of them, and is no secret, goes into"
    " database_backup_schedule_environment; a secret goes into a file of lines NAME=value that only its user can read,"
    " database_backup_schedule_environment_file"
)
_TEXTS = (
    "user",
    "calendar",
    "cron",
    "folder",
    "project",
    "playbook",
    "runner",
    "inventories",
    "arguments",
    "environment",
    "environment_file",
)
"""Options that are written into files by lines, and come from variables of the role."""


def _text_problems(params: Params) -> t.Iterator[str]:
    """Yield what cannot be written in a line, or would be something else there than it is here."""
    given = {f"database_backup_schedule_{name} ({name})": params[name] for name in _TEXTS}
    given |= {"stack_name (stack)": params["stack"], "the host's name (host)": params["host"]}
    for name, value in given.items():
        named: list[tuple[str, list[t.Any]]] = [(name, value if isinstance(value, list) else [value])]
        if isinstance(value, dict):
            named = [(f"{name}, {str(one)!a}", [one, content]) for one, content in value.items()]
        for where, parts in named:
            if found := next(filter(None, (_schedule_environment.control_character(str(part)) for part in parts)), ""):
                yield f"{where}: a schedule cannot hold the control character {found}; leave it out"
    for one in params["environment"]:
        if not _schedule_environment.NAME.fullmatch(str(one)):
            yield f"database_backup_schedule_environment (environment): {str(one)!a} is no name of a variable"


def problems(params: Params) -> t.Iterator[str]:
    """Yield what is wrong with the options together."""
    if params["state"] == "present" and (found := list(_text_problems(params))):
        yield from found
        return  # nothing else can be said of paths that there cannot be
    if params["environment_file"] and params["state"] == "present":
        name = f"database_backup_schedule_environment_file (environment_file): {params['environment_file']!a}"
        if params["kind"] == GITHUB:
            yield f"{name} is not where a workflow runs: give it secrets of the repository"
        elif wrong := _schedule_environment.file_problem(pathlib.Path(params["environment_file"])):
            yield f"{name} {wrong}"
    if len(params["cron"].split()) != _FIELDS:
        yield f"database_backup_schedule_cron (cron) has to have five fields: {params['cron']}"
    if not params["inventories"]:
        yield "database_backup_schedule_inventories (inventories) is empty, so a scheduled run would find no stack"
    if params["kind"] != GITHUB or params["state"] != "present":
        return
    if params["keeps_files"]:
        yield (
            "What a workflow writes to a directory is gone when it ends: set database_backup_storage_account_url, or"
            " database_backup_kind to azure"
        )
    schedule = Schedule(params)
    if outside := [one for one in schedule.paths_in_checkout() if one.startswith("../")]:
        yield f"A workflow finds only what is in {schedule.project}, and not: {', '.join(outside)}"


SPEC = ArgumentSpec(
    options={
        "stack": {"type": "str", "required": True},
        "host": {"type": "str", "required": True},
        "purpose": {"type": "str", "default": BACKUP, "choices": list(_WORDS)},
        "kind": {"type": "str", "default": SYSTEMD, "choices": [SYSTEMD, CRON, GITHUB]},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "scope": {"type": "str", "default": "user", "choices": ["user", "system"]},
        "user": {"type": "str", "default": "root"},
        "calendar": {"type": "str", "default": "*-*-* 03:15:00 UTC"},
        "cron": {"type": "str", "default": "15 3 * * *"},
        "enable": {"type": "bool", "default": True},
        "folder": {"type": "str", "default": ""},
        "project": {"type": "str", "required": True},
        "playbook": {"type": "str", "required": True},
        "script": {"type": "str", "required": True},
        "ansible_playbook": {"type": "str", "default": "ansible-playbook"},
        "ansible_config": {"type": "str", "default": ""},
        "inventories": {"type": "list", "elements": "str", "required": True},
        "arguments": {"type": "list", "elements": "str", "default": []},
        "environment": {"type": "dict", "default": {}},
        "environment_file": {"type": "str", "default": ""},
        "try_once": {"type": "bool", "default": False},
        "lock_wait": {"type": "int", "default": 1800},
        "timeout": {"type": "int", "default": 21600},
        "runner": {"type": "str", "default": "ubuntu-24.04"},
        "keeps_files": {"type": "bool", "default": False},
    },
    checks=(problems,),
)
