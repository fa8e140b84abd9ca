"""A commit becomes a backend that answers, in one run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulator_fixture import Simulator
from tests.support.building import Source
from tests.support.podman import Podman, reason_to_skip
from tests.support.stack import Stack

NO_PODMAN = reason_to_skip()
pytestmark = [pytest.mark.slow, pytest.mark.soak]

# What a stack with the sample's Python and libraries needs for another version of itself.
DOCKERFILE = "FROM {server}/codex-backend:{base}\nARG VERSION\nENV APP_VERSION=$VERSION\n"


class Project:
    """A stack and the directory its backend is built from."""

    def __init__(self, stack: Stack, source: Source) -> None:
        self.stack = stack
        self.source = source

    def play(self, playbook: str, version: str, *arguments: str) -> tuple[int, str]:
        given = {"registry_build_arguments": {"VERSION": version}}
        run = self.stack.play(playbook, "-e", json.dumps(given), *arguments)
        return run.code, run.text()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    local = Simulator(tmp_path_factory.mktemp("azure"), 0)
    local.start()
    local.hook("POST", "registry/builder", {"use": "small"})
    source = Source(tmp_path_factory.mktemp("sources") / "backend")
    variables = {
        "backend_ready_timeout": 60,
        "registry_build": "acr_task",
        "registry_build_context": str(source.folder),
        "stack_check_targets": "tell",
    }
    stack = Stack(local, tmp_path_factory.mktemp("inventory"), "only", variables)
    stack.set_up()
    listed = stack.play("list_releases").text()
    base = next(word for word in listed.split() if word.startswith("release-only-"))
    source.write("Dockerfile", DOCKERFILE.format(server=stack.server, base=base))
    yield Project(stack, source)
    local.stop()


def test_one_run_builds_pushes_deploys_by_digest_and_verifies(project: Project) -> None:
    stack = project.stack
    commit = project.source.commit()
    stack.azure.forget()
    code, said = project.play("redeploy_backend", "2.0.0", "-e", "build=true", "--check", "--diff")
    assert code == 0, said
    assert stack.azure.writes() == []
    assert "would be built and pushed" in said and "not known before: what the deployment of an image does" in said

    code, said = project.play("redeploy_backend", "2.0.0", "-e", "build=true")
    assert code == 0, said
    assert stack.version() == "2.0.0"
    assert f"{stack.server}/codex-backend:{commit} was built and pushed" in said
    assert "Run ID: ch1 was successful" in said, "the log of the build is shown"
    assert "Checks of only" in said or "/health" in said, "the run verifies what it deployed"

    stack.azure.forget()
    code, said = project.play("redeploy_backend", "2.0.0", "-e", "build=true")
    assert code == 0, said
    assert stack.azure.writes() == [] and "is in the registry already, nothing built" in said

    code, said = project.play("redeploy_backend", "2.0.0", "-e", "build=true", "--check")
    assert code == 0 and "is as the inventory says" in said, said


def test_building_alone_changes_nothing_that_runs(project: Project) -> None:
    stack = project.stack
    before = stack.version()
    project.source.write("two.txt", "another\n")
    project.source.commit()
    code, said = project.play("build_image", "3.0.0")
    assert code == 0, said
    assert stack.version() == before
    digest = said[said.index("-e backend_image_digest=") :].split()[1]
    code, said = project.play("redeploy_backend", "3.0.0", "-e", digest)
    assert code == 0, said
    assert stack.version() == "3.0.0"


@pytest.mark.skipif(NO_PODMAN is not None, reason=str(NO_PODMAN))
def test_an_engine_builds_what_is_deployed(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    stack = project.stack
    project.source.write("two.txt", "by an engine\n")
    commit = project.source.commit()
    engine = Podman(tmp_path_factory.mktemp("podman"))
    engine.trust(stack.server, stack.azure.connection["ca_path"])
    with engine.serving():
        by_engine = ("-e", "registry_build=engine", "-e", f"registry_build_socket={engine.socket}")
        code, said = project.play("redeploy_backend", "5.0.0", "-e", "build=true", *by_engine)
    assert code == 0, said
    assert f"codex-backend:{commit} was built and pushed" in said and "Successfully tagged" in said
    assert stack.version() == "5.0.0"


def test_what_cannot_be_built_deploys_nothing(project: Project, tmp_path: Path) -> None:
    stack = project.stack
    before = stack.version()
    stack.azure.forget()
    wrong = {
        "the working tree": (["-e", f"registry_build_context={tmp_path}"], "There is no Dockerfile in"),
        "a pinned tag": (["-e", "backend_image_tag=one"], "the image one with backend_image_tag"),
        "nobody to build": (["-e", "registry_build=none"], "Set registry_build: engine"),
        "a secret": (
            ["-e", '{"registry_build_arguments": {"DB_PASSWORD": "x"}}'],
            "DB_PASSWORD is named like a secret",
        ),
        "no context": (["-e", "registry_build_context="], "needs the directory to build from"),
        "no engine": (
            ["-e", "registry_build=engine", "-e", "registry_build_socket=unix:///nowhere.sock"],
            "The container engine at unix:///nowhere.sock does not answer",
        ),
    }
    project.source.write("two.txt", "a third\n")
    project.source.commit()
    for what, (arguments, expected) in wrong.items():
        code, said = project.play("redeploy_backend", "4.0.0", "-e", "build=true", *arguments)
        assert code != 0 and expected in said, f"{what}: {said}"
        assert stack.azure.writes() == [], what
    assert stack.version() == before
