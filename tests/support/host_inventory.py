"""An inventory file as Ansible reads it, with the check of one host: fast enough for tables, without a playbook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.codexdominion.azure.plugins.plugin_utils._host_inventory import HostInventory
from ansible_collections.codexdominion.azure.plugins.plugin_utils._yaml_source import Sources

BASE = """\
inventory_hostname: codex
ansible_connection: local
azure: {cloud: AzureCloud}
stack_location: eastus
stack_resource_group: codex-rg
stack_frontend: "false"
registry_name: codexdominionacr
backend_name: codex-api
database_server_name: codex-db-server
redis_name: codex-redis
"""
"""What every stack needs; a file may say it again, otherwise."""


def load(folder: Path, text: str, name: str = "all.yml") -> dict[str, Any]:
    """Return the variables of a YAML file, as Ansible loads one: each knows where it stands."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return dict(DataLoader().load_from_file(str(path), trusted_as_template=True) or {})


def host(folder: Path, text: str, **more: Any) -> HostInventory:
    """Return a host with these variables.

    :param more: variables that are not from a file.
    """
    variables = {**load(folder, BASE, "base.yml"), **load(folder, text), **more}
    loader = DataLoader()
    return HostInventory(variables, Templar(loader=loader, variables=variables), Sources(loader))


def problems(folder: Path, text: str, **more: Any) -> list[str]:
    """Return everything that is wrong with these variables."""
    return host(folder, text, **more).problems()
