"""Arguments of a task that YAML has changed before a module sees them."""

from __future__ import annotations

from pathlib import Path

from ansible.parsing.dataloader import DataLoader

from ansible_collections.codexdominion.azure.plugins.modules import container_group, postgresql_configuration
from ansible_collections.codexdominion.azure.plugins.plugin_utils import _task_arguments
from ansible_collections.codexdominion.azure.plugins.plugin_utils._yaml_source import Sources
from tests.support.host_inventory import load

GROUP = """\
resource_group: 0777
name: "0777"
ports: [8001, 0123]
append_tags: on
tags: {a: on, b: true, c: 0x1F, d: text}
containers:
  - name: api
    cpu: 010
    command: [sleep, 1_0]
    environment: {A: 0123, B: 8001}
    secret_environment: {S: 12:30:45}
"""


def problems(folder: Path, module: object, text: str) -> list[str]:
    """Return what is wrong with arguments as they stand in a playbook."""
    options = module.SPEC.options  # type: ignore[attr-defined]
    return list(_task_arguments.problems(options, load(folder, text), Sources(DataLoader())))


def test_what_becomes_text_has_to_be_as_written(tmp_path: Path) -> None:
    assert sorted(problems(tmp_path, container_group, GROUP)) == [
        "containers[1].command[2]: 1_0 is read as 10: quote it",
        "containers[1].environment.A: 0123 is read as 83: quote it",
        "containers[1].secret_environment.S: is read as an integer in another form than it is written: quote it",
        "ports[2]: 0123 is read as 83: quote it",
        "resource_group: 0777 is read as 511: quote it",
        "tags.a: on is read as true: quote it",
        "tags.c: 0x1F is read as 31: quote it",
    ]


def test_words_of_a_server_s_own_are_its_affair(tmp_path: Path) -> None:
    text = "configurations: {log_checkpoints: on, work_mem: 0x10}\n"
    assert problems(tmp_path, postgresql_configuration, text) == []
