#!/usr/bin/python
# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup_schedule module."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_schedule
version_added: 0.1.0
short_description: Have a playbook that backs a database up, or proves its backups, run regularly
description:
  - Installs a service and a timer of systemd, a line for cron, or a workflow of GitHub, or removes it.
  - All of them run the same command, by absolute paths, except a workflow, which runs in a checkout.
  - What a scheduled run would miss of this shell's environment is told, by names alone, and the schedule can be tried
    once with nothing but what it has.
  - It works on the host that it runs on, and sends no request but those of a try.
author:
  - codexdominion.azure contributors (@codexdominion)
attributes:
  check_mode:
    description: Can run in C(check_mode) and predict the result without writing anything.
    support: full
  diff_mode:
    description: Returns what has changed, or in check mode would change.
    support: full
  idempotent:
    description: When run twice in a row with the same options, the second run writes nothing.
    support: full
  async:
    description: Supports the C(async) keyword; the task then runs as an ordinary module.
    support: full
options:
  stack:
    description: The name of the stack. The schedule is called C(codexdominion-<purpose>-<stack>).
    type: str
    required: true
  purpose:
    description: What is run regularly, for its name and what is told of it, a backup or a proof by restore.
    type: str
    choices: [backup, proof]
    default: backup
  host:
    description: The inventory's host of the stack, which the run is limited to.
    type: str
    required: true
  kind:
    description: What starts the backups.
    type: str
    choices: [systemd, cron, github]
    default: systemd
  state:
    description: Whether it is installed or removed.
    type: str
    choices: [present, absent]
    default: present
  scope:
    description: Whose systemd or crontab it is, the user's or the host's. The host's needs root.
    type: str
    choices: [user, system]
    default: user
  user:
    description: The user that backups run as with O(scope=system).
    type: str
    default: root
  calendar:
    description: When, for systemd, in the words of systemd.time(7).
    type: str
    default: "*-*-* 03:15:00 UTC"
  cron:
    description: When, for cron in the time zone of the host, and for GitHub in UTC.
    type: str
    default: 15 3 * * *
  enable:
    description: Whether the timer of systemd is enabled and started, or only written.
    type: bool
    default: true
  folder:
    description: Where it is installed. The usual folder if empty.
    type: str
    default: ""
  project:
    description: The folder that backups run in.
    type: str
    required: true
  playbook:
    description: The playbook that is run.
    type: str
    required: true
  script:
    description: The script that runs the command and tells a locked stack from a failure by its exit code.
    type: str
    required: true
  ansible_playbook:
    description: The program. A workflow takes the one on its PATH.
    type: str
    default: ansible-playbook
  ansible_config:
    description: The configuration of Ansible, but for a workflow. That of the user who runs it if empty.
    type: str
    default: ""
  inventories:
    description: The inventories it is run with.
    type: list
    elements: str
    required: true
  arguments:
    description: Further arguments for ansible-playbook. No secrets.
    type: list
    elements: str
    default: []
  environment:
    description:
      - Further environment variables. They are readable in what is installed, so no secrets.
      - A newline, or another control character, is refused, here as in every other option that is written.
    type: dict
    default: {}
  environment_file:
    description:
      - A file of lines C(NAME=value) with further variables, which may be secrets, so that only its user may read it.
        It is read when a run starts.
      - Refused for a workflow, which has the secrets of its repository.
    type: str
    default: ""
  try_once:
    description:
      - Whether it is run once, for real, before it is enabled or installed, if anything of it is new. What it does not
        do now is not enabled.
      - Where the timer of systemd is to be enabled, systemd runs the unit; else the same command is run with the
        environment that it would have. What GitHub starts cannot be tried.
    type: bool
    default: false
  lock_wait:
    description: How long a backup waits for another run on the stack, in seconds.
    type: int
    default: 1800
  timeout:
    description: How long a backup may take before it is ended, in seconds. Cron knows no such limit.
    type: int
    default: 21600
  runner:
    description: The label of what a workflow runs on.
    type: str
    default: ubuntu-24.04
  keeps_files:
    description:
      - Whether the backups are kept in a directory of the host they are made on. A workflow would lose them, and is
        refused.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Back up every night
  codexdominion.azure.backup_schedule:
    stack: codex
    host: production
    kind: cron
    project: /srv/codex
    playbook: /srv/codex/playbooks/backup_database.yml
    script: /srv/codex/roles/database_backup/files/scheduled_run
    inventories: [/srv/codex/inventories/production]
"""

RETURN = r"""
steps:
  description: What was done, or in check mode would be.
  returned: success
  type: list
  elements: str
  sample:
    - write /etc/systemd/system/codexdominion-backup-codex.timer
    - enable codexdominion-backup-codex.timer
where:
  description: Where the schedule is.
  returned: success
  type: str
  sample: /etc/systemd/system/codexdominion-backup-codex.timer
lacks:
  description: The names of variables of this shell that a scheduled run would miss.
  returned: success
  type: list
  elements: str
  sample: [AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_TENANT_ID]
command:
  description: What it runs, word by word.
  returned: success
  type: list
  elements: str
  sample: [/usr/bin/env, bash, /srv/codex/roles/database_backup/files/scheduled_run, ansible-playbook]
message:
  description: What runs when, in several lines.
  returned: success
  type: str
  sample: "codex: cron backs the database up at 15 3 * * *"
impact:
  description: Always V(none).
  returned: success
  type: str
  sample: none
failure:
  description: What went wrong, with C(code), C(message), C(remedy), C(status), C(request_id), C(correlation_id), and
    C(details).
  returned: failure
  type: dict
"""

import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._backup import _schedule, _schedule_install
from ansible_collections.codexdominion.azure.plugins.module_utils._core._context import Context
from ansible_collections.codexdominion.azure.plugins.module_utils._core._module import run_module

SPEC = _schedule.SPEC


def run(ctx: Context) -> dict[str, t.Any]:
    """Install or remove it."""
    return _schedule_install.install(ctx)


def main() -> None:
    """Run as an ordinary module."""
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
