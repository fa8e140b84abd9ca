"""Bad input is refused before the lock and the first request: all of a host in one message, and nothing is changed."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.splitter import parse_kv

from ansible_collections.codexdominion.azure.plugins.module_utils._inventory import _run_tags
from ansible_collections.codexdominion.azure.plugins.plugin_utils import _role_inputs
from ansible_collections.codexdominion.azure.plugins.plugin_utils._host_inventory import command_line_problems
from tests.support.host_inventory import host, problems
from tests.support.playbooks import COMMAND, ROOT, Run, run_playbook

CASES = ROOT.parent / "shared" / "cases" / "backend"
PLAYBOOKS = sorted((ROOT / "playbooks").glob("*.yml"))
BLUE_GREEN = "backend_strategy: blue_green\nbackend_bake_seconds: 1\nbackend_drain_seconds: 1\nbackend_traffic_ttl: 1\n"


class Operator:
    """An operator whose Azure is a port that nobody listens on: a run that sends a request fails with another message.

    :param folder: for inventory, locks, and everything else that a run may leave.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._hosts: dict[str, Any] = {}
        names = ("tenant_id", "client_id", "client_secret", "subscription_id")
        connection = {name: f"00000000-0000-0000-0000-{name[:12]:0>12}" for name in names}
        self._azure = {**connection, "cloud": "https://127.0.0.1:1", "auth": "service_principal"}

    def add(self, name: str, text: str = "", **variables: Any) -> None:
        """Add a stack to the inventory, with variables of which some are written in YAML."""
        self._hosts[name] = {
            "stack_location": "eastus",
            "stack_resource_group": f"{name}-rg",
            "stack_frontend": False,
            "registry_name": f"{name}registry",
            "backend_name": f"{name}-api",
            **variables,
        }
        folder = self.folder / "host_vars" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "stack.yml").write_text(text or "{}\n", encoding="utf-8")

    def play(self, playbook: str, *arguments: str, environment: dict[str, str] | None = None) -> Run:
        """Run one of the playbooks."""
        common = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "azure": self._azure,
            "stack_lock_directory": str(self.folder / "locks"),
            "stack_audit_path": str(self.folder / "audit.jsonl"),
        }
        inventory = self.folder / "hosts.yml"
        content = {"all": {"vars": common, "hosts": self._hosts}}
        inventory.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        path = ROOT / "playbooks" / f"{playbook}.yml"
        return run_playbook(path, *arguments, state_dir=self.folder, inventory=inventory, environment=environment or {})

    def left_nothing(self) -> bool:
        """Return whether no lock was taken and nothing was written down."""
        return not (self.folder / "locks").exists() and not (self.folder / "audit.jsonl").exists()


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """An operator without a stack yet."""
    return Operator(tmp_path)


def lines_of(run: Run, name: str) -> list[str]:
    """Return the problems of a host, from its first message."""
    found = re.search(rf"{name}: (?:one problem|\d+ problems) in the inventory[^\n]*:\n((?:  \S[^\n]*\n)+)", run.output)
    return [line.strip() for line in found[1].splitlines()] if found else []


BAD = """\
backend_environment:
  OCTAL: 0123
  NO: norway
  EMPTY:
backend_secret_environment:
  FROM_VAULT: "{{ vault_number }}"
  PLAIN: "{{ vault_text }}"
  INLINE: 12:30:45
stack_tags: {since: 2024-01-01}
backend_image_tag: 0351500
backend_port: 80x
backend_cpu: 0
backend_liveness_path: health
backend_dns_label: abc
stack_lock_storage_account_key: 0777
registry_nam: typo
"""
VAULT = "vault_number: 0456\nvault_text: hunter2\n"


def test_everything_wrong_with_a_host_is_one_message_before_lock_and_request(operator: Operator) -> None:
    operator.add("bad", BAD)
    operator.add("good", backend_environment={"PORT": "8001"})
    password = operator.folder / "password"
    password.write_text("secret\n", encoding="utf-8")
    vault = operator.folder / "host_vars" / "bad" / "vault.yml"
    vault.write_text(VAULT, encoding="utf-8")
    program = str(COMMAND.with_name("ansible-vault"))
    encrypt = [program, "encrypt", "--vault-password-file", str(password), str(vault)]
    subprocess.run(encrypt, check=True, capture_output=True, env={**os.environ, "ANSIBLE_CONFIG": ""})
    run = operator.play("setup_stack", "--vault-password-file", str(password), "--limit", "bad")
    assert run.code != 0
    assert {line.split(":")[0] for line in lines_of(run, "bad")} == {
        "backend_environment.OCTAL",
        "backend_environment",
        "backend_environment.EMPTY",
        "backend_secret_environment.FROM_VAULT",
        "backend_secret_environment.INLINE",
        "stack_tags.since",
        "backend_image_tag",
        "backend_port",
        "backend_cpu",
        "backend_liveness_path",
        "backend_dns_label",
        "stack_lock_storage_account_key",
    }
    for hidden in ("0456", "302", "12:30:45", "45045", "0777", "hunter2"):
        assert hidden not in run.output.replace("127.0.0.1", "")
    assert "TASK [Lock" not in run.output and "stack : Lock" not in run.output
    assert run.recap("bad")["failed"] == 1 and run.recap("bad")["changed"] == 0
    assert operator.left_nothing()


def test_one_bad_host_does_not_hold_up_the_others_and_two_of_the_same_are_refused(operator: Operator) -> None:
    same = {"stack_resource_group": "rg", "backend_name": "api"}
    operator.add("one", **same)
    operator.add("two", **same)
    operator.add("three")
    run = operator.play("preflight")
    assert run.code != 0
    for name, other in (("one", "two"), ("two", "one")):
        assert lines_of(run, name) == [
            "backend_name: the container group api in the resource group rg is what the host "
            f"{other} means too; one of the two needs another"
        ]
    assert run.recap("three")["failed"] == 0
    alone = operator.play("preflight", "--limit", "one,three")
    assert alone.code == 0, alone.output
    assert operator.left_nothing()


@pytest.mark.parametrize(("playbook", "tag"), [("setup_stack", "databse"), ("update_env", "backend")])
def test_tags_that_select_nothing_do_not_look_like_success(operator: Operator, playbook: str, tag: str) -> None:
    operator.add("one")
    run = operator.play(playbook, "--tags", tag)
    assert run.code != 0
    assert f"--tags {tag}: this selects nothing of the playbook" in run.text()
    assert operator.left_nothing()


LEFT_OVER = [
    "backend_command=python -m s3cret",
    "backend_image_tag=a s3cret",
    'backend_secret_environment={"A": "s3cret", "B": "x"}',
]


def test_words_that_the_command_line_leaves_over_are_no_part_of_a_run(operator: Operator) -> None:
    """Ansible drops what follows a space, and what is left of the value may look good."""
    operator.add("one")
    for argument in LEFT_OVER[:1]:
        run = operator.play("update_env", "-e", argument)
        assert run.code != 0
        assert [line for line in lines_of(run, "one") if line.startswith("the command line: -e ends a value")]
        assert operator.left_nothing()


@pytest.mark.parametrize("argument", LEFT_OVER)
def test_words_left_over_are_noticed_and_not_shown(argument: str) -> None:
    found = command_line_problems(parse_kv(argument))
    assert len(found) == 1 and "s3cret" not in found[0]
    assert command_line_problems(parse_kv(argument.replace(" ", ""))) == []


@pytest.mark.parametrize("path", PLAYBOOKS, ids=[path.stem for path in PLAYBOOKS])
def test_every_playbook_names_the_tags_it_has(path: Path) -> None:
    """Either all its tasks have tags, and it names them, or none has, and it names none."""
    plays = yaml.safe_load(path.read_text(encoding="utf-8"))
    named = plays[0].get("vars", {}).get("playbook_tags", [_run_tags.UNTAGGED])
    found = set()
    for play in plays[1:]:
        for tags in tags_of(play.get("tasks", []), list(play.get("tags", []))):
            found |= set(tags) or {_run_tags.UNTAGGED}
    assert set(named) == (found - {"always"} or {_run_tags.UNTAGGED})


def tags_of(tasks: list[dict[str, Any]], outer: list[str]) -> list[list[str]]:
    """Return the tags of each task, with those of the blocks it is in; of a list of steps, those of the steps."""
    found = []
    for task in tasks:
        tags = outer + list(task.get("tags", []))
        if steps := task.get("vars", {}).get("stack_steps"):
            path = Path(steps.replace("{{ playbook_dir }}", str(PLAYBOOKS[0].parent)))
            found += tags_of(yaml.safe_load(path.read_text(encoding="utf-8")), tags)
            continue
        sections = [name for name in ("block", "rescue", "always") if name in task]
        for name in sections:
            found += tags_of(task[name], tags)
        found += [] if sections else [tags]
    return found


LABELS = [(length, length <= 57) for length in (55, 57, 58, 60, 63)]


@pytest.mark.parametrize(("length", "good"), LABELS)
def test_a_label_has_room_for_its_colour(length: int, good: bool, tmp_path: Path) -> None:
    """As in blue-green-label.md: refused before a Traffic Manager profile is made that nothing can change again."""
    found = problems(tmp_path, f"{BLUE_GREEN}backend_dns_label: {'x' * length}\n")
    assert (found == []) is good, found
    assert good or (found[0].startswith("backend_dns_label: the label of the second group") and len(found) == 1)
    assert problems(tmp_path, f"backend_dns_label: {'x' * length}\n") == []


PROFILES = {"mvp": set(), "database": {"database"}, "full": {"database", "redis"}}


@pytest.mark.parametrize("profile", PROFILES)
def test_only_the_parts_of_the_profile_are_looked_at(profile: str, tmp_path: Path) -> None:
    text = f"stack_profile: {profile}\ndatabase_sku: x\nredis_capacity: 99\nredis_name: a--b\n"
    assert {one.split("_")[0] for one in problems(tmp_path, text)} == PROFILES[profile]


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    text = "stack_profile: full\n"
    found = host(tmp_path, text)
    for name in ("registry_name", "backend_name", "stack_location", "database_server_name", "redis_name", "azure"):
        del found._variables[name]  # type: ignore[attr-defined]
    missing = [one for one in found.problems() if "missing" in one]
    assert {one.split(":")[0] for one in missing} == {
        "azure",
        "registry_name",
        "backend_name",
        "stack_location",
        "database_server_name",
        "redis_name",
    }


def test_what_is_missing_is_explained_as_the_main_entry_point_has_it() -> None:
    """Another says what it does with it: the resource group to remove."""
    for role in _role_inputs.names():
        specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
        for name, option in ((specs["argument_specs"].get("main") or {}).get("options") or {}).items():
            assert _role_inputs.options(role)[name]["description"] == option["description"], name


def test_an_empty_name_is_no_name(tmp_path: Path) -> None:
    """Modules refuse one too, but in their own words, and when the stack is locked already."""
    parts = ("stack", "registry", "backend", "database", "redis")
    named = re.compile(r".*_(name|resource_group|location|repository|sku|administrator)")
    options = {name: option for part in parts for name, option in _role_inputs.options(part).items()}
    required = {name for name, option in options.items() if option.get("required") and option.get("type") == "str"}
    names = {name for name in options if named.fullmatch(name) and "choices" not in options[name]} | required
    text = "stack_profile: full\n" + "".join(f"{name}: ''\n" for name in names)
    found = {one.split(":")[0] for one in problems(tmp_path, text) if ": it is empty. " in one}
    free = {"stack_name", "backend_traffic_name", "database_password_secret_name", "database_backend_secret_name"}
    assert found == names - free
    assert len(found) > 15
    empty = problems(tmp_path, f"{BLUE_GREEN}backend_traffic_name: ''\n")
    assert [one.split(":")[0] for one in empty] == ["backend_traffic_name"]
    assert problems(tmp_path, "backend_traffic_name: ''\nstack_name: ''\nbackend_image_tag: ''\n") == []


def test_an_unknown_profile_is_one_problem(tmp_path: Path) -> None:
    assert problems(tmp_path, "stack_profile: huge\n") == ["stack_profile: huge is not one of mvp, database, full"]
    assert problems(tmp_path, "stack_profile: ''\n") == ["stack_profile: '' is not one of mvp, database, full"]


def test_a_connection_that_is_not_local_or_cannot_be_worked_out(tmp_path: Path) -> None:
    assert problems(tmp_path, "ansible_connection: ssh\n") == [
        "ansible_connection: it is ssh, and has to be local: nothing is logged in to"
    ]
    found = problems(tmp_path, "azure: \"{{ undef('There is no local Azure yet') }}\"\n")
    assert found == ["azure: cannot be worked out: There is no local Azure yet"]
    assert problems(tmp_path, "azure: {tenant_id: '{{ nowhere | default(omit) }}'}\n") == []


def test_room_is_left_for_our_own_tags(tmp_path: Path) -> None:
    def tags(number: int) -> str:
        return "stack_tags: " + json.dumps({f"t{count}": "x" for count in range(number)}) + "\n"

    assert problems(tmp_path, tags(44)) == []
    assert problems(tmp_path, tags(45)) == [
        "backend_tags: 45 tags, at most 44 are allowed beside those of the collection itself"
    ]
    found = problems(tmp_path, "backend_tags: {a: x, A: y, 'a/b': z}\n")
    assert len(found) == 3 and all(one.startswith("backend_tags") for one in found), found
    assert problems(tmp_path, "stack_tags: {Codex-Release: mine}\n") == [
        "backend_tags.Codex-Release: this tag is written by the collection itself; choose another name"
    ]


def test_one_host_is_checked_quickly(tmp_path: Path) -> None:
    """Not a matter of time, which a busy machine has little of: no file is read twice, and no lookup is asked."""
    text = "".join(f"v{count}: 0123\n" for count in range(50))
    text += "backend_environment: {" + ", ".join(f"A{count}: '{{{{ v{count} }}}}'" for count in range(50)) + "}\n"
    checked = host(tmp_path, text)
    loads = []
    load = checked._sources._load
    checked._sources._load = lambda path: loads.append(path) or load(path)  # type: ignore[func-returns-value,method-assign]
    assert len(checked.problems()) == 50
    assert loads == [str(tmp_path / "all.yml")]
