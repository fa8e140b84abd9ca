"""Runs of `ansible-playbook`, as an operator would start them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).parent / "ansible-playbook"
REHEARSAL = ROOT / "inventories" / "rehearsal"


@dataclass(frozen=True)
class Run:
    """What one run of a playbook gave: exit code, standard output and standard error as one text."""

    code: int
    output: str

    def recap(self, host: str) -> dict[str, int]:
        """Return the counters of the recap line of a host, such as `changed`."""
        line = re.search(rf"^{re.escape(host)}\s*:(.*)$", self.output, re.MULTILINE)
        assert line, f"no recap of {host} in:\n{self.output}"
        return {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", line[1])}

    def text(self) -> str:
        """Return the output with every line break and indentation as one space, for finding sentences in it."""
        return " ".join(self.output.split())


def playbook_path(name: str) -> Path:
    """Return the path of a playbook by its name, be it an operator's or one of our tools."""
    found = [folder / f"{name}.yml" for folder in (ROOT / "playbooks", ROOT / "tools")]
    return next(path for path in found if path.is_file())


def run_playbook(
    playbook: Path | str,
    *arguments: str,
    state_dir: Path,
    inventory: Path = REHEARSAL,
    variables: dict[str, Any] | None = None,
    in_process: bool = True,
    environment: dict[str, str] | None = None,
) -> Run:
    """Run a playbook against the local Azure of a state directory.

    :param playbook: a path, or a fully qualified name.
    :param in_process: False runs every module in a process of its own, as on a remote host.
    :param environment: further environment variables.
    """
    done = subprocess.run(
        _command(playbook, arguments, inventory, variables),
        cwd=ROOT,
        env=_environment(state_dir, in_process) | (environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=5 * PATIENCE_SECONDS,
        check=False,
    )
    return Run(done.returncode, done.stdout)


class StartedRun:
    """A run that goes on beside the test; at the end of the `with` block it is killed with all its processes.

    :param log: a file for its output.
    """

    def __init__(self, playbook: Path, *arguments: str, state_dir: Path, inventory: Path, log: Path) -> None:
        self._log = log
        with log.open("w", encoding="utf-8") as file:
            self._process = subprocess.Popen(
                _command(playbook, arguments, inventory, None),
                cwd=ROOT,
                # Both, so that a task is in the log as soon as it begins.
                env=_environment(state_dir, in_process=True)
                | {"ANSIBLE_DISPLAY_SKIPPED_HOSTS": "1", "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> StartedRun:
        return self

    def __exit__(self, *_exc: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def signal(self, number: int) -> None:
        """Send a signal to `ansible-playbook` itself, not to what it has started."""
        self._process.send_signal(number)

    def left(self) -> list[int]:
        """Return its workers that are there without it; they are forks, with its command line."""
        started = [os.fsencode(part) for part in self._process.args]  # type: ignore[union-attr,arg-type]
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it may end meanwhile
                command = (process / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
                if command[-len(started) :] == started:
                    found.append(int(process.name))
        return found

    def said(self) -> str:
        """Return the output so far."""
        return self._log.read_text(encoding="utf-8")

    def is_over(self) -> bool:
        """Return whether it has ended."""
        return self._process.poll() is not None

    def wait(self) -> Run:
        """Return what it gave, when it has ended."""
        return Run(self._process.wait(timeout=5 * PATIENCE_SECONDS), self.said())


def _environment(state_dir: Path, in_process: bool) -> dict[str, str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        # Ansible reads its plugins again in every run: what they are compiled to is worth half a second of each.
        if not name.startswith(("ANSIBLE_", "AZURE_", "CODEX_", "REQUESTS_CA_BUNDLE", "PYTHONDONTWRITEBYTECODE"))
    }
    environment |= {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "CODEX_REHEARSAL_DIR": str(state_dir),
        "PATH": os.pathsep.join([str(COMMAND.parent), os.environ["PATH"]]),
        # Locks and audit records of tests are nobody else's.
        "XDG_STATE_HOME": str(state_dir),
    }
    return environment if in_process else environment | {"CODEX_IN_PROCESS": "0"}


def _command(
    playbook: Path | str, arguments: tuple[str, ...], inventory: Path, variables: dict[str, Any] | None
) -> list[Path | str]:
    command = [COMMAND, "-i", inventory, playbook, *arguments]
    return [*command, "--extra-vars", json.dumps(variables)] if variables else command
