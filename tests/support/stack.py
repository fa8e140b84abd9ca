"""A stack on a local Azure, as its operator, its clients and Azure see it."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

from tests.simulator_fixture import Simulator
from tests.support.inventory import write_inventory
from tests.support.playbooks import Run, StartedRun, playbook_path, run_playbook
from tests.support.sample import push_sample
from tests.support.waiting import PATIENCE_SECONDS

BLUE_GREEN: dict[str, Any] = {
    "backend_strategy": "blue_green",
    "backend_ready_timeout": 60,
    "backend_traffic_ttl": 1,
    "backend_bake_seconds": 1,
    "backend_drain_seconds": 1,
}
"""Blue and green without long waits."""

DATABASE: dict[str, Any] = {
    "stack_profile": "database",
    "database_server_name": "data-db-server",
    "database_password": "Rehearsed-{{ rehearsal_azure['subscription_id'][:8] }}",
    "database_backend_password": "Backend-{{ rehearsal_azure['subscription_id'][:8] }}",
    "database_firewall_rules": [{"name": "operator", "start_address": "127.0.0.1"}],
    "database_ca_cert": "{{ rehearsal_azure['ca_path'] }}",
    "database_backend_ca_cert": "{{ rehearsal_azure['ca_path'] }}",
    "database_backup_directory": "{{ rehearsal_dir }}/backups",
    "database_backup_bin_dir": "{{ rehearsal_dir }}/bin",
}
"""What a stack with a database needs beside the others."""


class Stack:
    """One stack with one backend, deployed to again and again.

    :param folder: where its inventory is written.
    :param variables: those of its inventory, beside what every stack needs.
    :param environment: environment variables of its operator.
    """

    def __init__(
        self,
        azure: Simulator,
        folder: Path,
        name: str,
        variables: dict[str, Any],
        environment: dict[str, str] | None = None,
    ) -> None:
        self.azure = azure
        self._environment = environment or {}
        self.name = name
        self._inventory = write_inventory(folder / "stacks", {name: variables})

    def play(self, playbook: str, *arguments: str, in_process: bool = True) -> Run:
        """Run one of the playbooks by name; without `in_process` every module in a process of its own."""
        path = playbook_path(playbook)
        return run_playbook(
            path,
            *arguments,
            state_dir=self.azure.state_dir,
            inventory=self._inventory,
            in_process=in_process,
            environment=self._environment,
        )

    def start(self, playbook: str, *arguments: str, log: Path) -> StartedRun:
        """Start one of the playbooks; it is killed at the end of the `with` block."""
        path = playbook_path(playbook)
        return StartedRun(path, *arguments, state_dir=self.azure.state_dir, inventory=self._inventory, log=log)

    def set_up(self, *arguments: str) -> None:
        """Set the stack up with its first image."""
        assert self.play("push_sample_image").code == 0
        first = self.play("setup_stack", *arguments)
        assert first.code == 0, first.output
        words = first.text().split()
        self.address = words[words.index("address") + 1]
        self.server = words[words.index("image") + 1].split("/")[0]

    def push(self, version: str, *options: str) -> None:
        """Push another version of the sample backend, which is the newest image then."""
        push_sample(self.azure, self.server, "codex-backend", version, "--version", version, *options)

    def version(self) -> str:
        """Return the version that answers at the address clients use."""
        with urllib.request.urlopen(self.address, timeout=PATIENCE_SECONDS) as answer:
            return str(json.loads(answer.read())["version"])

    def health(self) -> dict[str, Any]:
        """Return what the backend says of itself and of the parts it uses."""
        with urllib.request.urlopen(f"{self.address}/health", timeout=PATIENCE_SECONDS) as answer:
            found: dict[str, Any] = json.loads(answer.read())
        return found

    def groups(self) -> list[str]:
        """Return the names of the container groups there are."""
        path = f"{self.azure.subscription}/resourceGroups/{self.name}-rg/providers/Microsoft.ContainerInstance"
        answer = self.azure.call("GET", f"{path}/containerGroups", "2023-05-01")
        return sorted(one["name"] for one in answer.json().get("value", []))

    def listed(self) -> list[str]:
        """Return the lines of the list of releases."""
        run = self.play("list_releases")
        assert run.code == 0, run.output
        return [line.strip() for line in run.output.splitlines() if f"release-{self.name}-" in line]
