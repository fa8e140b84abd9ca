"""The report of a failed deployment."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from ansible_collections.codexdominion.azure.plugins.module_utils._backend import _report
from ansible_collections.codexdominion.azure.plugins.module_utils._container_group import _health
from ansible_collections.codexdominion.azure.plugins.module_utils._core import _remedies

NOT_RUNNING: dict[str, Any] = {
    "msg": "Container codex-api does not stay running (ContainerNotRunning).",
    "failure": {
        "code": "ContainerNotRunning",
        "message": "Container codex-api does not stay running",
        "remedy": "See the log in the result (failure.details.log).",
        "details": {
            "expected": "container codex-api runs 10 s without a restart",
            "answered": "Container codex-api does not stay running: Waiting",
            "state": "Waiting",
            "exit_code": 1,
            "restart_count": 3,
            "events": [{"name": "BackOff", "message": "Back-off restarting failed container"}],
            "log": ["rocket \U0001f680 starts", "fatal: no way"],
            "cause": "log",
            "done": "Put back codex-backend:1.0.0, which answers again.",
        },
    },
}
WORDS = ("expected", "answered", "state", "event", "log", "done", "next")


def report(failed: dict[str, Any], **options: Any) -> list[str]:
    """Return the lines of a report."""
    return _report.backend_report(failed, name="codex-api", host="production", **options).splitlines()


def row(lines: list[str], word: str) -> str:
    """Return the text of a row."""
    return next(line for line in lines if line.startswith(word)).removeprefix(word).strip()


def test_everything_is_told_in_order() -> None:
    lines = report(NOT_RUNNING, action="update_env")
    assert lines[0] == "codex-api was not brought to its wanted state."
    firsts = [line.split()[0] for line in lines[1:-1]]
    assert [word for word in WORDS if word in firsts] == list(dict.fromkeys(firsts))
    assert row(lines, "state") == "Waiting, 3 restarts, last exit code 1"
    assert row(lines, "next") == "See the log above."
    assert lines[-1].strip() == "Then: ansible-playbook playbooks/update_env.yml --limit production"


@pytest.mark.parametrize(
    ("action", "then"),
    [
        ("update_env", "ansible-playbook playbooks/update_env.yml --limit production"),
        ("rollback_backend", "ansible-playbook playbooks/rollback_backend.yml --limit production"),
        ("", "run the playbook again with --limit production"),
        ("My own play", "run the playbook again with --limit production"),
    ],
)
def test_what_failed_is_what_is_run_again(action: str, then: str) -> None:
    assert report(NOT_RUNNING, action=action)[-1].strip() == f"Then: {then}"


@pytest.mark.parametrize("cause", _health._REMEDIES)
def test_a_remedy_names_variables_of_the_inventory_and_no_options(cause: str) -> None:
    failure = {**NOT_RUNNING["failure"], "remedy": _health._REMEDIES[cause].format("SESSION_KEY")}
    failure["details"] = {**failure["details"], "cause": cause, "missing_variable": "SESSION_KEY"}
    told = row(report({"failure": failure}), "next")
    assert "backend_" in told or told == "See the log above."
    assert "failure.details" not in told
    assert cause != "variable" or "SESSION_KEY" in told


@pytest.mark.parametrize(
    "code", ["RecreateNotAllowed", "CheckFailed", "InaccessibleImage", "SecretsRequired", "Timeout"]
)
def test_so_does_the_remedy_of_an_error(code: str) -> None:
    failure = {"code": code, "message": "it failed", "remedy": "Set allow_it to true.", "details": {}}
    told = row(report({"failure": failure}), "next")
    assert "backend_" in told
    assert row(report({"failure": failure}), "answered") == f"it failed ({code})"


@pytest.mark.parametrize("code", sorted({*_remedies.REMEDIES, *_report._VARIABLES}))
def test_a_variable_is_named_once_and_where_it_helps(code: str) -> None:
    failure = {"code": code, "message": "it failed", "remedy": _remedies.remedy_for(code), "details": {}}
    told = row(report({"failure": failure}), "next")
    named = re.findall(r"\b(?:backend|stack)_\w+", told)
    assert len(named) == len(set(named)), told
    assert ") (" not in told, told
    assert not ("run again" in told and named), told


def test_a_log_that_cannot_be_read_is_a_line_and_not_the_reason() -> None:
    details = {
        **NOT_RUNNING["failure"]["details"],
        "log": [],
        "log_problem": "503 (ServiceUnavailable)",
        "cause": "unread",
    }
    lines = report({"failure": {**NOT_RUNNING["failure"], "details": details}})
    assert row(lines, "answered") == "Container codex-api does not stay running: Waiting"
    assert row(lines, "log") == "could not be read: 503 (ServiceUnavailable)"
    assert "capacity" not in "\n".join(lines)
    details = {"log_problem": "reading the log failed"}
    lines = report({"failure": {"code": "CheckFailed", "message": "no answer", "remedy": "", "details": details}})
    assert row(lines, "answered") == "no answer (CheckFailed)"
    assert row(lines, "log") == "could not be read: reading the log failed"
    assert "wait" not in row(lines, "next")


def test_a_look_tells_the_state_where_the_failed_task_does_not() -> None:
    view = {
        "restart_count": 2,
        "current_state": {"state": "Waiting"},
        "previous_state": {"state": "Terminated", "exit_code": 137},
        "events": [{"name": "Killing", "message": "Killing container"}],
    }
    seen = _report.seen({"container_groups": [{"containers": [{"name": "codex-api", "instance_view": view}]}]})
    details = {**seen, "log": ["last words"], "advice": "Give it more memory."}
    lines = report({"failure": {"message": "no answer", "details": details}})
    assert row(lines, "state") == "Waiting, 2 restarts, last exit code 137"
    assert row(lines, "event") == "Killing: Killing container"
    assert row(lines, "log") == "last words"
    assert row(lines, "next") == "Give it more memory."
    assert _report.seen({}) == _report.seen({"container_groups": []}) == {}


WAYS_BACK = {
    "nothing": "There was nothing to go back to; api-green is left as it is.",
    "traffic_lost": "The traffic could not be given back to api-blue: No answer.",
    "stayed": "The traffic stayed on api-blue, app@sha256:1; api-green was removed.",
    "returned": "The traffic went back to api-blue, app@sha256:1; api-green was removed.",
}


@pytest.mark.parametrize("status", WAYS_BACK)
def test_where_the_traffic_is_after_a_failure(status: str) -> None:
    back = {"status": status, "failed_name": "api-green", "serving_name": "api-blue", "serving_image": "app@sha256:1"}
    problem = "No answer." if status == "traffic_lost" else ""
    lines = report({"failure": {"message": "no answer", "details": {"way_back": {**back, "problem": problem}}}})
    assert row(lines, "done") == WAYS_BACK[status]


def test_what_could_not_be_removed_is_told() -> None:
    back = {"status": "stayed", "failed_name": "api-green", "serving_name": "api", "serving_image": "app"}
    lines = report(
        {"failure": {"message": "no answer", "details": {"way_back": {**back, "problem": "Azure is away."}}}}
    )
    assert row(lines, "done") == "The traffic stayed on api, app; api-green could not be removed: Azure is away."


def test_what_is_told_is_one_line_each() -> None:
    details = {**NOT_RUNNING["failure"]["details"], "answered": "status 500 after 3 ms: {\n  a\r\n}\x07"}
    lines = report({"failure": {**NOT_RUNNING["failure"], "details": details}})
    assert row(lines, "answered").startswith("status 500 after 3 ms: { a }")


@pytest.mark.parametrize(
    "text", ["rocket \U0001f680 ready\nend", "a\tb\nc  \nd", "bell \x07\nend", "\ufeffx\ny", "umläut € 漢字\nend"]
)
def test_a_printable_text_is_a_block_of_yaml(text: str) -> None:
    """As Ansible's own callback prints it: anything else prints with quotes and escapes."""
    shown = _report.printable(text)
    assert yaml.dump(shown, Dumper=yaml.CSafeDumper, allow_unicode=True, default_style="|").startswith("|")
    assert len(shown.splitlines()) == len(text.splitlines())
    assert _report.printable("\U0001f680") == ":rocket:"
