"""The variables of a role, worked out without anything else of the role."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from tests.support.playbooks import ROOT, run_playbook


def evaluate(
    role: str,
    folder: Path,
    wanted: dict[str, str],
    *,
    tasks_from: str = "",
    environment: dict[str, str] | None = None,
    check: bool = False,
    **variables: Any,
) -> dict[str, Any]:
    """Return what the role makes of expressions.

    :param folder: for the playbook and what it writes.
    :param wanted: expressions by the name of their result.
    :param tasks_from: tasks of the role to run before.
    :param variables: what the expressions start from; they may be expressions too.
    """
    result = folder / "evaluated.json"
    tasks = f"{ROOT}/roles/{role}/tasks/{tasks_from}.yml"
    write = {"content": "{{ wanted | to_json }}", "dest": str(result)}
    play: dict[str, Any] = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars_files": [f"{ROOT}/roles/{role}/{kind}/main.yml" for kind in ("defaults", "vars")],
        "tasks": [
            {
                # Here they go before what the role says of the same names.
                "vars": variables
                | {"wanted": {name: "{{ " + expression + " }}" for name, expression in wanted.items()}},
                "block": [
                    *([{"ansible.builtin.import_tasks": tasks}] if tasks_from else []),
                    {"ansible.builtin.copy": write, "check_mode": False},
                ],
            }
        ],
    }
    playbook = folder / "evaluate.yml"
    playbook.write_text(yaml.safe_dump([play], width=10_000), encoding="utf-8")
    run = run_playbook(
        playbook,
        *(["--check"] if check else []),
        state_dir=folder,
        inventory=folder / "nowhere",
        environment=environment,
    )
    assert run.code == 0, run.output
    found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    return found
