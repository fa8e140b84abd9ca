"""Nothing of the collection is half there: every module, role and playbook has all its parts."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.stem for path in ROOT.glob("plugins/modules/[a-z]*.py"))
NO_IMPACT = {
    "audit_record",
    "backend_info",
    "container_group_info",
    "container_group_logs",
    "container_image_info",
    "generated_password",
    "http_check",
    "inventory_check",
    "operation_wait",
    "postgresql_dump_info",
    "postgresql_kept_password",
    "postgresql_query_check",
    "postgresql_restore_point_info",
    "postgresql_server_info",
    "redis_check",
    "redis_info",
    "stack_lock",
    "stack_rehearsal",
    "static_web_app_check",
    "static_web_app_info",
    "static_web_app_release_info",
    "traffic_manager_profile_info",
    "webhook",
}
"""Modules that only look, or that write nothing but what runs keep for themselves."""
FILTERS = sorted(path.stem for path in ROOT.glob("plugins/filter/[a-z]*.py"))
LOOKUPS = sorted(path.stem for path in ROOT.glob("plugins/lookup/[a-z]*.py"))
ROLES = sorted(path.name for path in ROOT.glob("roles/*") if path.is_dir())
PLAYBOOKS = sorted(path.stem for path in ROOT.glob("playbooks/*.yml"))


def load(path: Path) -> Any:
    """Return the content of a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps(playbook: str) -> list[dict[str, Any]]:
    """Return the steps that a playbook takes with the stack locked."""
    path = ROOT / f"playbooks/tasks/{playbook}.yml"
    return load(path) if path.is_file() else []


def flat(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return tasks with those inside blocks instead of the blocks."""
    found = []
    for task in tasks:
        sections = [name for name in ("block", "rescue", "always") if name in task]
        found += [inner for name in sections for inner in flat(task[name])] if sections else [task]
    return found


def documentation(plugin: str, kind: str = "modules") -> dict[str, Any]:
    """Return the documentation strings of a module or another plugin, by name, without importing it."""
    tree = ast.parse((ROOT / f"plugins/{kind}/{plugin}.py").read_text(encoding="utf-8"))
    return {
        node.targets[0].id: yaml.safe_load(ast.literal_eval(node.value))
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in {"DOCUMENTATION", "EXAMPLES", "RETURN"}
    }


def test_there_is_something_to_check() -> None:
    assert MODULES and LOOKUPS and ROLES and PLAYBOOKS


@pytest.mark.parametrize("module", MODULES)
class TestModule:
    def test_is_documented(self, module: str) -> None:
        found = documentation(module)
        assert set(found) == {"DOCUMENTATION", "EXAMPLES", "RETURN"}
        assert found["DOCUMENTATION"]["module"] == module

    def test_is_short_but_for_its_documentation(self, module: str) -> None:
        source = (ROOT / f"plugins/modules/{module}.py").read_text(encoding="utf-8")
        documented = sum(len(text.splitlines()) for text in re.findall(r'r"""(.*?)"""', source, re.DOTALL))
        assert len(source.splitlines()) - documented <= 65

    def test_says_its_impact_unless_it_has_none(self, module: str) -> None:
        """What says none is not held to stack_max_impact."""
        assert ("impact" in documentation(module)["RETURN"]) is (module not in NO_IMPACT)

    def test_examples_use_the_full_name(self, module: str) -> None:
        examples = documentation(module)["EXAMPLES"]
        assert any(f"codexdominion.azure.{module}" in task for task in examples)

    def test_has_an_action_twin(self, module: str) -> None:
        assert (ROOT / f"plugins/action/{module}.py").is_file()

    def test_is_in_the_action_group_if_it_talks_to_azure(self, module: str) -> None:
        fragments = documentation(module)["DOCUMENTATION"].get("extends_documentation_fragment", [])
        group = load(ROOT / "meta/runtime.yml")["action_groups"]["azure"]
        assert (module in group) is ("codexdominion.azure.azure" in fragments)

    def test_has_a_test_playbook(self, module: str) -> None:
        playbook = ROOT / f"tests/playbooks/{module}.yml"
        assert playbook.is_file()
        assert f"codexdominion.azure.{module}:" in playbook.read_text(encoding="utf-8")


def test_the_action_group_names_modules_only() -> None:
    group = load(ROOT / "meta/runtime.yml")["action_groups"]["azure"]
    assert group == sorted(group)
    assert set(group) <= set(MODULES)


@pytest.mark.parametrize("lookup", LOOKUPS)
class TestLookup:
    def test_is_documented(self, lookup: str) -> None:
        found = documentation(lookup, "lookup")
        assert set(found) == {"DOCUMENTATION", "EXAMPLES", "RETURN"}
        assert found["DOCUMENTATION"]["name"] == lookup
        assert any(f"codexdominion.azure.{lookup}" in str(task) for task in found["EXAMPLES"])

    def test_has_a_test_playbook(self, lookup: str) -> None:
        playbook = ROOT / f"tests/playbooks/{lookup}.yml"
        assert playbook.is_file()
        assert f"'codexdominion.azure.{lookup}'" in playbook.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FILTERS)
class TestFilter:
    def test_is_documented(self, name: str) -> None:
        found = documentation(name, "filter")
        assert set(found) == {"DOCUMENTATION", "EXAMPLES", "RETURN"}
        assert found["DOCUMENTATION"]["name"] == name
        assert any(f"codexdominion.azure.{name}" in str(task) for task in found["EXAMPLES"])

    def test_is_used_by_its_full_name(self, name: str) -> None:
        texts = [path.read_text(encoding="utf-8") for path in ROOT.glob("roles/*/*/*.yml")]
        assert any(f"codexdominion.azure.{name}" in text for text in texts)


@pytest.mark.parametrize("role", ROLES)
class TestRole:
    def test_has_every_part(self, role: str) -> None:
        for part in ("README.md", "defaults/main.yml", "meta/argument_specs.yml", "meta/main.yml", "tasks/main.yml"):
            assert (ROOT / "roles" / role / part).is_file(), part
        assert (ROOT / f"extensions/molecule/{role}/molecule.yml").is_file()
        assert (ROOT / f"tests/playbooks/{role}.yml").is_file()

    def test_every_entry_point_is_specified(self, role: str) -> None:
        specified = set(load(ROOT / f"roles/{role}/meta/argument_specs.yml")["argument_specs"])
        entry_points = {path.stem for path in (ROOT / f"roles/{role}/tasks").glob("*.yml")}
        text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / f"roles/{role}/tasks").glob("*.yml"))
        imported = set(re.findall(r"(?:import|include)_tasks:\s*(?:file:\s*)?(\w+)\.yml", text))
        # One of several, by an expression.
        for expression in re.findall(r"include_tasks:\s*file: \"\{\{(.*)\}\}\.yml\"", text):
            imported |= set(re.findall(r"'(\w+)'", expression))
        assert specified <= entry_points
        assert entry_points - imported <= specified

    def test_defaults_and_specification_agree(self, role: str) -> None:
        defaults = load(ROOT / f"roles/{role}/defaults/main.yml") or {}
        specs = load(ROOT / f"roles/{role}/meta/argument_specs.yml")["argument_specs"]
        options = {name: option for spec in specs.values() for name, option in (spec.get("options") or {}).items()}
        assert set(defaults) == {name for name, option in options.items() if not option.get("required")}
        for name, option in options.items():
            if "default" in option:
                assert defaults[name] == option["default"], name

    def test_every_input_has_the_prefix_of_the_role(self, role: str) -> None:
        for name in load(ROOT / f"roles/{role}/defaults/main.yml") or {}:
            assert name.startswith(f"{role}_")

    def test_readme_names_every_entry_point(self, role: str) -> None:
        readme = (ROOT / f"roles/{role}/README.md").read_text(encoding="utf-8")
        for entry_point in load(ROOT / f"roles/{role}/meta/argument_specs.yml")["argument_specs"]:
            assert f"`{entry_point}`" in readme


@pytest.mark.parametrize("playbook", PLAYBOOKS)
class TestPlaybook:
    def test_has_a_page(self, playbook: str) -> None:
        assert (ROOT / f"docs/{playbook}.md").is_file()

    @pytest.mark.parametrize("fact", ["Changes", "Impact", "Permissions", "Duration", "Undo"])
    def test_its_page_says(self, playbook: str, fact: str) -> None:
        assert f"\n- **{fact}** " in (ROOT / f"docs/{playbook}.md").read_text(encoding="utf-8")

    def test_holds_roles_only(self, playbook: str) -> None:
        tasks = [task for play in load(ROOT / f"playbooks/{playbook}.yml") for task in play.get("tasks", [])]
        for task in [*flat(tasks), *flat(steps(playbook))]:
            assert {"ansible.builtin.import_role", "ansible.builtin.include_role"} & set(task), task

    def test_takes_its_steps_with_the_stack_locked(self, playbook: str) -> None:
        text = (ROOT / f"playbooks/{playbook}.yml").read_text(encoding="utf-8")
        named = f'stack_steps: "{{{{ playbook_dir }}}}/tasks/{playbook}.yml"\n' in text
        assert named is (ROOT / f"playbooks/tasks/{playbook}.yml").is_file()
        assert named is ("tasks_from: run\n" in text)
        assert not re.search("tasks_from: (lock|fail|unlock)\n", text)

    def test_checks_the_inventory_first(self, playbook: str) -> None:
        first = load(ROOT / f"playbooks/{playbook}.yml")[0]
        if playbook != "preflight":
            assert first["ansible.builtin.import_playbook"] == "preflight.yml"


def test_every_list_of_steps_has_its_playbook() -> None:
    assert {path.stem for path in ROOT.glob("playbooks/tasks/*.yml")} < set(PLAYBOOKS)
