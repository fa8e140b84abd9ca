# Copyright: codexdominion.azure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A playbook once more, under check mode and for one host, to learn what it would do. Controller only; private.

It is a process of its own. Within the same run, C(check_mode) on the tasks would not reach the conditions that ask
C(ansible_check_mode), and what the rehearsed tasks register would still be there when the real ones run.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import typing as t

from ansible_collections.codexdominion.azure.plugins.module_utils._core import _impact_limit
from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.module_utils._stack import _reason

CALLBACK = "codexdominion.azure.rehearsal"

Secrets = t.Sequence[tuple[str, bytes]]
"""Vault ids with their passwords."""

_VALUES = {
    "module_path": "--module-path",
    "connection": "--connection",
    "remote_user": "--user",
    "timeout": "--timeout",
    "become_method": "--become-method",
    "become_user": "--become-user",
}
_FLAGS = {"become": "--become", "force_handlers": "--force-handlers"}


def command(options: t.Mapping[str, t.Any], playbook: str, host: str, vaults: t.Sequence[str]) -> list[str]:
    """Return the command that rehearses a playbook as the options of this run would have it.

    :param options: of C(ansible-playbook), as Ansible has parsed them.
    :param vaults: what to give as C(--vault-id).
    """
    words = [sys.executable, "-m", "ansible", "playbook", "--check", "--limit", host]
    for name, option in (("inventory", "--inventory"), ("extra_vars", "--extra-vars")):
        words += [word for value in options.get(name) or () for word in (option, str(value))]
    tags = list(options.get("tags") or ())
    words += ["--tags", ",".join(tags)] if tags and tags != ["all"] else []
    skipped = list(options.get("skip_tags") or ())
    words += ["--skip-tags", ",".join(skipped)] if skipped else []
    words += [word for one in vaults for word in ("--vault-id", one)]
    for name, option in _VALUES.items():
        value = options.get(name)
        value = os.pathsep.join(map(str, value)) if isinstance(value, (list, tuple)) else value
        words += [option, str(value)] if value else []
    words += [option for name, option in _FLAGS.items() if options.get(name)]
    return [*words, playbook]


def environment(present: t.Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the rehearsal: it tells this run what failed, and nobody else anything."""
    quiet = {"ANSIBLE_STDOUT_CALLBACK": CALLBACK, "ANSIBLE_CALLBACKS_ENABLED": CALLBACK, "ANSIBLE_LOG_PATH": os.devnull}
    return {**present, **quiet, "ANSIBLE_RETRY_FILES_ENABLED": "false"}


def judge(code: int, output: str, errors: str) -> None:
    """Go on only after a rehearsal that got to its end, and in which nothing was refused.

    :raises OperationsError: with the code of a refusal for the first that there was; otherwise C(RehearsalFailed).
    """
    failures = _failures(output)
    if refused := next((one for one in failures or () if one["code"] == _impact_limit.CODE), None):
        raise OperationsError(refused["message"], code=_impact_limit.CODE, remedy="")
    if code == 0 and failures is not None:
        return
    said = [line for line in errors.splitlines() if line.strip()]
    last = failures[-1]["message"] if failures else _reason.without_secrets(" ".join(said[-1:]))
    raise OperationsError(
        f"Nothing was written, since a rehearsal of the run has failed: {last}",
        code="RehearsalFailed",
        remedy=f"With -e {_impact_limit.VARIABLE}={_impact_limit.NO_LIMIT}, nothing is rehearsed.",
    )


def _failures(output: str) -> list[dict[str, str]] | None:
    """Return what the callback has told; None where the run did not get that far."""
    for line in reversed(output.splitlines()):
        with contextlib.suppress(ValueError):
            told = json.loads(line)
            if isinstance(told, dict) and "failures" in told:
                return list(told["failures"])
    return None


def rehearse(options: t.Mapping[str, t.Any], playbook: str, host: str, secrets: Secrets) -> None:
    """Run a playbook under check mode.

    :param secrets: of Ansible Vault, which nobody is asked for once more.
    :raises OperationsError: where the run must not go on.
    """
    with contextlib.ExitStack() as stack:
        vaults, descriptors = [], []
        for vault_id, password in secrets:
            reader, writer = os.pipe()
            stack.callback(os.close, reader)
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(password)
            vaults.append(f"{vault_id}@/dev/fd/{reader}")
            descriptors.append(reader)
        done = subprocess.run(
            command(options, playbook, host, vaults),
            env=environment(os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            pass_fds=descriptors,
            check=False,
        )
    text = [stream.decode(errors="replace") for stream in (done.stdout, done.stderr)]
    judge(done.returncode, *text)
