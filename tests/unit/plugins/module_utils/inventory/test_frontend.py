"""What an inventory says wrong about a frontend, and what a machine lacks for one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _run_tags
from tests.support.frontend import PROJECT, needs_node
from tests.support.host_inventory import host, problems

GOOD = "stack_frontend: true\nfrontend_name: codex-frontend\nfrontend_project: /srv/frontend\n"


def test_a_stack_without_a_frontend_needs_nothing_for_it(tmp_path: Path) -> None:
    assert problems(tmp_path, "frontend_name: '-'\nfrontend_sku: x\n") == []
    assert problems(tmp_path, GOOD) == []


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    found = problems(tmp_path, "stack_frontend: true\n")
    assert {one.split(":")[0] for one in found} == {"frontend_name", "frontend_project"}
    assert all("stack_frontend false" in one for one in found)


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ("frontend_name: a--", "frontend_name"),
        ("frontend_sku: Premium", "frontend_sku"),
        ("frontend_location: 'no where!'", "frontend_location"),
        ("frontend_environment: a_b", "frontend_environment"),
        ("frontend_environment: default", "frontend_environment"),
        ("frontend_environment: ''", "frontend_environment"),
        ("frontend_preview_state: absent", "frontend_preview_state"),
        ("frontend_output: ../out", "frontend_output"),
        ("frontend_api_url: api.example", "frontend_api_url"),
        ("frontend_api_url: https://user:word@api.example", "frontend_api_url"),
        ("frontend_keep_builds: 0", "frontend_keep_builds"),
        ("frontend_check_load_time: 0", "frontend_check_load_time"),
        ("frontend_timeout: 0", "frontend_timeout"),
        ("frontend_build: sometimes", "frontend_build"),
        ("frontend_build_environment: {NEXT: 0123}", "frontend_build_environment.NEXT"),
        ("frontend_build_environment: {1x: a}", "frontend_build_environment"),
        ("frontend_custom_domains: [{name: a b}]", "frontend_custom_domains"),
    ],
)
def test_what_cannot_work_is_refused(tmp_path: Path, text: str, variable: str) -> None:
    name = text.split(":")[0]
    kept = "".join(line + "\n" for line in GOOD.splitlines() if not line.startswith(f"{name}:"))
    found = problems(tmp_path, f"{kept}{text}\n")
    assert found and all(one.startswith((f"{variable}:", f"{variable}.", f"{variable}[")) for one in found), found


@needs_node
def test_what_a_machine_lacks_is_said_where_a_playbook_builds(tmp_path: Path) -> None:
    project = Path(shutil.copytree(PROJECT, tmp_path / "project"))
    where = GOOD.replace("/srv/frontend", str(project))
    assert host(tmp_path, where).problems(["frontend_build"]) == []
    manifest = json.loads((project / "package.json").read_text(encoding="utf-8"))
    (project / "package.json").write_text(json.dumps({**manifest, "engines": {"node": ">=99"}}), encoding="utf-8")
    (project / "package-lock.json").unlink()
    assert host(tmp_path, where).problems(["frontend"]) == []
    found = host(tmp_path, where).problems(["frontend_build"])
    assert [one.split(":")[0] for one in found] == ["frontend_project", "frontend_node_directory"]
    assert "holds no package-lock.json" in found[0] and "asks for >=99" in found[1]


@pytest.mark.parametrize("needs", ["frontend", "frontend_build"])
def test_a_playbook_about_the_frontend_is_refused_where_there_is_none(tmp_path: Path, needs: str) -> None:
    found = host(tmp_path, "").problems([needs])
    assert found == ["stack_frontend: it is false, and this playbook is about the frontend"]


@pytest.mark.parametrize(
    ("wanted", "skipped", "needed"),
    [
        (["all"], [], True),
        (["frontend"], [], True),
        (["registry", "frontend"], [], True),
        (["registry"], [], False),
        (["tagged"], [], True),
        (["all"], ["frontend"], False),
    ],
)
def test_a_run_needs_what_its_tags_select(wanted: list[str], skipped: list[str], needed: bool) -> None:
    assert _run_tags.needed(["frontend_build"], wanted, skipped) == (["frontend_build"] if needed else [])
