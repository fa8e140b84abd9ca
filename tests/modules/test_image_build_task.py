"""Images built by a run of a registry's task, whose stand-in is the local Azure's small builder."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.codexdominion.azure.plugins.module_utils._controller import _run_guard
from tests.simulator_fixture import Simulator
from tests.support.building import Builder, Source
from tests.support.waiting import until


@pytest.fixture
def builder(simulator: Simulator, tmp_path: Path) -> Builder:
    simulator.hook("POST", "registry/builder", {"use": "small"})
    return Builder(simulator, Source(tmp_path / "source"), method="acr_task")


def runs(builder: Builder) -> list[dict[str, Any]]:
    """What Azure knows of runs, the newest first."""
    answer = builder.simulator.call("GET", f"{builder.path}/runs", "2019-06-01-preview")
    return [one["properties"] for one in answer.json()["value"]]


def test_azure_builds_a_commit_once_and_its_log_is_shown_as_it_comes(builder: Builder) -> None:
    commit = builder.source.commit()
    builder.simulator.forget()
    checked = builder.build(check_mode=True)
    assert checked["changed"] and checked["image"]["digest"] is None
    assert builder.simulator.writes() == [] and runs(builder) == []

    said: list[str] = []
    done = builder.built(say=said.append, build_arguments={"VERSION": "1.2"})
    digest = done["image"]["digest"]
    assert builder.digest(commit) == builder.digest("latest") == digest
    assert [one["status"] for one in runs(builder)] == ["Succeeded"] and done["run_id"] == runs(builder)[0]["runId"]
    assert runs(builder)[0]["outputImages"][0]["digest"] == digest
    assert any("COPY one.txt" in line for line in said) and said[-1].startswith(
        f"Run ID: {done['run_id']} was successful"
    )
    assert not builder.build()["built"] and len(runs(builder)) == 1

    # Same source, same image: the registry has all of it.
    again = builder.built(always=True, build_arguments={"VERSION": "1.2"})
    assert not again["changed"] and again["image"]["digest"] == digest and len(runs(builder)) == 2


def test_what_dockerignore_names_is_not_uploaded(builder: Builder) -> None:
    builder.source.write("Dockerfile", "FROM scratch\nCOPY secret.txt /\n")
    builder.source.commit()
    found = builder.build()
    assert found["failure"]["code"] == "SourceFileMissing", found


WRONG: dict[str, tuple[str, str, str]] = {
    "a command": ("FROM scratch\nRUN echo\n", "DockerfileInvalid", "unsupported instruction RUN"),
    "a base of somebody else's": ("FROM python:3.12\n", "BaseImageUnavailable", "python:3.12"),
    "a base that is not there": ("FROM {server}/codex-backend:none\n", "BaseImageUnavailable", "none"),
    "no base": ("ENV A=1\n", "BuildFailed", "no build stage"),
}


@pytest.mark.parametrize("how", WRONG)
def test_what_goes_wrong_is_said_in_one_line_and_leaves_nothing(builder: Builder, how: str) -> None:
    content, code, said = WRONG[how]
    builder.source.write("Dockerfile", content.replace("{server}", builder.server))
    commit = builder.source.commit()
    found = builder.build()
    assert found["failed"] and "\n" not in found["msg"]
    assert (found["failure"]["code"], said in found["msg"]) == (code, True), found["msg"]
    assert found["failure"]["details"]["log"]
    assert builder.digest(commit) is None and builder.digest("latest") is None
    assert [one["status"] for one in runs(builder)] == ["Failed"]


def test_a_run_that_takes_too_long_is_cancelled(builder: Builder) -> None:
    builder.source.commit()
    builder.simulator.fault("slow_operation", method="POST", path="scheduleRun$", seconds=3600)
    found = builder.build(timeout=2)
    assert found["failure"]["code"] == "Timeout" and "registry_build_timeout" in found["msg"]
    assert [one["status"] for one in runs(builder)] == ["Canceled"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_is_cancelled_when_the_task_is_ended(builder: Builder, number: int) -> None:
    builder.source.commit()
    builder.simulator.fault("slow_operation", method="POST", path="scheduleRun$", seconds=3600)
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            os.setsid()
            builder.build()
        os._exit(0)
    until(lambda: runs(builder), "a run")
    # Its log is asked for once the run can be cancelled.
    until(
        lambda: any(one["path"].endswith("/listLogSasUrl") for one in builder.simulator.requests()), "a look at the log"
    )
    os.kill(child, number)
    os.waitpid(child, 0)
    assert [one["status"] for one in runs(builder)] == ["Canceled"]


def test_what_is_to_be_done_last_is_done_where_the_run_itself_was_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(_run_guard, "_await_end", lambda _run: None)
    monkeypatch.setattr(os, "killpg", lambda *_group: said.append("killed"))
    with _run_guard.before_end(lambda: said.append("last word")):
        _run_guard._end_after(None)  # type: ignore[arg-type]
    assert said == ["last word", "killed"]


def test_a_start_whose_answer_is_lost_is_not_started_twice(builder: Builder) -> None:
    builder.source.commit()
    builder.simulator.fault("reset", method="POST", path="scheduleRun$", done=True)
    done = builder.built()
    assert len(runs(builder)) == 1 and builder.digest("latest") == done["image"]["digest"]


def test_secrets_are_no_build_arguments(builder: Builder) -> None:
    builder.source.commit()
    found = builder.build(build_arguments={"VERSION": "Quiet-5ecret", "API_TOKEN": "x"}, secrets=["Quiet-5ecret"])
    assert found["failed"] and found["failure"]["code"] == "InvalidParameters"
    assert "VERSION" in found["msg"] and "API_TOKEN" in found["msg"] and "Quiet" not in found["msg"]
    assert runs(builder) == []
