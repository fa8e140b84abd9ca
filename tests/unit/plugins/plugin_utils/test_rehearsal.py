"""A playbook once more, under check mode: how it is started, and what is made of what it says."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._core._errors import OperationsError
from ansible_collections.codexdominion.azure.plugins.plugin_utils import _rehearsal

START = [sys.executable, "-m", "ansible", "playbook", "--check", "--limit", "north"]
REFUSED = {"code": "ImpactTooHigh", "message": "It would be restart."}
FAILED = {"code": "ResourceNotFound", "message": "There is none."}


def command(*vaults: str, **options: Any) -> list[str]:
    """Return what comes between the start of the command and the playbook."""
    found = _rehearsal.command(options, "/stacks/update_env.yml", "north", vaults)
    assert found[: len(START)] == START and found[-1] == "/stacks/update_env.yml"
    return found[len(START) : -1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, []),
        ({"inventory": ["/stacks", "north,"]}, ["--inventory", "/stacks", "--inventory", "north,"]),
        ({"extra_vars": ("a=1 b=2", "@/vars.yml")}, ["--extra-vars", "a=1 b=2", "--extra-vars", "@/vars.yml"]),
        ({"tags": ["all"], "skip_tags": []}, []),
        ({"tags": ["registry", "backend"]}, ["--tags", "registry,backend"]),
        ({"tags": ["all"], "skip_tags": ("cache",)}, ["--skip-tags", "cache"]),
        ({"module_path": ["/one", "/two"]}, ["--module-path", "/one:/two"]),
        ({"become": True, "become_user": "deploy", "ask_pass": True}, ["--become-user", "deploy", "--become"]),
        ({"check": False, "diff": True, "forks": 20, "subset": "all", "start_at_task": None, "verbosity": 3}, []),
    ],
)
def test_it_has_what_decides_on_the_plan(options: dict[str, Any], words: list[str]) -> None:
    assert command(**options) == words


def test_secrets_of_the_vault_are_named_and_not_said() -> None:
    assert command("default@/dev/fd/7", "ops@/dev/fd/9", vault_ids=["ops@prompt"], ask_vault_pass=True) == [
        "--vault-id",
        "default@/dev/fd/7",
        "--vault-id",
        "ops@/dev/fd/9",
    ]


def test_nobody_else_is_told() -> None:
    present = {"PATH": "/bin", "ANSIBLE_STDOUT_CALLBACK": "awx_display", "ANSIBLE_CALLBACKS_ENABLED": "slack"}
    found = _rehearsal.environment(present)
    assert found["PATH"] == "/bin" and found["ANSIBLE_STDOUT_CALLBACK"] == _rehearsal.CALLBACK
    assert "slack" not in found["ANSIBLE_CALLBACKS_ENABLED"] and found["ANSIBLE_LOG_PATH"] == "/dev/null"


def told(*failures: dict[str, str]) -> str:
    """Return what a rehearsal prints in the end."""
    return f"some words\n{json.dumps({'failures': failures})}\n"


def test_what_got_to_its_end_lets_the_run_go_on() -> None:
    _rehearsal.judge(0, told(), "[WARNING]: whatever")
    _rehearsal.judge(0, told(FAILED), "")  # and was rescued


@pytest.mark.parametrize(
    ("code", "output", "errors", "kind", "said"),
    [
        (2, told(REFUSED, {"code": "", "message": "Why in the end"}), "", "ImpactTooHigh", "It would be restart"),
        (2, told(FAILED, REFUSED), "", "ImpactTooHigh", "It would be restart"),
        (0, told(REFUSED), "", "ImpactTooHigh", "It would be restart"),
        (2, told(FAILED), "", "RehearsalFailed", "rehearsal of the run has failed: There is none"),
        (4, "", "one\n[ERROR]: password=hidden is wrong\n\n", "RehearsalFailed", "[ERROR]: password=(secret) is wrong"),
        (0, "nothing of ours", "", "RehearsalFailed", "has failed"),
        (-9, "", "", "RehearsalFailed", "has failed"),
    ],
)
def test_anything_else_refuses_it(code: int, output: str, errors: str, kind: str, said: str) -> None:
    with pytest.raises(OperationsError) as refused:
        _rehearsal.judge(code, output, errors)
    assert refused.value.code == kind and said in str(refused.value)
