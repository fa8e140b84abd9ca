"""Inventories with several stacks, made for one test."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.support.playbooks import REHEARSAL


def write_inventory(directory: Path, stacks: dict[str, dict[str, Any]]) -> Path:
    """Write an inventory with these stacks, connected as the rehearsal's is; returns the directory.

    :param stacks: variables by name; what every stack needs is named after it unless given.
    """
    group_vars = directory / "group_vars" / "all"
    group_vars.mkdir(parents=True)
    for name in ("ansible.yml", "azure.yml"):
        shutil.copy(REHEARSAL / "group_vars" / "all" / name, group_vars)
    hosts = {
        name: {
            "stack_location": "eastus",
            "stack_resource_group": f"{name}-rg",
            # What is about a frontend says otherwise.
            "stack_frontend": False,
            "registry_name": f"{name}registry",
            "backend_name": f"{name}-api",
            "backend_image_repository": "codex-backend",
            "backend_dns_label": f"{name}-api",
            "backend_environment": {"PORT": "8001", "ENVIRONMENT": "test"},
            "backend_stable_seconds": 0,
            # How fast things are is measured elsewhere; other tests may keep the machine busy.
            "backend_check_p95": 5000.0,
            "database_check_average": 5000.0,
            "redis_check_average": 1000.0,
            **variables,
        }
        for name, variables in stacks.items()
    }
    (directory / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}), encoding="utf-8")
    return directory
