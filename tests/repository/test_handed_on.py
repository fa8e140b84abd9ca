"""No secret rides along in a result that is handed on: neither as the playbooks are written, nor when they run."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.simulator_fixture import Simulator
from tests.support.stack import Stack

ROOT = Path(__file__).resolve().parents[2]

# Options that put a secret into a result, and modules whose result is one.
_ASKED_FOR = ("return_credentials", "return_keys")
_SECRET_MODULES = ("generated_password",)
_WHOLE = r"(?<![\w'\".]){name}(?!\w)(?!\s*(?:\[|\.|is\b))"
_OR_NOTHING = r"\(\s*{name}\s*\|\s*default\([^)]*\)\s*\)"
# The part of a result that is chosen by a filter is not the result.
_CHOSEN = re.compile(r"map\(attribute=|select\('changed'\)|selectattr\('changed'|json_query|\bin \w+_result\b")


def _tasks(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every task and play of a file, however deep."""
    if isinstance(node, list):
        for one in node:
            yield from _tasks(one)
    elif isinstance(node, dict):
        yield node
        for key in ("block", "rescue", "always", "tasks", "pre_tasks", "post_tasks"):
            yield from _tasks(node.get(key) or [])


@functools.cache
def _files() -> list[Path]:
    return sorted([*(ROOT / "playbooks").rglob("*.yml"), *(ROOT / "roles").glob("*/tasks/*.yml")])


@functools.cache
def _secret_results() -> set[str]:
    """Return the variables that hold a result with a secret in it."""
    found = set()
    for path in _files():
        for task in _tasks(yaml.safe_load(path.read_text(encoding="utf-8"))):
            if not (name := task.get("register")):
                continue
            asked = any(option in str(task) for option in _ASKED_FOR)
            if asked or task.get("no_log") or any(module in str(list(task)) for module in _SECRET_MODULES):
                found.add(name)
    return found


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


_CONDITIONS = {"when", "changed_when", "failed_when", "until", "that", "register", "name", "tags"}


def handed_on(name: str, task: dict[str, Any]) -> list[str]:
    """Return where a task hands on the whole of a result: in its module's arguments, or in variables of a role."""
    given = {key: value for key, value in task.items() if key not in _CONDITIONS}
    for key in ("block", "rescue", "always", "tasks", "pre_tasks", "post_tasks"):
        given.pop(key, None)
    assertion = given.get("ansible.builtin.assert")
    if isinstance(assertion, dict):
        given["ansible.builtin.assert"] = {key: one for key, one in assertion.items() if key not in _CONDITIONS}
    whole, brackets = re.compile(_WHOLE.format(name=name)), re.compile(_OR_NOTHING.format(name=name))
    return [
        text
        for text in _texts(given)
        if "{{" in text and whole.search(brackets.sub(name, text)) and not _CHOSEN.search(text)
    ]


def test_what_counts_as_handed_on() -> None:
    for text in (
        "{{ secret_result }}",
        "{{ [secret_result | default({}), other] }}",
        "{{ secret_result | to_json }}",
        "{{ {'a': secret_result} }}",
    ):
        assert handed_on("secret_result", {"vars": {"x": [text]}}), text
        assert handed_on("secret_result", {"some.module": {"x": {"y": text}}}), text
    for text in (
        "{{ secret_result['operation'] }}",
        "{{ secret_result.operation }}",
        "{{ (secret_result | default({}))['changed'] | default(false) }}",
        "{{ [secret_result | default({})] | map(attribute='operation', default={}) }}",
        "{{ not_secret_result }}",
        "{{ 'x' if secret_result is changed else 'y' }}",
    ):
        assert not handed_on("secret_result", {"vars": {"x": text}}), text
    assert not handed_on("secret_result", {"when": "{{ secret_result }}"})


def test_the_results_with_secrets_are_known() -> None:
    assert {"registry_result", "__redis_found", "database_password_result"} <= _secret_results()


@pytest.mark.parametrize("path", _files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_result_with_a_secret_is_handed_on(path: Path) -> None:
    found = [
        f"{task.get('name')}: {text}"
        for task in _tasks(yaml.safe_load(path.read_text(encoding="utf-8")))
        for name in sorted(_secret_results())
        for text in handed_on(name, task)
    ]
    assert found == []


RECORDER = '''
from __future__ import annotations

DOCUMENTATION = """
name: recorder
type: notification
short_description: Records whole results and arguments, as the recorders of others do
description: For tests.
"""

import json
import os

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "recorder"

    def _record(self, result, **_options):
        found = result.result if hasattr(result, "result") else result._result
        with open(os.environ["CODEX_RECORD"], "a", encoding="utf-8") as file:
            file.write(json.dumps([result.task_name, found], default=str) + "\\n")

    v2_runner_on_ok = v2_runner_on_failed = v2_runner_on_skipped = v2_runner_item_on_ok = _record
'''


@pytest.mark.slow
def test_a_secret_of_azure_is_in_no_output_and_no_record(simulator: Simulator, tmp_path: Path) -> None:
    """The password of the registry's admin user, which Azure has made and the run has read."""
    plugins, record = tmp_path / "callbacks", tmp_path / "record.jsonl"
    plugins.mkdir()
    (plugins / "recorder.py").write_text(RECORDER, encoding="utf-8")
    record.touch()
    environment = {
        "ANSIBLE_CALLBACK_PLUGINS": str(plugins),
        "ANSIBLE_CALLBACKS_ENABLED": "recorder",
        "CODEX_RECORD": str(record),
    }
    wanted = {"registry_admin_user_enabled": True, "backend_pull": "admin", "backend_stable_seconds": 0}
    stack = Stack(simulator, tmp_path, "north", wanted, environment)
    assert stack.play("push_sample_image").code == 0
    done = stack.play("setup_stack", "-vvvv")
    assert done.code == 0, done.output
    again = stack.play("update_env", "-vvvv", "--diff")
    registry = next(one for one in _registries(simulator))
    answer = simulator.call("POST", f"{registry}/listCredentials", "2023-07-01").json()
    secrets = [one["value"] for one in answer["passwords"][:1]]
    recorded = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]
    assert any("operations" in str(result) for _name, result in recorded), "nothing was waited for"
    for secret in secrets:
        assert secret not in done.output and secret not in again.output
        assert [name for name, result in recorded if secret in json.dumps(result)] == []


def _registries(simulator: Simulator) -> list[str]:
    path = f"{simulator.subscription}/providers/Microsoft.ContainerRegistry/registries"
    return [one["id"] for one in simulator.call("GET", path, "2023-07-01").json()["value"]]
