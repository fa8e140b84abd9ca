"""Runs of `ansible-playbook`, as an operator would start them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    process_environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ANSIBLE_", "AZURE_", "CODEX_", "REQUESTS_CA_BUNDLE"))
    }
    process_environment |= {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "CODEX_REHEARSAL_DIR": str(state_dir),
        "PATH": os.pathsep.join([str(COMMAND.parent), os.environ["PATH"]]),
    }
    if not in_process:
        process_environment["CODEX_IN_PROCESS"] = "0"
    command = [COMMAND, "-i", inventory, playbook, *arguments]
    if variables:
        command += ["--extra-vars", json.dumps(variables)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=process_environment | (environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return Run(done.returncode, done.stdout)
