"""Images built by a real engine, Podman, and pushed to a registry of the local Azure."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulator_fixture import Simulator
from tests.support import manifests as made
from tests.support import podman
from tests.support.building import APP, Builder, Source
from tests.support.invoke import CONNECTION, invoke
from tests.support.podman import Podman

REASON = podman.reason_to_skip()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(REASON is not None, reason=str(REASON))]


class EngineBuilder(Builder):
    """With an engine."""

    def __init__(self, simulator: Simulator, engine: Podman, source: Source) -> None:
        super().__init__(simulator, source, method="engine", socket=engine.socket)
        self.engine = engine
        engine.trust(self.server, simulator.connection["ca_path"])

    def by_hand(self, *arguments: str) -> None:
        """Use the engine's program as the registry's admin user."""
        login = f"{self.admin['username']}:{self.admin['password']}"
        self.engine.run(*arguments[:2], "--creds", login, *arguments[2:])


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Podman]:
    with (found := Podman(tmp_path_factory.mktemp("podman"))).serving():
        yield found


@pytest.fixture
def builder(simulator: Simulator, engine: Podman, tmp_path: Path) -> EngineBuilder:
    return EngineBuilder(simulator, engine, Source(tmp_path / "source"))


def test_a_commit_is_built_once(builder: EngineBuilder) -> None:
    first = builder.source.commit()
    builder.simulator.forget()
    checked = builder.build(check_mode=True)
    assert checked["changed"] and checked["built"] and checked["image"]["digest"] is None
    assert builder.simulator.writes() == []
    assert checked["diff"]["after"] == {first: "not known before", "latest": "not known before"}

    done = builder.built()
    assert done["changed"] and done["built"] and done["commit"] == first and done["tags"] == [first, "latest"]
    digest = done["image"]["digest"]
    assert builder.digest(first) == builder.digest("latest") == digest
    layers = builder.registry.http("GET", f"/v2/{APP}/manifests/{digest}", headers={"Accept": "*/*"}).json()["layers"]
    assert len(layers) == 2

    builder.simulator.forget()
    for check_mode in (True, False):
        again = builder.build(check_mode=check_mode)
        assert not again["changed"] and not again["built"] and again["image"]["digest"] == digest
    assert builder.simulator.writes() == []
    cached = builder.built(always=True)
    assert cached["built"] and not cached["changed"] and cached["image"]["digest"] == digest

    builder.source.write("two.txt", "other\n")
    second = builder.source.commit()
    newer = builder.built(more_tags=["latest", "stable"])
    assert newer["changed"] and newer["image"]["digest"] != digest
    assert builder.digest("latest") == builder.digest("stable") == builder.digest(second) == newer["image"]["digest"]
    assert builder.digest(first) == digest


def test_what_is_not_committed_says_so(builder: EngineBuilder) -> None:
    commit = builder.source.commit()
    builder.source.write("new.txt", "new\n")
    builder.source.write("two.txt", "changed\n")
    builder.simulator.forget()
    refused = builder.build()
    assert refused["failure"]["code"] == "SourceNotCommitted"
    assert "new.txt, two.txt" in refused["msg"] or "two.txt, new.txt" in refused["msg"]
    assert builder.simulator.writes() == []
    allowed = builder.built(allow_dirty=True)
    assert allowed["dirty"] and allowed["image"]["tag"] == f"{commit}-dirty"
    assert builder.digest(commit) is None
    # What it holds is not in its name, so it is built again; the engine's cache says whether it is another image.
    assert builder.built(allow_dirty=True)["built"]


def test_what_dockerignore_names_never_reaches_the_engine(builder: EngineBuilder) -> None:
    builder.source.write("Dockerfile", "FROM scratch\nCOPY . /\n")
    builder.source.commit()
    done = builder.built()
    listed = done["image"]["image"]
    builder.by_hand("image", "pull", "--quiet", listed)
    target = builder.source.folder.parent / "image"
    builder.engine.run("save", "--format", "oci-dir", "--output", str(target), listed)
    names = "".join(
        subprocess.run(["tar", "-tzf", blob], capture_output=True, text=True, check=False).stdout
        for blob in target.rglob("*")
        if blob.is_file()
    )
    assert "one.txt" in names and "secret.txt" not in names


def test_the_base_may_be_an_index_with_attestations_in_the_registry(builder: EngineBuilder) -> None:
    """As BuildKit pushes it: an image for each platform, and a manifest without one that says how they were made."""
    builder.source.commit()
    base = builder.built()["image"]
    for platform in ("linux/amd64", "linux/arm64"):
        builder.source.write(
            "two.txt", platform
        )  # Podman's cache does not tell platforms apart that start from scratch
        builder.source.commit()
        builder.built(platform=platform, tag=f"base-{platform[-5:]}", more_tags=[])
    names = [f"{builder.server}/{APP}:base-{one}" for one in ("amd64", "arm64")]
    index = f"{builder.server}/{APP}:base"
    builder.engine.run("manifest", "create", index, *(f"containers-storage:{name}" for name in names))
    builder.by_hand("manifest", "push", index, f"docker://{index}")
    pushed = builder.registry.http("GET", f"/v2/{APP}/manifests/base", headers={"Accept": "*/*"}).json()
    assert {one["platform"]["architecture"] for one in pushed["manifests"]} == {"amd64", "arm64"}
    attestation = made.attestation()
    builder.registry.push(APP, None, *attestation)
    reference = {"annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
    entries = [*pushed["manifests"], made.descriptor(attestation[0], "unknown/unknown", **reference)]
    builder.registry.push(APP, "attested", made.index(*entries), [])

    builder.source.write("Dockerfile", f"FROM {builder.server}/{APP}:attested\nENV VERSION=2\n")
    builder.source.commit()
    on_top = builder.built()["image"]
    assert on_top["digest"] != base["digest"]
    where = {name: builder.simulator.settings()[name] for name in CONNECTION}
    chosen = invoke(
        "container_image_info",
        {**where, "registry": builder.server, "repository": APP, "choose": True, "tag": "attested"},
    )
    assert chosen["chosen"]["tag"] == "attested" and chosen["problem"] == ""


def refused_by_registry(builder: EngineBuilder, message: str) -> None:
    builder.simulator.fault(
        "error", method="PUT", path=f"^/v2/{APP}/manifests/", times=9, status=403, code="DENIED", message=message
    )


# How it goes wrong, the code and a part of what is said.
WRONG: dict[str, tuple[Any, dict[str, Any], str, str]] = {
    "no directory": (lambda b: None, {"context": "/nowhere"}, "BuildContextMissing", "registry_build_context"),
    "no Dockerfile": (lambda b: None, {"dockerfile": "Nofile"}, "DockerfileMissing", "There is no Nofile in"),
    "no engine": (lambda b: None, {"socket": "unix:///nowhere.sock"}, "EngineUnreachable", "No such file or directory"),
    "a base that is nowhere": (
        lambda b: b.source.write("Dockerfile", "FROM registry.invalid/none:1\n"),
        {},
        "BaseImageUnavailable",
        "registry.invalid",
    ),
    "a base that the registry has not": (
        lambda b: b.source.write("Dockerfile", f"FROM {b.server}/{APP}:none\n"),
        {},
        "BaseImageUnavailable",
        "FROM line",
    ),
    "a copy of nothing": (
        lambda b: b.source.write("Dockerfile", "FROM scratch\nCOPY nothing /\n"),
        {},
        "SourceFileMissing",
        ".dockerignore",
    ),
    "a word that is no instruction": (
        lambda b: b.source.write("Dockerfile", "FROM scratch\nCOPIE one.txt /\n"),
        {},
        "DockerfileInvalid",
        "Correct the Dockerfile",
    ),
    "a command that fails": (
        lambda b: b.source.write("Dockerfile", 'FROM scratch\nCOPY one.txt /\nRUN ["/one.txt"]\n'),
        {},
        "BuildFailed",
        "one.txt",
    ),
    "no such stage": (lambda b: None, {"target": "none"}, "DockerfileInvalid", "none"),
    "a registry that is full": (
        lambda b: refused_by_registry(b, "The registry has reached its storage limit."),
        {},
        "RegistryFull",
        "prune_releases",
    ),
    "a registry that is read-only": (
        lambda b: refused_by_registry(b, "The operation is disallowed on this registry, repository or image."),
        {},
        "RegistryReadOnly",
        "write-enabled",
    ),
}


@pytest.mark.parametrize("how", WRONG)
def test_what_goes_wrong_is_said_in_one_line_and_leaves_nothing(builder: EngineBuilder, how: str) -> None:
    prepare, params, code, said = WRONG[how]
    prepare(builder)
    commit = builder.source.commit()
    found = builder.build(**params)
    assert found["failed"] and "\n" not in found["msg"]
    assert (found["failure"]["code"], said in found["msg"]) == (code, True), found["msg"]
    assert builder.digest(commit) is None and builder.digest("latest") is None


def test_a_registry_nobody_trusts_is_named(builder: EngineBuilder, tmp_path_factory: pytest.TempPathFactory) -> None:
    builder.source.commit()
    with (other := Podman(tmp_path_factory.mktemp("other"))).serving():
        found = builder.build(socket=other.socket)
    assert found["failure"]["code"] == "RegistryNotTrusted" and "certs.d" in found["msg"]


def test_no_password_is_left_with_the_engine_or_shown(builder: EngineBuilder) -> None:
    builder.source.commit()
    done = builder.built(**builder.admin)
    assert builder.admin["password"] not in str(done)
    kept = Path(builder.engine.socket.removeprefix("unix://")).parent.rglob("*auth*.json")
    assert not [path for path in kept if builder.server in path.read_text(encoding="utf-8")]


def test_an_image_that_the_engine_has_is_pushed_under_its_name(builder: EngineBuilder) -> None:
    builder.source.commit()
    image = builder.built()["image"]
    builder.engine.run("tag", f"{builder.server}/{APP}:{image['tag']}", "localhost/other/name:1.4")
    params: dict[str, Any] = {"context": None, "repository": None, "more_tags": []}
    pushed = builder.built(**params, local_image="localhost/other/name:1.4")
    assert pushed["image"]["repository"] == "other/name" and pushed["image"]["tag"] == "1.4" and not pushed["built"]
    assert pushed["image"]["digest"] == image["digest"]
    missing = builder.build(**params, local_image="localhost/none:1")
    assert missing["failure"]["code"] == "LocalImageMissing"


def test_the_local_azure_builds_with_podman_where_it_is_there(simulator: Simulator, tmp_path: Path) -> None:
    """What the small builder does not do: stages, commands, and everything else of a Dockerfile."""
    simulator.hook("POST", "registry/builder", {"use": "podman"})
    source = Source(tmp_path / "source")
    builder = Builder(simulator, source, method="acr_task")
    source.write(
        "Dockerfile", "FROM scratch AS first\nCOPY one.txt /\nFROM scratch\nCOPY --from=first /one.txt /two.txt\n"
    )
    source.commit()
    said: list[str] = []
    first = builder.built(say=said.append)["image"]["digest"]
    assert builder.digest("latest") == first and any("COPY --from=first" in line for line in said)
    source.write("Dockerfile", f"FROM {builder.server}/{APP}:latest\nENV A=1\n")
    source.commit()
    assert builder.built()["image"]["digest"] != first
    source.write("Dockerfile", 'FROM scratch\nRUN ["/none"]\n')
    source.commit()
    failed = builder.build()
    assert failed["failure"]["code"] == "BuildFailed" and "/none" in str(failed["failure"]["details"]["log"])
